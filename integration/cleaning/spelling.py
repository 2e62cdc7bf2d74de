"""Reading each distinct spelling once: the one way a pure function meets a table.

A name stands in a delivery as often as its bearer is weighed; what it says is the same each time. So the distinct texts
of all columns of a kind are collected, read once, and kept in `clean_records.spelling_<kind>`, which typed SELECTs
LEFT JOIN on `spelling`. Every non-null text is in it, also the ones that could not be read: their fields are null. Of
what is read only the fields that a record asks for are kept.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from integration.cleaning.spelling_apart import APART, can_be_read_apart, read_apart
from integration.cleaning.spelling_kinds import SpellingKind, read_batch
from warehouse.database import Connection, arrow, count

BATCH_SIZE = 50_000
"""Spellings read between two reports of progress; one Arrow batch of a few MB."""

Progress = Callable[[int, int], None]
"""Called with (spellings done, spellings in all), first with done = 0."""

Column = tuple[str, str]
"""A relation, as it stands in SQL (`agency_extracts.dinkes_balita`), and the name of one of its text columns."""

_NO_SPELLINGS = pa.table({"spelling": pa.array([], pa.string())})


def read_spellings(
    connection: Connection, kind: SpellingKind, columns: Sequence[Column], progress: Progress | None = None
) -> int:
    """Create `clean_records.spelling_<kind>` with one row per distinct non-null text of `columns`; give their number.

    An existing table of that name is replaced. Texts are kept exactly as written, for joining; an unreadable one is a
    row too, its fields null. Where there are many, half of them are read by a process beside this one.
    """
    selects = [
        f"""SELECT "{column}" AS spelling FROM {relation} WHERE "{column}" IS NOT NULL"""
        for relation, column in columns
    ]
    spellings = (
        arrow(connection, f"SELECT DISTINCT spelling FROM ({' UNION ALL '.join(selects)})")
        if selects
        else _NO_SPELLINGS
    )
    two_cores = count(connection, "SELECT current_setting('threads')") > 1
    read = _read(kind, spellings, spellings.num_rows >= APART and two_cores and can_be_read_apart(kind), progress)
    connection.execute("CREATE SCHEMA IF NOT EXISTS clean_records")
    connection.register("spelling_read", read)
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {kind.table} AS FROM spelling_read")
    finally:
        connection.unregister("spelling_read")
    return len(spellings)


def _read(kind: SpellingKind, spellings: pa.Table, in_two: bool, progress: Progress | None) -> pa.Table:
    batches = spellings.to_batches(max_chunksize=BATCH_SIZE)
    here, apart = (batches[::2], batches[1::2]) if in_two else (batches, [])
    read = [read_batch(kind, [])]
    done, meanwhile = 0, sum(batch.num_rows for batch in apart)
    if progress:
        progress(done, spellings.num_rows)
    with ThreadPoolExecutor(1) as beside:
        begun = beside.submit(read_apart, kind, apart) if apart else None
        for batch in here:
            read.append(read_batch(kind, batch.column(0).to_pylist()))
            done += batch.num_rows
            if progress:
                progress(done + min(done, meanwhile), spellings.num_rows)
        if begun:
            read += begun.result() or [read_batch(kind, batch.column(0).to_pylist()) for batch in apart]
            if progress:
                progress(spellings.num_rows, spellings.num_rows)
    return pa.concat_tables(read)
