"""Numbers, days and unknowns as an Indonesian reader expects them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.yaml_file import read_yaml

Cell = str | int | float | dt.date | None
"""What stands in one place of a table; None leaves it empty."""

_WORDS = Path(__file__).with_name("words.yaml")


@dataclass(frozen=True)
class Words:
    """What every document says the same way; the keys are what Padan stores."""

    months: tuple[str, ...]
    hidden: str
    unknown: str
    no_source: str
    nobody: str
    yes: str
    no: str
    units: Mapping[str, str]
    notes: Mapping[str, str]
    codes: Mapping[str, str]
    levels: Mapping[str, str]
    tables: Mapping[str, str]
    agencies: Mapping[str, str]


@cache
def words() -> Words:
    """Read the shared words, once."""
    said: dict[str, Any] = read_yaml(_WORDS)
    return Words(**{**said, "months": tuple(said["months"])})


def number(value: float, digits: int = 0) -> str:
    """Write a number: points between thousands, a comma before decimals."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def day(value: dt.date) -> str:
    """Write a day: `7 November 2026`."""
    return f"{value.day} {words().months[value.month - 1]} {value.year}"


def month(period: str) -> str:
    """Write a period: `2026-10` as `Oktober 2026`; a week as it is."""
    year, _, rest = period.partition("-")
    return f"{words().months[int(rest) - 1]} {year}" if rest.isdigit() else period
