"""Of which month a file is, and which months are asked for. The day is that of Jakarta, taken once for each fetch."""

import datetime as dt
from pathlib import PurePosixPath

from integration.intake.discovery import named_month
from integration.sources.places import Source


def month_before(day: dt.date, months: int) -> str:
    """Give the month (`YYYY-MM`) that lies some months before that of a day."""
    count = day.year * 12 + day.month - 1 - months
    return f"{count // 12:04}-{count % 12 + 1:02}"


def months_asked(source: Source, day: dt.date) -> list[str]:
    """Give the months that are asked for at a source that must be asked for each, the newest first."""
    return [month_before(day, ago) for ago in range(source.months)]


def month_of(source: Source, path: str, said: dict[str, str], day: dt.date) -> str | None:
    """Say of which month a file is; None where nothing says it.

    Its manifest counts (`said`: folder -> month), then its folder or its name, then what the source declares.
    """
    place = PurePosixPath(path)
    named = said.get(str(place.parent)) or named_month(place)
    if named or source.month == "named":
        return named
    return month_before(day, 1 if source.month == "previous" else 0)
