"""Deliveries of a month that has not come, and a clock that cannot be trusted."""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass

from integration.contracts import contracts
from integration.records.in_force import month_end, newest_day
from warehouse.database import Connection, rows
from warehouse.errors import NothingPublished
from warehouse.pointer import made_at
from warehouse.publication import current_publication
from warehouse.settings import Home

_TOLERATED = dt.timedelta(minutes=5)
"""How far clocks go apart that are set by a server."""


@dataclass(frozen=True)
class Early:
    """A delivery in force of a month that has not come: it waits."""

    dataset: str
    kab_code: str
    period: str
    snapshot_date: dt.date

    def sentence(self, today: dt.date) -> str:
        """Say what was found and what to do."""
        return (
            f"The delivery of {self.dataset} for {self.period} shows {self.snapshot_date}, and today is {today}: it "
            "waits until its month has come. If the month is a slip, deliver it under the right one and remove its "
            "files from the folder of deliveries or the inbox: the next run withdraws it. "
            f"`--as-of {self.snapshot_date}` publishes that month today."
        )


def newest_month_day(connection: Connection, home: Home, today: dt.date) -> dt.date | None:
    """Give the newest snapshot in force whose month has come, or is published already; None where nothing is in force.

    Where the clock would hold back most of what a publication needs, it is the clock that is wrong: the newest counts.
    """
    until = _until(connection, home, today)
    return newest_day(connection, until) if until else newest_day(connection)


def early_deliveries(connection: Connection, home: Home, today: dt.date) -> list[Early]:
    """Give the deliveries that wait for their month."""
    until = _until(connection, home, today)
    if until is None:
        return []
    found = rows(
        connection,
        "SELECT dataset, kab_code, period, snapshot_date FROM agency_extracts.delivery "
        "WHERE status = 'in_force' AND snapshot_date > ? ORDER BY ALL",
        [until],
    )
    return [Early(*row) for row in found]


def clock_trouble(home: Home, now: dt.datetime) -> str | None:
    """Say that this machine's clock is behind the publication in force, which then was made in the future."""
    try:
        made = made_at(current_publication(home).version)
    except NothingPublished:
        return None
    if made <= now + _TOLERATED:
        return None
    return (
        f"This machine's clock says {now:%Y-%m-%d %H:%M} UTC, but the publication in force was made on "
        f"{made:%Y-%m-%d %H:%M} UTC: one of the two is wrong. Publications follow each other in the order they were "
        "made in, whatever their names say; set the clock."
    )


def _until(connection: Connection, home: Home, today: dt.date) -> dt.date | None:
    """Give the last day that counts as come; None where the clock is not to be believed."""
    until = month_end(today)
    with suppress(NothingPublished):
        until = max(until, dt.date.fromisoformat(current_publication(home).facts["period_end"]))
    needed = [one.dataset for one in contracts().values() if one.required_to_publish]
    ((come, all_of_them),) = rows(
        connection,
        "SELECT count(DISTINCT dataset) FILTER (snapshot_date <= ?), count(DISTINCT dataset) "
        "FROM agency_extracts.delivery WHERE status = 'in_force' AND list_contains(?, dataset)",
        [until, needed],
    )
    return until if 2 * int(come) > int(all_of_them) else None
