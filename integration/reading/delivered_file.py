"""One delivered file becomes the temporary table `delivered_rows`: a row of text for each data row."""

import csv
import itertools
import re
from collections.abc import Callable
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
from integration.reading.end_of_data import ends_data, looks_like_data
from integration.reading.header import ROWS_SEARCHED, Header, best_match, find_header
from integration.reading.limits import (
    FEW_ROWS,
    LONGEST_CELL,
    LONGEST_TOLD,
    MOST_BROKEN_LINES,
    MOST_COLUMNS,
    MOST_NAMED,
    MOST_ROWS_PER_BYTE,
)
from integration.reading.workbook import Sheet, UnreadableWorkbookError, visible_sheets
from warehouse.database import Connection, count, literal, rows

WORKBOOKS = (".xlsx", ".xlsm", ".xls")
TEXTS = (".csv", ".txt", ".psv", ".tsv")
EXTENSIONS = (*WORKBOOKS, *TEXTS, ".parquet")
DELIVERED_ROWS = "delivered_rows"
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


@dataclass
class FileReading:
    """What reading found; the rows themselves are in `delivered_rows`.

    physical = data (rows of `delivered_rows` and `broken` ones) + title + header + blank + footer.
    """

    format: str
    header: Header
    physical: int = 0
    title: int = 0
    blank: int = 0
    footer: int = 0
    data_after_footer: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    broken: list[BrokenLine] = field(default_factory=list)
    cells_in_header: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def header_rows(self) -> int:
        """Rows that the header takes."""
        return 0 if self.format == "parquet" else self.header.last_row - self.header.first_row + 1


def read_file(
    connection: Connection, path: Path, contract: Contract, scratch: Path, progress: Callable[[int], None]
) -> FileReading:
    """Read one file into the temporary table `delivered_rows` and say what stood around the data.

    The table has `source_row_no` (physical row, from 1), a VARCHAR column for each column of the contract (null where
    the file has no such column or an empty cell) and `raw_extra` (JSON of the columns the contract does not know).
    `scratch` is a folder for a converted copy, removed again. Raises `UnusableFileError`.
    """
    suffix = path.suffix.casefold()
    if path.stat().st_size == 0:
        raise UnusableFileError("empty_file", "the file is empty; send it again")
    if suffix in WORKBOOKS:
        reading = _read_workbook(connection, path, contract)
    elif suffix == ".parquet":
        reading = _read_parquet(connection, path, contract)
    else:
        reading = _read_text(connection, path, contract, scratch, progress)
    reading.notes += _notes(reading)
    if reading.header.forbidden:  # a broken line cannot be cut into columns: all of it goes
        reading.broken = [replace(line, raw="") for line in reading.broken]
    return reading


def _read_text(
    connection: Connection, path: Path, contract: Contract, scratch: Path, progress: Callable[[int], None]
) -> FileReading:
    head = head_lines(path)
    found = delimiter_of(head, contract)
    if found is None:
        raise _no_header([[line.split(delimiter) for line in head] for delimiter in DELIMITERS], contract)
    delimiter, header = found
    _refuse_too_wide(head[header.last_row - 1].count(delimiter))
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
        fields = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
        _create_rows(
            connection,
            header,
            contract,
            f"""read_csv({literal(checked)}, delim = {literal(delimiter)}, quote = '"', escape = '"',
                header = false, auto_detect = false, strict_mode = true, max_line_size = 4000000,
                columns = {{'source_row_no': 'BIGINT', {fields}}})""",
        )
    finally:
        checked.unlink(missing_ok=True)
    reading = FileReading(
        format="csv",
        header=header,
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


def _read_workbook(connection: Connection, path: Path, contract: Contract) -> FileReading:
    heads: list[list[list[str]]] = []
    try:
        sheets = visible_sheets(path)
        for sheet in sheets:
            header = find_header(sheet.rows[:_HEAD], contract)
            if header is not None:
                reading = _read_sheet(connection, sheet, header, contract)
                ignored = sum(map(bool, heads)) + sum(bool(other.rows) for other in sheets)
                if ignored:
                    reading.notes.append(f"Other visible sheets were not read: {ignored}.")
                return reading
            heads.append(sheet.rows[:ROWS_SEARCHED])
    except UnreadableWorkbookError as error:
        raise UnusableFileError(error.reason_code, str(error)) from error
    raise _no_header(heads, contract)


def _read_sheet(connection: Connection, sheet: Sheet, header: Header, contract: Contract) -> FileReading:
    reading = FileReading(format="xlsx", header=header, physical=len(sheet.rows), sheet=sheet.name)
    numbers: list[int] = []
    kept: list[list[str]] = []
    ended = False
    for number, row in enumerate(sheet.rows, start=1):
        if header.first_row <= number <= header.last_row:
            continue
        if not any(text.strip() for text in row):
            reading.blank += 1
        elif number < header.first_row:
            reading.title += 1
        elif ended or ends_data(row, header):
            reading.data_after_footer += ended and looks_like_data(row, header)
            ended = True
            reading.footer += 1
        else:
            numbers.append(number)
            kept.append(row)
    unknown = set(header.unknown.values())
    reading.cells_in_header = unknown.intersection(itertools.chain.from_iterable(kept)) if unknown else set()
    width = max(header.width, max(map(len, kept), default=0))
    columns: dict[str, pa.Array] = {"source_row_no": pa.array(numbers, pa.int64())}
    by_position = list(itertools.zip_longest(*kept, fillvalue="")) or []
    for position in range(width):
        cells = by_position[position] if position < len(by_position) else []
        columns[f"c{position}"] = pa.array(cells, pa.string())
    connection.register("sheet_rows", pa.table(columns))
    try:
        _create_rows(connection, header, contract, "sheet_rows")
    finally:
        connection.unregister("sheet_rows")
    return reading


def _read_parquet(connection: Connection, path: Path, contract: Contract) -> FileReading:
    damaged = UnusableFileError("damaged_parquet", "the Parquet file is damaged or cut short; send it again")
    try:
        described = rows(connection, f"DESCRIBE SELECT * FROM read_parquet({literal(path)})")
    except duckdb.Error as error:
        raise damaged from error
    names = [str(row[0]) for row in described]
    _refuse_too_wide(len(names))
    _refuse_rows_of_nothing(connection, path)
    header = find_header([names], contract)
    if header is None:
        raise _no_header([[names]], contract)
    cells = ", ".join(f"{_cell_of(name)} AS c{i}" for i, name in enumerate(names))
    try:
        _create_rows(
            connection,
            header,
            contract,
            f"(SELECT file_row_number + 1 AS source_row_no, {cells} "
            f"FROM read_parquet({literal(path)}, file_row_number = true))",
        )
    except duckdb.Error as error:
        raise damaged from error
    physical = count(connection, f"SELECT count(*) FROM {DELIVERED_ROWS}")
    return FileReading(format="parquet", header=header, physical=physical)


def _cell_of(name: str) -> str:
    """Write a column of a Parquet file as text; a cell that is too long stops the reading, before it is copied."""
    cell = f'"{name.replace(chr(34), chr(34) * 2)}"'
    return f"CASE WHEN strlen({cell}::VARCHAR) > {LONGEST_CELL} THEN error('too long') ELSE {cell}::VARCHAR END"


def _refuse_too_wide(columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise UnusableFileError(
            "too_large",
            f"the header has {columns:,} columns and at most {MOST_COLUMNS:,} are read; "
            "export the file with the columns of the contract only",
        )


def _refuse_rows_of_nothing(connection: Connection, path: Path) -> None:
    """Refuse a Parquet file that says the same row over and over: a small one can hold thousands of millions."""
    physical = count(connection, f"SELECT count(*) FROM read_parquet({literal(path)})")
    if physical > FEW_ROWS and physical > MOST_ROWS_PER_BYTE * path.stat().st_size:
        raise UnusableFileError(
            "too_large", f"it holds {physical:,} rows in fewer bytes, so most are empty or the same; export it anew"
        )


def _create_rows(connection: Connection, header: Header, contract: Contract, source: str) -> None:
    """Create `delivered_rows`: positions become the contract's columns, unknown ones go into `raw_extra`."""
    missing = [c for c in contract.needed_columns if c not in header.columns.values()]
    if missing:
        raise UnusableFileError(
            "missing_column",
            f"needed columns are not there: {', '.join(c.header for c in missing)} "
            f"(the header was found in row {header.first_row} with {len(header.columns)} known columns); "
            "export the file with these columns",
            holds_forbidden=bool(header.forbidden),
        )
    positions = {column.name: position for position, column in header.columns.items()}
    cells = [
        f"nullif(c{positions[column.name]}, '') AS {column.name}"
        if column.name in positions
        else f"NULL::VARCHAR AS {column.name}"
        for column in contract.columns
    ]
    extra = ", ".join(f"{literal(text)}, nullif(c{i}, '')" for i, text in header.unknown.items())
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {DELIVERED_ROWS} AS
        SELECT source_row_no, {", ".join(cells)}, {f"json_object({extra})" if extra else "NULL"}::VARCHAR AS raw_extra
        FROM {source}
        """
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
            f"{reading.data_after_footer:,} rows below the footer look like data and were not read: "
            "leave totals out of the middle of the file."
        )
    if reading.header.unknown:
        notes.append(f"Columns that the contract does not know were kept aside: {_told(reading)}.")
    if reading.header.forbidden:
        notes.append(
            f"Columns that must not be delivered were dropped: {', '.join(reading.header.forbidden.values())}."
        )
    return notes


def _told(reading: FileReading) -> str:
    """Name the unknown columns, but for what may be a person: a row that was glued to the header, or a cell of one."""
    names = [_shortened(text) for text in reading.header.unknown.values() if text not in reading.cells_in_header]
    told = [] if any(_LONG_NUMBER.search(text) for text in reading.header.unknown.values()) else names[:MOST_NAMED]
    more = len(reading.header.unknown) - len(told)
    return ", ".join(told + ([f"{more:,} {'more' if told else 'whose names are not told'}"] if more else []))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TOLD else f"{text[:LONGEST_TOLD]}…"


def _field_count(checked: Path, delimiter: str) -> int:
    """Count the fields of the checked lines (all have the same number), the physical number not among them."""
    first = next(lines(checked, LineCounts()), "")
    return len(next(csv.reader([first], delimiter=delimiter), [])) - 1 if first else 0
