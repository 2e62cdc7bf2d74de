"""One delivered file becomes the relation `delivered_rows`: a row of text for each data row.

`read_file` needs no database, so that several files can be read at once; `delivered_rows` shows one of them to it.
"""

import csv
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from integration.contracts import Contract
from integration.reading.csv_lines import (
    DELIMITERS,
    BrokenLine,
    LineCounts,
    delimiter_of,
    head_lines,
    lines,
    write_checked_lines,
)
from integration.reading.end_of_data import ends_data, looks_like_data, may_end_data
from integration.reading.header import ROWS_SEARCHED, Header, best_match, find_header
from integration.reading.limits import (
    FEW_ROWS,
    HIGHEST_RATIO,
    MOST_BROKEN_LINES,
    MOST_COLUMNS,
    MOST_NAMED,
    MOST_ROWS_PER_BYTE,
    UNSUSPICIOUS,
)
from integration.reading.shown_names import shown
from integration.reading.workbook import Sheet, UnreadableWorkbookError, visible_sheets
from warehouse.database import Connection, count, in_memory, literal, rows

WORKBOOKS = (".xlsx", ".xlsm", ".xls")
TEXTS = (".csv", ".txt", ".psv", ".tsv")
EXTENSIONS = (*WORKBOOKS, *TEXTS, ".parquet")
DELIVERED_ROWS = "delivered_rows"
BELOW_FOOTER = "rows below the footer look like data"
FORBIDDEN = "Columns that must not be delivered were dropped"
_SHEET_ROWS = "sheet_rows"
_HEAD = ROWS_SEARCHED + 5
_LONG_NUMBER = re.compile(r"\d{2}\D?\d{2}\D?\d{2}")
"""A date or the number of a person or card: a header has none."""


class UnusableFileError(ValueError):
    """The file cannot be used at all; `reason_code` is stable, the message says found, wanted and what to do.

    `holds_forbidden`: it has columns that must not be stored.
    """

    def __init__(self, reason_code: str, message: str, *, holds_forbidden: bool = False) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.holds_forbidden = holds_forbidden


@dataclass(kw_only=True)
class FileFacts:
    """What reading found of a file beside its rows.

    physical = data (rows of `delivered_rows` and `broken` ones) + title + header_rows + blank + footer. `header_row`
    is the last row of the header.
    """

    format: str
    layout: str | None = None
    header_row: int = 0
    header_rows: int = 0
    physical: int = 0
    title: int = 0
    blank: int = 0
    footer: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    broken: list[BrokenLine] = field(default_factory=list)
    cells_in_header: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class FileReading(FileFacts):
    """The same with the rows, which `delivered_rows` shows.

    `source` is where they lie, with `source_row_no` and a column `c0`, `c1`, ... for each position: an Arrow table, or
    a relation in SQL. `converted` is the copy that it reads, if it needs one: `discard` removes it.
    """

    header: Header
    source: pa.Table | str
    converted: Path | None = None
    data_after_footer: int = 0

    def __post_init__(self) -> None:
        """Say of the header what is kept of it."""
        self.layout = self.header.layout
        self.header_row = self.header.last_row
        self.header_rows = 0 if self.format == "parquet" else self.header.last_row - self.header.first_row + 1

    def discard(self) -> None:
        """Let go of the rows; a converted copy is removed."""
        self.source = ""
        if self.converted:
            self.converted.unlink(missing_ok=True)


def read_file(path: Path, contract: Contract, scratch: Path, progress: Callable[[int], None]) -> FileReading:
    """Read one file and say what stood around the data; whoever asked must `discard` what is given.

    `scratch` is a folder for a converted copy. Raises `UnusableFileError`; then nothing is left behind.
    """
    suffix = path.suffix.casefold()
    if path.stat().st_size == 0:
        raise UnusableFileError("empty_file", "the file is empty; send it again")
    if suffix in WORKBOOKS:
        reading = _read_workbook(path, contract)
    elif suffix == ".parquet":
        reading = _read_parquet(path, contract)
    else:
        reading = _read_text(path, contract, scratch, progress)
    reading.notes += _notes(reading)
    if reading.header.forbidden:  # a broken line cannot be cut into columns: all of it goes
        reading.broken = [replace(line, raw="") for line in reading.broken]
    return reading


@contextmanager
def delivered_rows(connection: Connection, reading: FileReading, contract: Contract) -> Iterator[None]:
    """Show the rows of a reading as the relation `delivered_rows`, to be read once, as long as the `with` lasts.

    It has `source_row_no` (physical row, from 1), a VARCHAR column for each column of the contract (null where the
    file has no such column or an empty cell) and `raw_extra` (JSON of the columns the contract does not know). Raises
    `UnusableFileError` for a Parquet file that is damaged inside.
    """
    header = reading.header
    positions = {column.name: position for position, column in header.columns.items()}
    cells = [
        f"nullif(c{positions[column.name]}, '') AS {column.name}"
        if column.name in positions
        else f"NULL::VARCHAR AS {column.name}"
        for column in contract.columns
    ]
    extra = ", ".join(f"{literal(text)}, nullif(c{i}, '')" for i, text in header.unknown.items())
    source = reading.source
    if isinstance(source, pa.Table):
        connection.register(_SHEET_ROWS, source)
        source = _SHEET_ROWS
    kind = "TABLE" if reading.format == "parquet" else "VIEW"  # a table, for the damage shows when it is read
    try:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP {kind} {DELIVERED_ROWS} AS
            SELECT source_row_no, {", ".join(cells)},
                {f"json_object({extra})" if extra else "NULL"}::VARCHAR AS raw_extra
            FROM {source}
            """
        )
    except duckdb.Error as error:
        if kind == "TABLE":
            raise _damaged_parquet() from error
        raise
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # a transaction that failed is rolled back by whoever began it, the view with it
            connection.execute(f"DROP {kind} {DELIVERED_ROWS}")
        if source is _SHEET_ROWS:
            connection.unregister(_SHEET_ROWS)


def _read_text(path: Path, contract: Contract, scratch: Path, progress: Callable[[int], None]) -> FileReading:
    head = head_lines(path)
    found = delimiter_of(head, contract)
    if found is None:
        raise _no_header([[line.split(delimiter) for line in head] for delimiter in DELIMITERS], contract)
    delimiter, header = found
    _refuse_too_wide(head[header.last_row - 1].count(delimiter))
    _refuse_without_needed(header, contract)
    checked = scratch / f"{path.name}.checked"
    try:
        counts = write_checked_lines(path, checked, delimiter, header, progress)
        if len(counts.broken) > MOST_BROKEN_LINES:
            raise UnusableFileError(
                "too_many_broken_lines",
                f"more than {MOST_BROKEN_LINES:,} of its lines are broken (unbalanced quotes, too few or too many "
                "fields); export the file anew",
            )
        width = _field_count(checked, delimiter) or header.width
    except BaseException:
        checked.unlink(missing_ok=True)
        raise
    fields = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    reading = FileReading(
        format="csv",
        header=header,
        source=f"""read_csv({literal(checked)}, delim = {literal(delimiter)}, quote = '"', escape = '"',
            header = false, auto_detect = false, strict_mode = true, max_line_size = 4000000,
            columns = {{'source_row_no': 'BIGINT', {fields}}})""",
        converted=checked,
        physical=counts.physical,
        title=counts.title,
        blank=counts.blank,
        footer=counts.footer,
        data_after_footer=counts.data_after_footer,
        encoding=counts.encoding,
        delimiter=delimiter,
        broken=counts.broken,
    )
    reading.notes += _text_notes(counts)
    return reading


def _read_workbook(path: Path, contract: Contract) -> FileReading:
    heads: list[list[list[str]]] = []
    try:
        sheets = visible_sheets(path)
        for sheet in sheets:
            header = find_header(sheet.head(_HEAD), contract)
            if header is not None:
                _refuse_without_needed(header, contract)
                reading = _read_sheet(sheet, header)
                ignored = sum(map(bool, heads)) + sum(bool(other.height) for other in sheets)
                if ignored:
                    reading.notes.append(f"Other visible sheets were not read: {ignored}.")
                return reading
            heads.append(sheet.head(ROWS_SEARCHED))
    except UnreadableWorkbookError as error:
        raise UnusableFileError(error.reason_code, str(error)) from error
    raise _no_header(heads, contract)


def _read_sheet(sheet: Sheet, header: Header) -> FileReading:
    blank = title = footer = data_after_footer = 0
    kept: list[int] = []
    for number, row in enumerate(sheet.rows(), start=1):
        if header.first_row <= number <= header.last_row:
            continue
        first = next((text for text in row if text and not text.isspace()), None)
        if first is None:
            blank += 1
        elif number < header.first_row:
            title += 1
        elif footer or (may_end_data(first.strip()) and ends_data(row, header)):
            data_after_footer += bool(footer) and looks_like_data(row, header)
            footer += 1
        else:
            kept.append(number)
    at = pa.array([number - 1 for number in kept], pa.int64())
    columns = {f"c{i}": pa.array(texts, pa.string()).take(at) for i, texts in enumerate(sheet.columns)}
    return FileReading(
        format="xlsx",
        header=header,
        source=pa.table({"source_row_no": pa.array(kept, pa.int64()), **columns}),
        physical=sheet.height,
        title=title,
        blank=blank,
        footer=footer,
        data_after_footer=data_after_footer,
        sheet=sheet.name,
        cells_in_header={text for text in header.unknown.values() if _stands_below(text, sheet, header)},
    )


def _stands_below(text: str, sheet: Sheet, header: Header) -> bool:
    return any(text in itertools.islice(column, header.last_row, None) for column in sheet.columns)


def _read_parquet(path: Path, contract: Contract) -> FileReading:
    try:
        with in_memory() as connection:
            described = rows(connection, f"DESCRIBE SELECT * FROM read_parquet({literal(path)})")
            physical = count(connection, f"SELECT count(*) FROM read_parquet({literal(path)})")
            names = [str(row[0]) for row in described]
            _refuse_too_wide(len(names))
            _refuse_bomb(connection, path, names, physical)
    except duckdb.Error as error:
        raise _damaged_parquet() from error
    header = find_header([names], contract)
    if header is None:
        raise _no_header([[names]], contract)
    _refuse_without_needed(header, contract)
    cells = ", ".join(f"{_quoted(name)}::VARCHAR AS c{i}" for i, name in enumerate(names))
    return FileReading(
        format="parquet",
        header=header,
        source=f"(SELECT file_row_number + 1 AS source_row_no, {cells} "
        f"FROM read_parquet({literal(path)}, file_row_number = true))",
        physical=physical,
    )


def _refuse_too_wide(columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise UnusableFileError(
            "too_large",
            f"the header has {columns:,} columns and at most {MOST_COLUMNS:,} are read; "
            "export the file with the columns of the contract only",
        )


def _refuse_bomb(connection: Connection, path: Path, names: list[str], physical: int) -> None:
    """Refuse a Parquet file that says the same again and again: a small one can hold thousands of millions of rows."""
    size = path.stat().st_size
    if physical > FEW_ROWS and physical > MOST_ROWS_PER_BYTE * size:
        raise UnusableFileError(
            "too_large", f"it holds {physical:,} rows in fewer bytes, so most are empty or the same; export it anew"
        )
    lengths = " + ".join(f"coalesce(sum(strlen({_quoted(name)}::VARCHAR)), 0)" for name in names)
    unpacked = count(connection, f"SELECT ({lengths})::BIGINT FROM read_parquet({literal(path)})")
    if unpacked > UNSUSPICIOUS and unpacked > HIGHEST_RATIO * size:
        raise UnusableFileError(
            "too_large",
            f"its texts unpack to more than {HIGHEST_RATIO} times its size, as those of a bomb do; export it anew",
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _damaged_parquet() -> UnusableFileError:
    return UnusableFileError("damaged_parquet", "the Parquet file is damaged or cut short; send it again")


def _refuse_without_needed(header: Header, contract: Contract) -> None:
    missing = [c for c in contract.needed_columns if c not in header.columns.values()]
    if missing:
        raise UnusableFileError(
            "missing_column",
            f"needed columns are not there: {', '.join(c.header for c in missing)} "
            f"(the header was found in row {header.first_row} with {len(header.columns)} known columns); "
            "export the file with these columns",
            holds_forbidden=bool(header.forbidden),
        )


def _no_header(heads: list[list[list[str]]], contract: Contract) -> UnusableFileError:
    """Say that none of these beginnings has a header, without showing a cell: the first rows may be people."""
    best = max((best_match(head, contract) for head in heads), default=0)
    return UnusableFileError(
        "no_header",
        f"no header was found in the first {ROWS_SEARCHED} rows: the best row has "
        f"{best} of the {len(contract.needed_columns)} needed headers "
        f"({', '.join(column.header for column in contract.needed_columns)}); "
        "check that it is the right file and that its header row was not removed",
    )


def _text_notes(counts: LineCounts) -> list[str]:
    notes = []
    if counts.windows_1252:
        notes.append(f"{counts.windows_1252:,} lines were not UTF-8 and were read as Windows-1252.")
    if counts.damaged:
        notes.append(f"{counts.damaged:,} lines hold bytes that mean nothing; each became U+FFFD.")
    return notes


def _notes(reading: FileReading) -> list[str]:
    notes = []
    if reading.data_after_footer:
        notes.append(
            f"{reading.data_after_footer:,} {BELOW_FOOTER} and were not read: "
            "leave totals out of the middle of the file."
        )
    if reading.header.unknown:
        notes.append(f"Columns that the contract does not know were kept aside: {_told(reading)}.")
    if reading.header.forbidden:
        forbidden = ", ".join(map(shown, reading.header.forbidden.values()))
        notes.append(f"{FORBIDDEN}: {forbidden}.")
    return notes


def _told(reading: FileReading) -> str:
    """Name the unknown columns, but for what may be a person: a row that was glued to the header, or a cell of one."""
    names = [shown(text) for text in reading.header.unknown.values() if text not in reading.cells_in_header]
    told = [] if any(_LONG_NUMBER.search(text) for text in reading.header.unknown.values()) else names[:MOST_NAMED]
    more = len(reading.header.unknown) - len(told)
    return ", ".join(told + ([f"{more:,} {'more' if told else 'whose names are not told'}"] if more else []))


def _field_count(checked: Path, delimiter: str) -> int:
    """Count the fields of the checked lines (all have the same number), the physical number not among them."""
    first = next(lines(checked, LineCounts()), "")
    return len(next(csv.reader([first], delimiter=delimiter), [])) - 1 if first else 0
