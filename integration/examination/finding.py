"""What an examination of a home gives: findings, each with its sentence and, where it is safe, its repair."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from warehouse.database import Connection
from warehouse.settings import Home

State = Literal["ok", "told", "broken", "repaired"]
"""`told` is worth knowing, the next night goes on all the same; `broken`: somebody has to act."""


@dataclass(frozen=True)
class Repair:
    """What may be done without asking further: never takes away a landed file or what was in force."""

    says: str
    do: Callable[[], object]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is about, how it stands, a sentence that says so and what to do."""

    about: str
    state: State
    says: str
    repair: Repair | None = None


@dataclass(frozen=True)
class Examined:
    """The home that is examined, held so that no run begins meanwhile.

    `connection` is its working database, read-only; None where there is none, it is damaged, or a run goes on.
    `run_goes_on`: what that run is working on is not judged, and nothing of it repaired.
    """

    home: Home
    connection: Connection | None = None
    run_goes_on: bool = False
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))


Examination = Callable[[Examined], list[Finding]]
"""Looks at one thing and gives at least one finding; raises nothing but what it did not foresee."""


def named(names: list[str], most: int = 3) -> str:
    """Give the first few names and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
