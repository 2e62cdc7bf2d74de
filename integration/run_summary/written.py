"""Times, ages and amounts of a summary as its readers expect them."""

import datetime as dt

from integration.reports.written import day, month, number
from integration.run_summary.words import summary_words
from warehouse.wall_clock import WIB


def clock(moment: str) -> str:
    """Write a moment of the summary (UTC): `22 November 2026 02.03 WIB`."""
    local = dt.datetime.fromisoformat(moment).astimezone(WIB)
    return f"{day(local.date())} {local:%H.%M} WIB"


def date(moment: str) -> str:
    """Write the day of a moment."""
    return day(dt.datetime.fromisoformat(moment).astimezone(WIB).date())


def period(said: str | None) -> str:
    """Write a period; a run that had none says so."""
    return month(said) if said else summary_words().page["unknown"]


def age(seconds: float) -> str:
    """Write an age in its largest whole unit: `3 hari`."""
    words = summary_words().ages
    for unit, length in (("days", 86_400), ("hours", 3_600)):
        if seconds >= length:
            return words[unit].format(n=number(seconds // length))
    return words["minutes"].format(n=number(seconds // 60))


def gigabytes(amount: float | None) -> str:
    """Write an amount of memory or disk."""
    return summary_words().page["unknown"] if amount is None else f"{number(amount / 1e9, 2)} GB"
