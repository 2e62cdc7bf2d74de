"""Fetching deliveries that are rows: each month becomes one file, put into the inbox where its rows are new."""

import datetime as dt

from integration.intake.landing import sha256_of
from integration.sources.fetched import Fetched
from integration.sources.memory import Memory, delivery_folder, fetching_folder
from integration.sources.places import Source
from integration.sources.placing import add, place
from integration.sources.rows import RowSource, fingerprint, write_rows
from warehouse.durable import fsync_file
from warehouse.progress import Say
from warehouse.settings import Home


def fetch_rows(
    home: Home, source: Source, opened: RowSource, memory: Memory, months: list[str], fetched: Fetched, say: Say
) -> None:
    """Fetch the rows of some months; raises `SourceFailed`. A month without a row is no delivery.

    A try that breaks off is begun anew: rows may have moved between pages meanwhile.
    """
    for month in months:
        key = f"rows of {month}"
        target = delivery_folder(home, source, month)
        downloads = fetching_folder(home, source)
        made = downloads.with_name(f"{downloads.name}.{month}")
        part = downloads.with_name(f"{downloads.name}.{month}.part")
        say(f"{source.name} {month}: asking for its rows")
        try:
            number = write_rows(part, opened.headers, opened.chunks(month))
            before = memory.of_month(month)
            version = fingerprint(part)
            if not number:
                fetched.waiting.append(f"{month}: there is no row yet")
            elif before.keys() == {key} and before[key]["version"] == version:
                fetched.unchanged += 1
            else:
                name = f"{source.dataset}_{source.kab_code.replace('.', '')}_{month.replace('-', '')}.parquet"
                made.mkdir(parents=True)
                fsync_file(part)
                add(part, made, name)
                fetched.passed_over += place(made, target, [name], before)
                fetched.months.append(month)
                fetched.files += 1
                fetched.bytes += part.stat().st_size
                memory.deliveries[month] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
                for other in before:
                    del memory.files[other]
                memory.files[key] = {
                    "version": version,
                    "sha256": sha256_of(part),
                    "month": month,
                    "names": [name],
                }
                memory.write()
        finally:
            part.unlink(missing_ok=True)
    if lost := opened.of_no_month():
        fetched.refused.append(lost)
