"""An XLSX of many rows in little time: xlsxwriter makes the workbook, DuckDB the rows of its sheets."""

import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from warehouse.database import Connection, rows
from warehouse.snapshots.alike import Alike
from warehouse.snapshots.deflated import DeflatedZip
from warehouse.snapshots.workbook_before import workbook_before
from warehouse.tables import Column

_BATCH = 2_048
"""Rows that DuckDB works on at once: with more it would gather them first."""
_END = b"</sheetData>"
_CONTROL = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f"
_NUMBERS = ("INTEGER", "BIGINT", "DOUBLE", "UBIGINT")
_EPOCH = "DATE '1899-12-30'"
"""Day 0 of Excel's calendar, for days after February 1900."""
_TEXT = '<c t="inlineStr"><is><t>'
"""A text that is one: t="str" is the result of a formula, of which GDAL and QGIS guess the kind (RT 006 becomes 6)."""
_NONE = "tidak ada"
"""What an empty list is shown as: it says that there is none, an empty cell that nobody knows."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name (at most 31 characters), its columns, and the table or query in brackets of its rows.

    `special` are the columns in which a text may hold what XML writes otherwise; None: any of them. `query` is what
    gave the rows. `unchanged`: the workbook before holds them, if it has the sheet.
    """

    name: str
    columns: Sequence[Column]
    source: str
    rows: int
    special: Collection[str] | None = None
    query: str = ""
    unchanged: bool = False


def special_columns(connection: Connection, source: str, columns: Sequence[Column]) -> frozenset[str]:
    """Give the columns in which some text holds a sign that XML writes otherwise (&, <, >) or does not know.

    To look once at all rows is cheaper than to look at each wherever it is shown. No mask writes such a sign.
    """
    texts = [column.name for column in columns if _is_text(column)]
    if not texts:
        return frozenset()
    holds = ", ".join(f"bool_or({_is_special(text)})" for text in (f'"{name}"::VARCHAR' for name in texts))
    ((*found,),) = rows(connection, f"SELECT {holds} FROM {source}")
    return frozenset(name for name, special in zip(texts, found, strict=True) if special)


def write_workbook(
    connection: Connection,
    path: Path,
    sheets: Sequence[Sheet],
    title: str,
    *,
    alike: Alike | None = None,
    before: Path | None = None,
) -> None:
    """Write the sheets, each with a header of Indonesian labels; NIKs are texts, days are days, unknown is empty.

    xlsxwriter writes every cell through Python, which for a million rows takes minutes: here it writes the headers,
    and DuckDB the rows beneath them, but for those that are `alike` in another workbook, and for sheets that the
    workbook `before` holds as they are to be.
    """
    alike = alike or Alike()
    with (
        zipfile.ZipFile(_headers(sheets, title)) as made,
        DeflatedZip(path) as whole,
        workbook_before(before) as standing,
    ):
        parts = {f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in enumerate(sheets, start=1)}
        for part in made.infolist():
            if part.filename not in parts:
                whole.writestr(part, made.read(part))
                continue
            sheet = parts[part.filename]
            head, end, tail = made.read(part).rpartition(_END)
            style = re.search(rb'<col [^>]*style="(\d+)"', head)  # only columns of days have one
            day = style[1].decode() if style else "0"
            if sheet.unchanged and standing and (packed := standing.sheet(sheet.name, head)):
                whole.take(standing.zip, packed, part.filename)
                continue
            with whole.open(part.filename, "w") as written:
                written.write(head)
                for lines in _rows_or_alike(connection, sheet, day, alike):
                    written.write(lines)
                written.write(end + tail)


def _headers(sheets: Sequence[Sheet], title: str) -> io.BytesIO:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        workbook.set_properties({"title": title})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for one in sheets:
            sheet = workbook.add_worksheet(one.name)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, one.rows, len(one.columns) - 1)
            for n, column in enumerate(one.columns):
                sheet.write_string(0, n, column.label or column.name, bold)
                width = max(10, min(28, len(column.label or column.name) + 2))
                sheet.set_column(n, n, width, day if column.type == "DATE" else None)
    return made


def _rows_or_alike(connection: Connection, sheet: Sheet, day: str, alike: Alike) -> Iterable[bytes | memoryview]:
    if sheet.query not in alike:
        return _rows(connection, sheet, day)
    return (alike.made(sheet.query, f"xlsx {day}", lambda: b"".join(_rows(connection, sheet, day))),)


def _rows(connection: Connection, sheet: Sheet, day: str) -> Iterator[memoryview]:
    """Give the rows as XML, batch by batch: the texts of an Arrow array lie one behind the other in its last buffer."""
    if not sheet.rows:
        return
    cells = [_cell(column, day, sheet.special is None or column.name in sheet.special) for column in sheet.columns]
    for batch in connection.sql(f"SELECT {_row(cells)} FROM {sheet.source}").to_arrow_reader(_BATCH):
        yield memoryview(batch.column(0).buffers()[-1])


def _row(cells: Sequence[str]) -> str:
    number = "row_number() OVER () + 1"  # the header is row 1; GDAL complains of each row that has no number
    return f"concat('<row r=\"', {number}, '\">', {', '.join(cells)}, '</row>')"


def _is_text(column: Column) -> bool:
    return column.type.startswith("VARCHAR") and not column.values  # a declared code needs no escaping


def _cell(column: Column, day: str, special: bool) -> str:
    """Give the SQL that writes one cell: a day in the style `day`, a text escaped where need be; unknown is empty."""
    name = f'"{column.name}"'
    match column.type:
        case "BOOLEAN":
            yes, no = (f"'<c t=\"b\"><v>{bit}</v></c>'" for bit in (1, 0))
            return f"CASE WHEN {name} THEN {yes} WHEN NOT {name} THEN {no} ELSE '<c/>' END"
        case "DATE":
            return _filled(name, f'<c s="{day}"><v>', f"{name} - {_EPOCH}", "</v></c>")
        case kind if kind in _NUMBERS or kind.startswith("DECIMAL"):
            return _filled(name, "<c><v>", name, "</v></c>")
    said = name
    if column.type.endswith("[]"):
        said = f"CASE WHEN len({name}) = 0 THEN '{_NONE}' ELSE array_to_string({name}, ', ') END"
    if _is_text(column) and special:
        said = f"CASE WHEN {_is_special(said)} THEN {_escaped(said)} ELSE {said} END"
    return _filled(name, _TEXT, said, "</t></is></c>")


def _filled(name: str, start: str, value: str, end: str) -> str:
    """Give the SQL of a cell that is empty where the column is null; `if` and `||` would be slower to plan or run."""
    return f"CASE WHEN {name} IS NULL THEN '<c/>' ELSE concat('{start}', {value}, '{end}') END"


def _is_special(text: str) -> str:
    return f"regexp_matches({text}, '[&<>{_CONTROL}]')"


def _escaped(text: str) -> str:
    """Give the SQL that makes a text fit for XML."""
    clean = f"regexp_replace({text}, '[{_CONTROL}]', '', 'g')"
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        clean = f"replace({clean}, '{sign}', '{entity}')"
    return clean
