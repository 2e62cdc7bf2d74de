"""The targets that differ, as a file for the operator's eyes alone."""

import os
from pathlib import Path

import duckdb

from integration.history.comparison import TARGETING, Comparison, listed_columns
from warehouse.access_log import record
from warehouse.database import count, literal, rows
from warehouse.digest import file_sha256
from warehouse.durable import fsync_file
from warehouse.errors import PadanError
from warehouse.settings import Home
from warehouse.snapshots.workbook import Sheet, write_workbook
from warehouse.tables import Column

_DIFFER = "FROM target_comparison WHERE change <> 'same'"
_XLSX_ROWS = 1_048_575
_LABELS = {
    "target_id": "ID sasaran",
    "change": "Perubahan",
    "reason": "Alasan keluar",
    "subject_type": "Jenis sasaran",
    "kec_code": "Kode kecamatan",
    "kec_name": "Kecamatan",
    "changed": "Kolom yang berubah",
    "earlier": "sebelum",
    "later": "sesudah",
}


class RowsNotWritten(PadanError):
    """The list of targets could not be written where it was wanted."""


def write_rows(home: Home, comparison: Comparison, path: Path) -> int:
    """Write one row for each target that is new, left or changed (`.xlsx`, `.csv` or `.parquet`); give how many.

    It holds target ids, places and both values of the watched columns, no names; only its owner can read it, and it
    appears whole or not at all. The access log is told first. Raises `RowsNotWritten`.
    """
    kind = path.suffix.lower()
    if kind not in (".xlsx", ".csv", ".parquet"):
        raise RowsNotWritten(f"{path.name} is of no known kind; name a file that ends in .xlsx, .csv or .parquet.")
    number = count(comparison.connection, f"SELECT count(*) {_DIFFER}")
    if kind == ".xlsx" and number > _XLSX_ROWS:
        raise RowsNotWritten(f"{number:,} targets differ, more than a sheet has rows; write .csv or .parquet instead.")
    aside = path.with_name(f".{path.name}.unfinished")
    try:
        aside.unlink(missing_ok=True)
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _write(comparison, aside, kind, number)
        aside.chmod(0o600)
        fsync_file(aside)
        record(
            home,
            "export",
            None,
            view="diff",
            rows=number,
            version=comparison.later.version,
            detail={"earlier": comparison.earlier.version},
            export_sha256=file_sha256(aside),
        )
        aside.replace(path)
    except (OSError, duckdb.IOException) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise RowsNotWritten(f"{path} cannot be written: {why}. Name another file with --out.") from error
    finally:
        aside.unlink(missing_ok=True)
    return number


def differing(comparison: Comparison) -> list[tuple[str, str, str | None, list[str]]]:
    """Give each target that is new, left or changed: id, change, why it left, and the columns that changed."""
    found: list[tuple[str, str, str | None, list[str]]] = rows(
        comparison.connection, f"SELECT target_id, change, reason, changed {_DIFFER} ORDER BY change, target_id"
    )
    return found


def _write(comparison: Comparison, path: Path, kind: str, number: int) -> None:
    con = comparison.connection
    columns = [_column(name) for name in listed_columns(comparison.watched)]
    listed = ", ".join(f'"{one.name}"' for one in columns)
    order = "ORDER BY change, kec_code, target_id"
    if kind == ".xlsx":
        title = f"Perubahan {comparison.earlier.version} - {comparison.later.version}"
        write_workbook(con, path, [Sheet("Perubahan", columns, f"(SELECT {listed} {_DIFFER} {order})", number)], title)
    elif kind == ".parquet":
        con.execute(
            f"COPY (SELECT {listed} {_DIFFER} {order}) TO {literal(path)} "
            "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
        )
    else:
        texts = ", ".join(
            f'array_to_string("{one.name}", \' \') AS "{one.name}"' if one.type.endswith("[]") else f'"{one.name}"'
            for one in columns
        )
        con.execute(
            f"COPY (SELECT {texts} {_DIFFER} {order}) TO {literal(path)} (FORMAT csv, HEADER, USE_TMP_FILE false)"
        )


def _column(name: str) -> Column:
    """Declare a column of the list as the workbook needs it."""
    when, _, of = name.partition("_")
    source = next((one for one in TARGETING.columns if when in ("earlier", "later") and one.name == of), None)
    if source:
        return Column(name, source.type, source.meaning, f"{source.label} ({_LABELS[when]})")
    kind = "VARCHAR[]" if name == "changed" else "VARCHAR"
    return Column(name, kind, _LABELS[name], _LABELS[name])
