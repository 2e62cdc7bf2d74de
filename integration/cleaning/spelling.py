"""Reading each distinct spelling once: the one way a pure function meets a table.

A name stands in a delivery as often as its bearer is weighed; what it says is the same each time. So the distinct texts
of all columns of a kind are collected, read once, and kept in `clean_records.spelling_<kind>`, which typed SELECTs
LEFT JOIN on `spelling`. Every non-null text is in it, also the ones that could not be read: their fields are null. Of
what is read only the fields that a record asks for are kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import pyarrow as pa

from integration.cleaning.addresses import Address, read_address
from integration.cleaning.dates import WrittenDate, read_date
from integration.cleaning.names import standardise_name
from integration.cleaning.numbers import read_quantity, read_rt_rw
from warehouse.database import Connection, arrow

BATCH_SIZE = 50_000
"""Spellings read between two reports of progress; one Arrow batch of a few MB."""

Progress = Callable[[int, int], None]
"""Called with (spellings done, spellings in all), first with done = 0."""

Column = tuple[str, str]
"""A relation, as it stands in SQL (`agency_extracts.dinkes_balita`), and the name of one of its text columns."""


@dataclass(frozen=True)
class SpellingKind:
    """What is read from a spelling: `kind` names the table, `fields` are its typed columns, `read` fills them.

    `read` gives one object with these fields as attributes, or None where the text cannot be read.
    """

    kind: str
    fields: pa.Schema
    read: Callable[[str], object | None]

    @property
    def table(self) -> str:
        """The table the spellings are kept in."""
        return f"clean_records.spelling_{self.kind}"


def names() -> SpellingKind:
    """Names of people, as `standardise_name` reads them."""
    return SpellingKind("name", _NAME_FIELDS, standardise_name)


def dates(snapshot_year: int) -> SpellingKind:
    """Dates, as `read_date` reads them; `snapshot_year` is the newest of the deliveries' (it decides two-digit years).

    Neither `day_first` nor `month_first` nor `says_none` is set where a text cannot be read.
    """

    def read(written: str) -> WrittenDate | None:
        return read_date(written, snapshot_year)

    return SpellingKind("date", _DATE_FIELDS, read)


def numbers() -> SpellingKind:
    """Numbers with their units, as `read_quantity` reads them."""
    return SpellingKind("number", _NUMBER_FIELDS, read_quantity)


def rt_rws() -> SpellingKind:
    """Cells of RT and RW columns, as `read_rt_rw` reads them: an RT column takes `rt`, an RW column `rw`."""
    return SpellingKind("rt_rw", _RT_RW_FIELDS, read_rt_rw)


def addresses(is_village: Callable[[str], bool] | None = None) -> SpellingKind:
    """Addresses, as `read_address` reads them; `is_village` knows the villages of the kabupaten."""

    def read(written: str) -> Address:
        return read_address(written, is_village)

    return SpellingKind("address", _ADDRESS_FIELDS, read)


def read_spellings(
    connection: Connection, kind: SpellingKind, columns: Sequence[Column], progress: Progress | None = None
) -> int:
    """Create `clean_records.spelling_<kind>` with one row per distinct non-null text of `columns`; give their number.

    An existing table of that name is replaced. Texts are kept exactly as written, for joining; an unreadable one is a
    row too, its fields null.
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
    batches = [_read_batch(kind, [])]
    done = 0
    if progress:
        progress(done, spellings.num_rows)
    for batch in spellings.to_batches(max_chunksize=BATCH_SIZE):
        batches.append(_read_batch(kind, batch.column(0).to_pylist()))
        done += batch.num_rows
        if progress:
            progress(done, spellings.num_rows)
    connection.execute("CREATE SCHEMA IF NOT EXISTS clean_records")
    connection.register("spelling_read", pa.concat_tables(batches))
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {kind.table} AS FROM spelling_read")
    finally:
        connection.unregister("spelling_read")
    return done


def _read_batch(kind: SpellingKind, spellings: list[str]) -> pa.Table:
    values = attrgetter(*kind.fields.names)
    unreadable = (None,) * len(kind.fields)
    read = [unreadable if found is None else values(found) for found in map(kind.read, spellings)]
    by_field = zip(*read, strict=True) if read else [()] * len(kind.fields)
    columns = [pa.array(spellings, pa.string())]
    columns += [pa.array(column, field.type) for column, field in zip(by_field, kind.fields, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema([pa.field("spelling", pa.string()), *kind.fields]))


_NO_SPELLINGS = pa.table({"spelling": pa.array([], pa.string())})

_NAME_FIELDS = pa.schema(
    [
        ("canonical", pa.string()),
        ("display", pa.string()),
        ("sorted_tokens", pa.string()),
        ("joined", pa.string()),
        ("first_key", pa.string()),
        ("name_key", pa.string()),
        ("alias", pa.string()),
        ("ordinal", pa.int16()),
        ("unknown_kind", pa.string()),
        ("mother_name", pa.string()),
    ]
)
_DATE_FIELDS = pa.schema(
    [
        ("day_first", pa.date32()),
        ("month_first", pa.date32()),
        ("ambiguous", pa.bool_()),
        ("two_digit_year", pa.bool_()),
        ("says_none", pa.bool_()),
    ]
)
_NUMBER_FIELDS = pa.schema([("value", pa.float64()), ("unit", pa.string())])
_RT_RW_FIELDS = pa.schema([("rt", pa.string()), ("rw", pa.string()), ("mangled", pa.bool_())])
_ADDRESS_FIELDS = pa.schema([(field, pa.string()) for field in ("rt", "rw", "dusun")])
