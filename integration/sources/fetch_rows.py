"""Fetching deliveries that are rows: each month becomes one file, put into the inbox where its rows are new."""

import datetime as dt

from integration.intake.landing import sha256_of
from integration.sources.fetched import Fetched
from integration.sources.memory import Memory, delivery_folder
from integration.sources.places import Source, SqlTable
from integration.sources.placing import add, place, put_back
from integration.sources.rows import RowSource, fingerprint, write_rows
from warehouse.database import fsync_file
from warehouse.progress import Say
from warehouse.settings import Home


def fetch_rows(
    home: Home, source: Source, opened: RowSource, memory: Memory, months: list[str], fetched: Fetched, say: Say
) -> None:
    """Fetch the rows of some months; raises `SourceFailed`. A month without a row is no delivery.

    A try that breaks off is begun anew: rows may have moved between pages meanwhile.
    """
    for month in _told_apart(source, months):
        key = f"rows of {month}"
        target = delivery_folder(home, source, month)
        made = home.fetching / f"{source.agency}.{source.dataset}.{month}"
        put_back(made, target)
        part = home.fetching / f"{source.agency}.{source.dataset}.{month}.part"
        say(f"{source.name} {month}: asking for its rows")
        try:
            number = write_rows(part, opened.headers, opened.chunks(month))
            before = memory.files.get(key, {})
            version = fingerprint(part)
            if not number:
                fetched.waiting.append(f"{month}: there is no row yet")
            elif before.get("version") == version:
                fetched.unchanged += 1
            else:
                name = f"{source.dataset}_{source.kab_code.replace('.', '')}_{month.replace('-', '')}.parquet"
                made.mkdir(parents=True)
                fsync_file(part)
                add(part, made, name)
                place(made, target, set(before.get("names", ())))
                fetched.months.append(month)
                fetched.files += 1
                fetched.bytes += part.stat().st_size
                memory.deliveries[month] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
                memory.files[key] = {
                    "version": version,
                    "sha256": sha256_of(part),
                    "month": month,
                    "names": [name],
                }
                memory.write()
        finally:
            part.unlink(missing_ok=True)


def _told_apart(source: Source, months: list[str]) -> list[str]:
    """Give the months that can be told apart: of a table that says no month, all rows are of the newest."""
    place = source.place
    if isinstance(place, SqlTable):
        return months if place.month_column else months[:1]
    return months if "{" in getattr(place, "url", "{") else months[:1]
