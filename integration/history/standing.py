"""The publications that stand, and what each of them is to readers."""

import datetime as dt
from dataclasses import dataclass

from warehouse.pointer import LATE, Move, last_in_force, line, moves, pointed_to
from warehouse.publication import Publication, publications
from warehouse.settings import Home

STATES = {
    "in force": "readers are given it",
    "earlier": "was in force, and what followed was made on top of it",
    "late": "of an earlier period, published beside the one in force: the last word on it, never pointed to",
    "rolled back": "counted, and counts no more: nothing is compared with it",
    "never in force": "its run was killed before it was pointed to; nothing is compared with it",
}


@dataclass(frozen=True)
class Standing:
    """A publication that stands: its state (of `STATES`), and until when it was in force (None: never, or still)."""

    publication: Publication
    state: str
    until: dt.datetime | None


def standing_publications(home: Home) -> list[Standing]:
    """Give the publications that stand, the newest first."""
    in_force, in_line, until = pointed_to(home), set(line(home)), last_in_force(home)
    counted = {one.version for one in moves(home)}
    late = {one.version for one in moves(home) if one.how == LATE} - set(until)
    found = []
    for one in publications(home):
        if one.version == in_force:
            state = "in force"
        elif one.version in in_line:
            state = "late" if one.version in late else "earlier"
        else:
            state = "rolled back" if one.version in counted else "never in force"
        found.append(Standing(one, state, None if state == "in force" else until.get(one.version)))
    return found


def moves_on(home: Home, day: dt.date) -> list[Move]:
    """Give the moves of the pointer on a day of this machine's clock, the oldest first."""
    return [one for one in moves(home) if one.at.astimezone().date() == day]
