"""An answer as text for the screen, or as a file: CSV, Parquet, JSON."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa

from warehouse.database import literal
from warehouse.durable import fsync_folder
from warehouse.errors import PadanError

FORMATS = {
    # format: how DuckDB writes it
    "csv": "FORMAT csv, HEADER true",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "json": "FORMAT json, ARRAY true",
}
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
"""How a text begins that a spreadsheet would take for a formula."""
_WIDEST = 60
"""Characters of a value in a grid; a record shows it in full."""


class NotWritten(PadanError):
    """A file of rows was not written; what stood there is as it was."""


@dataclass(frozen=True)
class Export:
    """A written file that nobody has yet."""

    path: Path
    sha256: str

    def copy_to(self, stream: BinaryIO) -> None:
        """Give its bytes to a stream."""
        with self.path.open("rb") as file:
            shutil.copyfileobj(file, stream)
        stream.flush()

    def give_name(self, name: Path, *, replace: bool) -> None:
        """Let the file stand under its name; raises `NotWritten` where one stands there that must not be replaced."""
        try:
            if replace:
                self.path.replace(name)
            else:
                name.hardlink_to(self.path)
            fsync_folder(name.parent)
        except OSError as error:
            raise not_written(name, error) from error


def not_written(name: Path, error: OSError) -> NotWritten:
    """Turn what the system said into the sentence of why there is no file."""
    if isinstance(error, FileExistsError):
        return NotWritten(f"{name} is there already and was left as it is. Name another file, or add --force.")
    return NotWritten(f"{name} cannot be written: {error.strerror}. Name another file with --out.")


@contextmanager
def exported(rows: pa.Table, form: str, folder: Path) -> Iterator[Export]:
    """Write rows to a file in `folder` that its owner alone can read; without a name of its own it is gone afterwards.

    CSV puts an apostrophe before a text (and a column name) that a spreadsheet would take for a formula. Raises
    `NotWritten`.
    """
    try:
        private = tempfile.TemporaryDirectory(prefix=".padan-", dir=folder)
    except OSError as error:
        raise not_written(folder, error) from error
    with private as place:
        yield _written(rows, form, Path(place) / "rows")


def _written(rows: pa.Table, form: str, path: Path) -> Export:
    try:
        with duckdb.connect() as connection:
            connection.register("answer", _named_apart(rows))
            query = _for_spreadsheets(connection) if form == "csv" else "FROM answer"
            connection.execute(f"COPY ({query}) TO {literal(path)} ({FORMATS[form]})")
        path.chmod(0o600)
        with path.open("rb") as file:
            os.fsync(file.fileno())
            return Export(path, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise not_written(path.parent.parent, error) from error
    except duckdb.Error as error:
        raise NotWritten(f"The answer cannot be written as {form} ({type(error).__name__}).") from error


def _named_apart(rows: pa.Table) -> pa.Table:
    """Give the rows with a number behind a column's name that stood before: a table has each name once."""
    names: dict[str, str] = {}
    for name in rows.column_names:
        apart = name
        while apart.casefold() in names:
            apart = f"{name}_{len(names)}"
        names[apart.casefold()] = apart
    return rows.rename_columns(list(names.values()))


def _for_spreadsheets(connection: duckdb.DuckDBPyConnection) -> str:
    """Give the query of the answer in which no text begins as a formula does."""
    cells = []
    for name, kind, *_ in connection.execute("DESCRIBE answer").fetchall():
        quoted = '"' + name.replace('"', '""') + '"'
        is_text = kind == "VARCHAR" or kind.startswith("ENUM")
        cell = f"if(regexp_matches({quoted}, {literal(_FORMULA)}), '''' || {quoted}, {quoted})" if is_text else quoted
        safe = connection.execute(f"SELECT regexp_matches(?, {literal(_FORMULA)})", [name]).fetchall()[0][0]
        cells.append(f"{cell} AS " + ("\"'" + quoted[1:] if safe else quoted))
    return f"SELECT {', '.join(cells)} FROM answer"


def as_text(rows: pa.Table, width: int) -> str:
    """Give rows as a grid; one below the other, column by column, where a grid would be wider than `width`.

    Unknown is an empty cell. Characters that would move the cursor or colour the screen are shown as �.
    """
    names = [_printable(name) for name in rows.column_names]
    with duckdb.connect() as connection:
        connection.register("answer", _named_apart(rows))
        texts = connection.execute("SELECT COLUMNS(*)::VARCHAR FROM answer").fetchall()
    cells = [["" if text is None else text for text in row] for row in texts]
    is_number = [
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        for kind in rows.schema.types
    ]
    grid = _grid(names, [[_printable(cell)[:_WIDEST] for cell in row] for row in cells], is_number)
    has_lines = any("\n" in cell for row in cells for cell in row)
    if has_lines or len(grid[0]) > width:
        return "\n".join(_records(names, cells))
    return "\n".join(grid)


def _grid(names: list[str], cells: list[list[str]], is_number: list[bool]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]

    def line(row: list[str]) -> str:
        aligned = (
            text.rjust(wide) if number else text.ljust(wide)
            for text, wide, number in zip(row, widths, is_number, strict=True)
        )
        return " │ ".join(aligned).rstrip()

    return [line(names).ljust(sum(widths) + 3 * len(widths) - 3), "─┼─".join("─" * wide for wide in widths)] + [
        line(row) for row in cells
    ]


def _records(names: list[str], cells: list[list[str]]) -> Iterator[str]:
    wide = max(map(len, names))
    for n, row in enumerate(cells, start=1):
        yield f"── {n} ──"
        for name, cell in zip(names, row, strict=True):
            first, *others = cell.split("\n") if cell else [""]
            yield f"{name.ljust(wide)} │ {_printable(first)}".rstrip()
            yield from (f"{' ' * wide} │ {_printable(line)}" for line in others)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
