"""Of which month a file is, and which months are asked for. The day is that of Jakarta, taken once for each fetch."""

import datetime as dt
from pathlib import PurePosixPath

from integration.intake.discovery import named_month
from integration.sources.peer import RemoteFile
from integration.sources.places import Source, SqlTable, Web


def month_before(day: dt.date, months: int) -> str:
    """Give the month (`YYYY-MM`) that lies some months before that of a day."""
    count = day.year * 12 + day.month - 1 - months
    return f"{count // 12:04}-{count % 12 + 1:02}"


def months_asked(source: Source, day: dt.date) -> list[str]:
    """Give the months that are asked for at a source that must be asked for each, the newest first."""
    return [month_before(day, ago) for ago in range(source.months)]


def no_month(source: Source, file: RemoteFile) -> str:
    """Say that nobody knows of which month a file is."""
    return (
        f"{file.shown}: neither manifest, folder nor name says of which month it is; name it "
        f"{source.dataset}_<kab4>_<YYYYMM>, or say in sources.yaml with month what such files are of."
    )


def tells_months(source: Source) -> bool:
    """Say whether what comes from a place says by itself of which month it is, or each month can be asked for."""
    place = source.place
    if isinstance(place, SqlTable):
        return place.month_column is not None
    return not isinstance(place, Web) or "{" in place.url


def month_of(source: Source, path: str, said: dict[str, str], day: dt.date) -> str | None:
    """Say of which month a file is; None where nothing says it.

    Its manifest counts (`said`: folder -> month), then its folder or its name, then what the source declares.
    """
    place = PurePosixPath(path)
    named = said.get(str(place.parent)) or named_month(place)
    if named or source.month == "named":
        return named
    return month_before(day, 1 if source.month == "previous" else 0)
