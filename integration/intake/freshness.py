"""Whether each agency kept its promise: its newest delivery in force against what was due by today.

A promise speaks of spans: months, quarters, half-years or years of the calendar. Any delivery for a month of a span
fulfils it. A run that finds nothing new changes nothing here: what counts is what was delivered, not when it was read.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from integration.contracts import Contract, Promise, contracts
from integration.intake.promises import promises_of
from warehouse.database import Connection, rows
from warehouse.wall_clock import WIB

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""How many months a span has."""


@dataclass(frozen=True)
class Freshness:
    """How a dataset stands against its promise on a day.

    `newest` and `received`: month and day of the newest delivery in force whose month has come, None when there is
    none. `wanted`: the last month of the span that is due next, or overdue, and `due` its day; None where nothing was
    promised. `late_by_days`: how long it is overdue, 0 while it is not. `kept`: the last month of the newest span that
    has ended, if it was delivered; else None.
    """

    dataset: str
    agency: str
    sender: str
    newest: str | None
    received: dt.date | None
    wanted: str | None = None
    due: dt.date | None = None
    late_by_days: int = 0
    kept: str | None = None

    @property
    def on_time(self) -> bool:
        """Whether nothing is overdue."""
        return self.late_by_days == 0

    @property
    def sentence(self) -> str:
        """The same as a sentence."""
        newest = (
            f"the newest is {self.newest}, received on {self.received}"
            if self.newest
            else "none is in force of a month that has come"
        )
        if self.wanted is None:
            return f"{self.sender}, {self.dataset}: {newest}; no further delivery was promised."
        if self.on_time:
            return f"{self.sender}, {self.dataset}: {newest}; {self.wanted} is promised by {self.due}."
        days = f"{self.late_by_days} day{'s' if self.late_by_days > 1 else ''}"
        return (
            f"{self.sender}, {self.dataset}: {self.wanted} was promised by {self.due} and is {days} late; {newest}. "
            "Ask the agency for it."
        )


def freshness(
    connection: Connection, today: dt.date, promised: Mapping[str, Promise | None] | None = None
) -> list[Freshness]:
    """Judge every dataset on `today` (in Jakarta), in the order of the contracts.

    `promised`: what `promises_of` gives for a home; without it what the contracts say. Deliveries that were refused or
    replaced do not count, nor do those of a month that has not come: a month by slip must not hide that one is late.
    """
    newest = {
        dataset: (period, received)
        for dataset, period, received in rows(
            connection,
            """
            SELECT dataset, max(period), max_by(received_at, (period, received_at))
            FROM agency_extracts.delivery WHERE status = 'in_force' AND period <= ? GROUP BY dataset
            """,
            [f"{today:%Y-%m}"],
        )
    }
    promised = promises_of() if promised is None else promised
    return [
        judge(contract, promised.get(contract.dataset), *newest.get(contract.dataset, (None, None)), today)
        for contract in contracts().values()
    ]


def judge(
    contract: Contract, promise: Promise | None, newest: str | None, received_at: dt.datetime | None, today: dt.date
) -> Freshness:
    """Judge one dataset by its newest delivery in force (`YYYY-MM`, None for none), received at that time in UTC."""
    received = received_at.replace(tzinfo=dt.UTC).astimezone(WIB).date() if received_at else None
    found = Freshness(contract.dataset, contract.agency, contract.sender, newest, received)
    if promise is None:
        return found
    length = MONTHS[promise.every]
    ended = (today.year * 12 + today.month - 1) // length - 1
    if newest is None:
        reached = None
        wanted = ended if _due(promise, ended) < today else ended - 1
    else:
        year, month = map(int, newest.split("-"))
        reached = (year * 12 + month - 1) // length
        wanted = reached + 1
    due = _due(promise, wanted)
    return Freshness(
        contract.dataset,
        contract.agency,
        contract.sender,
        newest,
        received,
        wanted=_month(wanted * length + length - 1),
        due=due,
        late_by_days=max(0, (today - due).days),
        kept=_month(ended * length + length - 1) if reached is not None and reached >= ended else None,
    )


def _due(promise: Promise, span: int) -> dt.date:
    """Give the day by which a span is due; spans are counted from the year 0."""
    after = (span + 1) * MONTHS[promise.every]
    return dt.date(after // 12, after % 12 + 1, promise.by_day)


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02}"
