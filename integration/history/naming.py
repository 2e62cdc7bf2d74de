"""Which publication a person means: by its version, its period, or a day on which it was in force."""

import datetime as dt
import re

from warehouse.errors import NothingPublished
from warehouse.pointer import in_force_on, last_in_force
from warehouse.publication import Publication, current_publication, publications_in_line
from warehouse.rollback import publication_by_version
from warehouse.settings import Home

_PERIOD = re.compile(r"\d{4}-(\d{2}|W\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def publication_named(home: Home, text: str) -> Publication:
    """Give the publication that a text names.

    A period (`2026-10`, `2026-W48`) is the newest publication of it that counts; a day (`2026-11-03`) the one in force
    at its end, by this machine's clock; anything else a version, or the beginning of one alone. Raises
    `NothingPublished`, which lists what there is.
    """
    if _PERIOD.fullmatch(text):
        counted = publications_in_line(home)
        found = next((one for one in counted if one.facts["period"] == text), None)
        if found is None:
            known = ", ".join(sorted({str(one.facts["period"]) for one in counted})) or "none"
            raise NothingPublished(f"No publication of {text} is kept in {home.path}. There are: {known}.")
        return found
    if _DAY.fullmatch(text):
        version = in_force_on(home, _end_of(text))
        if version is None:
            raise NothingPublished(f"Nothing was in force in {home.path} on {text}.")
        return publication_by_version(home, version)
    return publication_by_version(home, text)


def named_pair(home: Home, first: str | None, second: str | None) -> tuple[Publication, Publication]:
    """Give the two publications to compare: without `second` the one in force, without `first` the one before it.

    Raises `NothingPublished` where there is none before.
    """
    if first is None:
        ever = last_in_force(home)  # one that was put beside is of another period: nobody was given it instead
        line = [one for one in publications_in_line(home) if one.version in ever]
        if len(line) < 2:
            current_publication(home)
            raise NothingPublished(f"Before the publication in force in {home.path} none is kept to compare it with.")
        return line[1], line[0]
    return publication_named(home, first), (publication_named(home, second) if second else current_publication(home))


def _end_of(day: str) -> dt.datetime:
    try:
        begun = dt.datetime.fromisoformat(day).astimezone()
    except ValueError:
        raise NothingPublished(f"{day} is no day of the calendar; write one as 2026-11-03.") from None
    return begun + dt.timedelta(days=1)
