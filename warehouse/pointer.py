"""Which publication is in force: a pointer that moves in one step, and the memory of every move it made.

::

    published/
      current -> 2026-11-21T020311Z-1f0c9a2b    what readers are given
      in_force.json                              every move of `current`: when, to which version, from which

The pointer is the truth and moves first. A move that a power cut kept from being written down, or that an operator made
with `ln -sfn`, is found by comparing the two. From the moves follows the *line* of the publication in force: those it
was made on top of. What stands beside the line was rolled back, or was complete and never pointed to.

A month that a late delivery changed is published again *beside*: readers must not see the pointer go back in time, so
it stays where it is and only the memory of moves tells of it. It counts from then on as the last word on its month: it
is in the line, right behind the publication in force until the next one is made on top of it.
"""

import datetime as dt
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from pathlib import Path

from warehouse.durable import fsync_file, fsync_folder, swing_link
from warehouse.errors import HomeError
from warehouse.settings import Home

PUBLISHED = "published"
"""How the pointer moved: to a publication just made…"""
ROLLBACK = "rollback"
"""… or to one that stood already; …"""
LATE = "late"
"""… or not at all: a publication of an earlier period than the one in force took its place in the line."""
MANIFEST = "publication.json"
"""Written last into a publication: a folder that has it is whole."""
ASIDE = ".build-"
"""What begins so is unfinished, or on its way out; the next publication sweeps it."""
_POINTER = "current"
_MOVES = "in_force.json"
_NAMED = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True)
class Move:
    """One move of the pointer: when (UTC), to which version, from which (None for the first), and how."""

    at: dt.datetime
    version: str
    before: str | None
    how: str


def pointed_to(home: Home) -> str | None:
    """Give the version that `current` names, whether it stands or not; None where there is no pointer."""
    try:
        return Path((home.published / _POINTER).readlink()).name
    except OSError:
        return None


def point_to(home: Home, version: str, how: str) -> None:
    """Point to a version in one step that survives a power cut, and write the move down."""
    made = _moves(home, making=version if how == PUBLISHED else None)
    _swing(home, version)
    made.append(Move(dt.datetime.now(dt.UTC), version, made[-1].version if made else None, how))
    with suppress(OSError):  # a full disk: readers have the version already, and the move is found by the pointer
        _write(home, made)


def put_beside(home: Home, version: str) -> None:
    """Let a publication of an earlier period than the one in force count from now on, without pointing to it.

    Only the memory of moves tells of it: raises `OSError` where that cannot be written.
    """
    made = _moves(home, making=version)
    if not made:
        raise ValueError("nothing is in force that a publication could be put beside")
    made.append(Move(dt.datetime.now(dt.UTC), version, made[-1].version, LATE))
    _write(home, made)


def rename(home: Home, old: str, new: str) -> None:
    """Let a publication that was written anew stand where the old one stood: in the memory of moves, then in force.

    No move of its own: it is the same publication, and what was made on top of it still is.
    """
    named = [
        replace(
            one, version=new if one.version == old else one.version, before=new if one.before == old else one.before
        )
        for one in _moves(home, making=new)
    ]
    _write(home, [one for one in named if one.version != one.before])
    if pointed_to(home) == old:
        _swing(home, new)


def _swing(home: Home, version: str) -> None:
    swing_link(home.published / _POINTER, version, f"{ASIDE}pointer-{os.getpid()}")


def moves(home: Home) -> list[Move]:
    """Give every move, the oldest first, also those `LATE` of publications that the pointer was never moved to.

    Raises `HomeError` where the memory of them is damaged. Where they were never written down, or are lost: one for
    each publication that stands, and one to the pointer's.
    """
    return _moves(home, making=None)


def _moves(home: Home, making: str | None) -> list[Move]:
    """Give the moves so far; `making` stands already and is not pointed to yet."""
    now = pointed_to(home)
    found = _written(home)
    if found is None:
        found = _by_names(home, making)
    pointed = _of_the_pointer(found)
    if now is not None and (not pointed or pointed[-1].version != now):
        known = any(one.version == now for one in found)
        at = dt.datetime.fromtimestamp((home.published / _POINTER).lstat().st_mtime, dt.UTC)
        found.append(Move(at, now, found[-1].version if found else None, ROLLBACK if known else PUBLISHED))
    return found


def line(home: Home) -> list[str]:
    """Give the version in force and those it was made on top of, the newest first, also those removed since.

    Empty where nothing is published. A version that is not in it does not count as what was said before. Those that
    were put beside since the pointer last moved follow the one in force; a rollback takes them out again.
    """
    made = moves(home)
    below: dict[str, str | None] = {}
    for one in made:
        if one.how in (PUBLISHED, LATE):
            below[one.version] = one.before
        elif one.version not in below:  # it was killed before it was pointed to
            below[one.version] = _in_force(made, made_at(one.version))
    pointed = _of_the_pointer(made)
    if not pointed:
        return []
    in_force = pointed[-1].version
    late = list(takewhile(lambda one: one.how == LATE, reversed(made)))
    found = [in_force, *(one.version for one in late)]
    version = below.get(in_force)
    while version is not None and version not in found:
        found.append(version)
        version = below.get(version)
    return found


def in_force_on(home: Home, moment: dt.datetime) -> str | None:
    """Give the version that readers were given at a moment; None for a time before the first."""
    return _in_force(moves(home), moment)


def last_in_force(home: Home) -> dict[str, dt.datetime]:
    """Give when each version that was ever in force was replaced last; for the one in force this moment."""
    made = _of_the_pointer(moves(home))
    until = [*(one.at for one in made[1:]), dt.datetime.now(dt.UTC)]
    return {one.version: end for one, end in zip(made, until, strict=True)} if made else {}


def standing_versions(home: Home) -> list[str]:
    """Give the versions that stand, the newest first: in the order in which they came to count.

    Their names tell it only as long as the clock never goes back. One that never counted stands where its name says.
    """
    standing = _standing_by_name(home)
    came: dict[str, int] = {}
    for number, one in enumerate(made := moves(home)):
        came.setdefault(one.version, number)

    def place(version: str) -> tuple[float, str]:
        if version in came:
            return came[version], version
        return max((came[one.version] + 0.5 for one in made if one.version < version), default=-1), version

    return sorted(standing, key=place, reverse=True)


def _standing_by_name(home: Home) -> list[str]:
    return sorted((path.parent.name for path in home.published.glob(f"[0-9]*/{MANIFEST}")), reverse=True)


def _of_the_pointer(made: list[Move]) -> list[Move]:
    return [one for one in made if one.how != LATE]


def made_at(version: str) -> dt.datetime:
    """Give the time that a version's name begins with; the beginning of time for a name without one."""
    try:
        return dt.datetime.strptime(version[: len("2026-11-21T020311Z")], _NAMED).replace(tzinfo=dt.UTC)
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def _in_force(made: list[Move], moment: dt.datetime) -> str | None:
    return next((one.version for one in reversed(_of_the_pointer(made)) if one.at <= moment), None)


def _by_names(home: Home, making: str | None) -> list[Move]:
    versions = [one for one in reversed(_standing_by_name(home)) if one != making]
    before = [None, *versions]
    return [Move(made_at(one), one, last, PUBLISHED) for one, last in zip(versions, before, strict=False)]


def _written(home: Home) -> list[Move] | None:
    path = home.published / _MOVES
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return [Move(**{**one, "at": dt.datetime.fromisoformat(one["at"])}) for one in said]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise HomeError(
            f"{path} cannot be read as the list of what was in force. Restore it from the backup; or move it away, "
            "then every publication that stands counts as published in the order of its name, rolled back or not."
        ) from error


def _write(home: Home, made: list[Move]) -> None:
    aside = home.published / f"{ASIDE}{_MOVES}-{os.getpid()}"
    said = [{**asdict(one), "at": one.at.isoformat(timespec="microseconds")} for one in made]
    aside.write_text(json.dumps(said, indent=0) + "\n", encoding="utf-8")
    fsync_file(aside)
    aside.replace(home.published / _MOVES)
    fsync_folder(home.published)
