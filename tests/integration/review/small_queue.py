"""A handful of descriptions and pairs as a matching run leaves them, and a clerk who fills workbooks."""

import datetime as dt
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import python_calamine

from integration.review import Answer, Answers, AskedPair, ask, ensure, write_workbook
from integration.review.decisions import add

EXPORTED = dt.datetime(2026, 10, 31, 3, 0)
SAVED = dt.datetime(2026, 11, 2, 4, 30)
BIG = 2**62
"""Identifiers are 64-bit hashes: a spreadsheet that took one for a number would round it."""

_TABLES = """
CREATE SCHEMA matched_pairs;
CREATE SCHEMA clean_records;
CREATE TABLE clean_records.region (code VARCHAR, level BIGINT, name VARCHAR);
INSERT INTO clean_records.region VALUES ('35.09.27', 3, 'Kalisat'), ('35.09.27.2006', 4, 'Glagahwero');
CREATE TABLE matched_pairs.description (
    description_id BIGINT, dataset VARCHAR, role VARCHAR, of_register BOOLEAN, nik VARCHAR, nik_prefix VARCHAR,
    kk VARCHAR, name VARCHAR, name_alias VARCHAR, name_ordinal INTEGER, sex VARCHAR, birth_date DATE,
    birth_year INTEGER, parent_1 VARCHAR, parent_2 VARCHAR, mother_nik VARCHAR, father_nik VARCHAR, spouse VARCHAR,
    spouse_nik VARCHAR, position VARCHAR, kecamatan VARCHAR, village VARCHAR, rt VARCHAR, rw VARCHAR, dusun VARCHAR,
    house VARCHAR, household VARCHAR);
CREATE TABLE matched_pairs.record_description (record_id BIGINT, description_id BIGINT);
CREATE TABLE clean_records.person_record (
    record_id BIGINT, snapshot_date DATE, source_file VARCHAR, source_row_no BIGINT, name_written VARCHAR,
    mother_name VARCHAR, father_name VARCHAR, parent_name VARCHAR, parent_alias VARCHAR, spouse_name VARCHAR);
CREATE TABLE matched_pairs.candidate_pair (
    description_a BIGINT, description_b BIGINT, evidence MAP(VARCHAR, VARCHAR), match_weight DOUBLE,
    match_probability DOUBLE, match_method VARCHAR, match_band VARCHAR, forbidden VARCHAR, chosen BOOLEAN);
CREATE TABLE matched_pairs.review_queue (
    description_a BIGINT, description_b BIGINT, reason VARCHAR, match_probability DOUBLE, targets_touched BIGINT);
"""


def small_home(database: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """Give a database with the tables of a matching run, empty, and with no decision yet."""
    con = duckdb.connect(str(database))
    con.execute(_TABLES)
    ensure(con)
    return con


def describe(con: duckdb.DuckDBPyConnection, number: int, **said: Any) -> None:
    """Add a description; what a test does not say is unknown. Of the register unless a dataset is named."""
    values = {"description_id": number, "dataset": "dukcapil_penduduk", "role": "self", **said}
    values.setdefault("of_register", values["dataset"] == "dukcapil_penduduk")
    con.execute(
        f"INSERT INTO matched_pairs.description ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )


def write(con: duckdb.DuckDBPyConnection, number: int, record: int, snapshot: dt.date, name: str, **said: Any) -> None:
    """Add a record of a description, as an agency wrote it."""
    values = {"record_id": record, "snapshot_date": snapshot, "name_written": name, **said}
    con.execute(
        f"INSERT INTO clean_records.person_record ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    con.execute("INSERT INTO matched_pairs.record_description VALUES (?, ?)", [record, number])


def doubt(
    con: duckdb.DuckDBPyConnection, a: int, b: int, reason: str = "contradiction", touched: int = 0, p: float = 0.9
) -> None:
    con.execute("INSERT INTO matched_pairs.review_queue VALUES (?, ?, ?, ?, ?)", [a, b, reason, p, touched])


def join(con: duckdb.DuckDBPyConnection, a: int, b: int, method: str = "prob", p: float = 0.999) -> None:
    con.execute(
        "INSERT INTO matched_pairs.candidate_pair VALUES (?, ?, MAP {}, 10, ?, ?, 'auto', NULL, true)",
        [a, b, p, method],
    )


def queue_of(con: duckdb.DuckDBPyConnection, doubtful: int, automatic: int = 0) -> None:
    """Fill in pairs (BIG + i, i): the doubtful ones first, the more targets the smaller i; then automatic links."""
    for i in range(1, doubtful + automatic + 1):
        describe(con, BIG + i, dataset="dinkes_balita", name=f"ANAK {i}", position="child")
        describe(con, i, name=f"ORANG {i}", village="35.09.27.2006", kecamatan="35.09.27")
        if i <= doubtful:
            doubt(con, BIG + i, i, touched=doubtful - i)
        else:
            join(con, BIG + i, i)


def export(con: duckdb.DuckDBPyConnection, path: Path, limit: int = 100, check: int = 0) -> Path:
    write_workbook(path, ask(con, limit, check, EXPORTED))
    return path


def sheet(path: Path, name: str = "Pasangan") -> list[list[str]]:
    """Give the rows of a sheet as a program that is not ours reads them."""
    found = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name(name)
    return [[str(cell) for cell in row] for row in found.to_python(skip_empty_area=False)]


def column(path: Path, header: str) -> list[str]:
    head, *rows = sheet(path)
    return [row[head.index(header)] for row in rows]


def letter(path: Path, header: str) -> str:
    """Give the letter of a column: A, B, .. Z, AA, .."""
    position = sheet(path)[0].index(header)
    return (chr(ord("A") + position // 26 - 1) if position >= 26 else "") + chr(ord("A") + position % 26)


def fill(
    path: Path, filled: Path, answers: Mapping[int, str], saved: dt.datetime | None = SAVED, column: str = "Jawaban"
) -> Path:
    """Write texts into the cells of a column, by physical row, and save the workbook elsewhere."""
    at = letter(path, column)
    parts = _parts(path)
    content = parts["xl/worksheets/sheet1.xml"]
    for row, text in answers.items():
        content, found = re.subn(
            rf'<c r="{at}{row}"( s="\d+")?(/>|[^/].*?</c>)',
            rf'<c r="{at}{row}"\1 t="inlineStr"><is><t>{text}</t></is></c>',
            content,
        )
        assert found == 1
    parts["xl/worksheets/sheet1.xml"] = content
    if saved:
        parts["docProps/core.xml"] = re.sub(
            "(<dcterms:modified[^>]*>)[^<]+",
            rf"\g<1>{saved.isoformat(timespec='seconds')}Z",
            parts["docProps/core.xml"],
        )
    return _written(parts, filled)


def changed(path: Path, other: Path, part: str, found: str, wanted: str) -> Path:
    """Change the text of one part of a workbook, as a clumsy program might, and save it elsewhere."""
    parts = _parts(path)
    assert found in parts[part]
    parts[part] = parts[part].replace(found, wanted)
    return _written(parts, other)


def part(path: Path, name: str) -> str:
    return _parts(path)[name]


def _parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def _written(parts: Mapping[str, str], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def decide(
    con: duckdb.DuckDBPyConnection,
    *verdicts: tuple[int, int, str],
    by: str = "Ani",
    at: dt.datetime = SAVED,
    file: str = "a.xlsx",
    exported: dt.datetime = EXPORTED,
    sampled_as: str = "doubtful",
    reason: str | None = "contradiction",
    p: float = 0.9,
) -> int:
    """Take the verdicts (a, b, verdict) in as one workbook would bring them, from row 2 down."""
    given = tuple(
        Answer(row, AskedPair(a, b, sampled_as, reason, p, exported), verdict, None, at)
        for row, (a, b, verdict) in enumerate(verdicts, 2)
    )
    return add(con, Answers(file, given, 0), by)
