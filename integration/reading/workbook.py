"""An XLSX workbook becomes rows of text, numbered as the sheet numbers them."""

import datetime as dt
import itertools
import zipfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import python_calamine

from integration.reading.limits import MEMORY_APART, MEMORY_PER_BYTE, MOST_COLUMNS
from integration.reading.workbook_apart import ReaderStoppedError, read_apart
from integration.reading.workbook_shape import Shape, TooLargeError, shape_of

FLOAT_ID = 1e15
"""Numeric cells from here on can only be identifiers that were typed as numbers; they are written with `.0`, the mark
by which cleaning knows that the last digit may be lost."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Cell = object


class UnreadableWorkbookError(ValueError):
    """The file is no workbook that can be read; `reason_code` says which kind of trouble, the message what to do."""

    def __init__(self, reason_code: str, message: str) -> None:
        super().__init__(message)
        self.reason_code = reason_code


@dataclass(frozen=True)
class Sheet:
    """A visible sheet: its name and its columns as text, each from physical row 1; empty cells are empty texts."""

    name: str
    columns: list[Sequence[str]]

    @property
    def height(self) -> int:
        """How many rows it has."""
        return len(self.columns[0]) if self.columns else 0

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Give row after row, from physical row 1, all of one length."""
        return zip(*self.columns, strict=True)

    def head(self, number: int) -> list[list[str]]:
        """Give the first rows."""
        return [list(row) for row in itertools.islice(self.rows(), number)]


def visible_sheets(path: Path) -> Iterator[Sheet]:
    """Give the visible sheets of a workbook in order.

    Raises `UnreadableWorkbookError` for a file that is password-protected, truncated, too large or no workbook at all.
    """
    _refuse_what_is_no_workbook(path)
    shape = _shape_of(path)
    for sheet in sheets_of(path) if shape.plain else _opened_apart(path, shape):
        if len(sheet.columns) > MOST_COLUMNS:
            raise UnreadableWorkbookError(
                "too_large",
                f"a sheet is more than {MOST_COLUMNS:,} columns wide; delete what stands far to the right of the table",
            )
        yield sheet


def _shape_of(path: Path) -> Shape:
    try:
        return shape_of(path) if zipfile.is_zipfile(path) else Shape(unpacked=path.stat().st_size, odd=True)
    except TooLargeError as error:
        raise UnreadableWorkbookError("too_large", str(error)) from error
    except Exception as error:  # zipfile and zlib have an error for each kind of damage
        raise _damaged() from error


def sheets_of(path: Path) -> Generator[Sheet]:
    """Open a workbook in this process and give its visible sheets."""
    try:
        with path.open("rb") as file:  # by content: a renamed .xls is read as what it is
            workbook = python_calamine.CalamineWorkbook.from_filelike(file)
            for meta in workbook.sheets_metadata:
                if meta.visible == python_calamine.SheetVisibleEnum.Visible:
                    cells = workbook.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
                    yield Sheet(meta.name, [_texts(column) for column in zip(*cells, strict=True)])
    except BaseException as error:
        # Damage has as many errors as bytes, and a panic of the reader, which is written in Rust, is no Exception.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _damaged() from error
        raise


def _opened_apart(path: Path, shape: Shape) -> Generator[Sheet]:
    sheets: list[tuple[str, list[list[str]]]] = []
    memory = MEMORY_APART + MEMORY_PER_BYTE * shape.unpacked
    try:
        for said in read_apart(path, memory):
            if isinstance(said, str):
                sheets.append((said, []))
            else:
                sheets[-1][1].append(said)
    except ReaderStoppedError as error:
        raise UnreadableWorkbookError(
            "too_large",
            f"the workbook could not be read with {memory / 1e9:.1f} GB of memory: a cell stands far outside the "
            "table, or it is damaged; delete the rows and columns beyond the table, or send it as CSV",
        ) from error
    except ValueError as error:
        raise _damaged() from error
    for name, rows in sheets:
        yield Sheet(name, list(itertools.zip_longest(*rows, fillvalue="")))


def _texts(column: tuple[Cell, ...]) -> Sequence[str]:
    """Write the cells of a column; most columns hold nothing but texts and are given as they are."""
    if set(map(type, column)) == {str}:
        return cast("tuple[str, ...]", column)
    return [cell_text(cell) for cell in column]


def cell_text(cell: Cell) -> str:
    """Write a cell as the raw layer keeps it.

    Whole numbers without a decimal part, except from `FLOAT_ID` on; dates as ISO; TRUE and FALSE; empty as empty.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        if float(cell).is_integer():
            return f"{int(cell)}.0" if abs(cell) >= FLOAT_ID else str(int(cell))
        return repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def _refuse_what_is_no_workbook(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise UnreadableWorkbookError("empty_file", "the file is empty; send it again")
    if start == _OLE:
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise UnreadableWorkbookError(
                "password_protected",
                "the workbook is protected by a password; save it without one and send it again",
            )
        return
    try:
        with zipfile.ZipFile(path) as archive:
            is_workbook = any(entry.filename.startswith(("xl/", "content.xml")) for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableWorkbookError(
            "damaged_workbook",
            "the file is no workbook or was cut short in transfer; send it again",
        ) from error
    if not is_workbook:
        raise UnreadableWorkbookError(
            "no_workbook",
            "the file is an archive of something else and no workbook; send the workbook itself, not zipped",
        )


def _damaged() -> UnreadableWorkbookError:
    return UnreadableWorkbookError(
        "damaged_workbook",
        "the workbook is damaged inside, most likely cut short in transfer; send it again",
    )
