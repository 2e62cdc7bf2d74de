"""What is read from a spelling of each kind: names, dates, numbers, RT and RW, addresses."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from operator import attrgetter

import pyarrow as pa

from integration.cleaning.addresses import Address, read_address
from integration.cleaning.dates import WrittenDate, read_date
from integration.cleaning.names import standardise_name
from integration.cleaning.numbers import read_quantity, read_rt_rw


@dataclass(frozen=True)
class SpellingKind:
    """What is read from a spelling: `kind` names the table, `fields` are its typed columns, `read` fills them.

    `read` gives one object with these fields as attributes, or None where the text cannot be read. `villages` are those
    that it knows, where it asks for any.
    """

    kind: str
    fields: pa.Schema
    read: Callable[[str], object | None]
    villages: frozenset[str] = frozenset()

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


def addresses(villages: Collection[str] = ()) -> SpellingKind:
    """Addresses, as `read_address` reads them; `villages` are the names of those of the kabupaten, without blanks."""
    known = frozenset(villages)

    def is_village(name: str) -> bool:
        return name.replace(" ", "").replace("-", "") in known

    def read(written: str) -> Address:
        return read_address(written, is_village if known else None)

    return SpellingKind("address", _ADDRESS_FIELDS, read, known)


def read_batch(kind: SpellingKind, spellings: list[str]) -> pa.Table:
    """Give a row for each text: the text, and what is read from it."""
    values = attrgetter(*kind.fields.names)
    unreadable = (None,) * len(kind.fields)
    read = [unreadable if found is None else values(found) for found in map(kind.read, spellings)]
    by_field = zip(*read, strict=True) if read else [()] * len(kind.fields)
    columns = [pa.array(spellings, pa.string())]
    columns += [pa.array(column, field.type) for column, field in zip(by_field, kind.fields, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema([pa.field("spelling", pa.string()), *kind.fields]))


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
