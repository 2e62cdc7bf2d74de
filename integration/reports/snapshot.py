"""The publication a report is made from, and the earlier ones it is compared with."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from warehouse.attached import attach_side_by_side
from warehouse.database import Connection, in_memory
from warehouse.errors import NothingPublished
from warehouse.pointer import last_in_force
from warehouse.publication import Publication, current_publication, publications_in_line
from warehouse.settings import Home
from warehouse.tables import stage_tables

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Snapshot:
    """An open publication: each declared table is the view `<name>_<table>`, empty where it was not published then."""

    publication: Publication
    name: str
    missing: tuple[str, ...]

    def has(self, table: str) -> bool:
        """Say whether the publication holds the table, and Padan still declares it."""
        return table in stage_tables("targeting") and table not in self.missing

    def view(self, table: str) -> str:
        """Give the name of the view on a table."""
        return f"{self.name}_{table}"


def publication_of(home: Home, period: str | None = None) -> Publication:
    """Give the publication of a month (`2026-10`) or of the ISO week it came out in (`2026-W48`), the newest of them.

    Without a period the one in force; what was rolled back is not among them. Raises `NothingPublished`, which lists
    what there is.
    """
    if period is None:
        return current_publication(home)
    ever = last_in_force(home)
    kept = publications_in_line(home)
    if "W" in period:  # of a week: what readers were given then
        kept = [one for one in kept if one.version in ever]
    for one in kept:
        if period in (one.facts["period"], week_of(one)):
            return one
    known = ", ".join(sorted({str(one.facts["period"]) for one in kept} | {week_of(one) for one in kept})) or "none"
    raise NothingPublished(f"No publication of {period} is kept in {home.path}. There are: {known}.")


def before(home: Home, publication: Publication) -> list[Publication]:
    """Give the newest publication of each earlier period, the oldest period first."""
    newest = {one.facts["period"]: one for one in reversed(publications_in_line(home))}
    return [newest[period] for period in sorted(newest) if period < publication.facts["period"]]


def a_week_before(home: Home, publication: Publication) -> Publication | None:
    """Give the newest publication at least seven days older than this one; None where none is kept."""
    limit = published_at(publication) - WEEK
    ever = last_in_force(home)  # not what was only put beside, for another period
    kept = [one for one in publications_in_line(home) if one.version in ever and published_at(one) <= limit]
    return max(kept, key=published_at, default=None)


def published_at(publication: Publication) -> dt.datetime:
    """Give when it was published (UTC)."""
    return dt.datetime.fromisoformat(publication.facts["published_at"])


def week_of(publication: Publication) -> str:
    """Give the ISO week in which it was published, as `2026-W48`."""
    year, week, _ = published_at(publication).isocalendar()
    return f"{year}-W{week:02}"


@contextmanager
def opened(**named: Publication) -> Iterator[tuple[Connection, dict[str, Snapshot]]]:
    """Open publications read-only side by side, each under its name, on one connection."""
    with in_memory() as connection:
        missing = attach_side_by_side(connection, named)
        yield connection, {name: Snapshot(one, name, missing[name]) for name, one in named.items()}
