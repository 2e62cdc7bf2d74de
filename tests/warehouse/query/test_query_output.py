import csv
import datetime as dt
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from warehouse.query.output import NotWritten, as_text, exported

ROWS = pa.table({"nik": ["3509275505230001", None], "n": [1, -2], "gaps": [["G01", "G02"], []]})


def _csv(rows: pa.Table, folder: Path) -> str:
    with exported(rows, "csv", folder) as export:
        return export.path.read_text(encoding="utf-8")


def test_a_file_holds_the_rows_in_each_format(tmp_path: Path) -> None:
    for form, read in (("csv", "read_csv('{}', all_varchar = true)"), ("parquet", "read_parquet('{}')")):
        with exported(ROWS, form, tmp_path) as export:
            found = duckdb.sql(f"SELECT nik, n::INT, gaps::VARCHAR FROM {read.format(export.path)}").fetchall()
        assert found == [("3509275505230001", 1, "[G01, G02]"), (None, -2, "[]")]
    with exported(ROWS, "json", tmp_path) as export:
        assert json.loads(export.path.read_text())[0] == {"nik": "3509275505230001", "n": 1, "gaps": ["G01", "G02"]}


def test_a_file_is_for_its_owner_alone_and_replaces_none_unasked(tmp_path: Path) -> None:
    name = tmp_path / "x.csv"
    name.write_text("mine")

    with exported(ROWS, "csv", tmp_path) as export:
        with pytest.raises(NotWritten, match="was left"):
            export.give_name(name, replace=False)
        assert name.read_text() == "mine"
        export.give_name(name, replace=True)

    assert name.read_text().startswith("nik,n,gaps")
    assert name.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [name]


def test_a_symbolic_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "x.csv").symlink_to(tmp_path / "theirs")

    with exported(ROWS, "csv", tmp_path) as export:
        export.give_name(tmp_path / "x.csv", replace=True)

    assert (tmp_path / "theirs").read_text() == "theirs"


def test_a_file_without_a_name_is_gone(tmp_path: Path) -> None:
    with exported(ROWS, "json", tmp_path):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_text_of_a_csv_is_taken_for_a_formula(tmp_path: Path, start: str) -> None:
    rows = pa.table({f"{start}name": [f"{start}HYPERLINK(1)", None, "SITI"], "n": [-1, 2, None]})

    with exported(rows, "csv", tmp_path) as export:
        found = list(csv.reader(export.path.open(encoding="utf-8", newline="")))

    assert found == [[f"'{start}name", "n"], [f"'{start}HYPERLINK(1)", "-1"], ["", "2"], ["SITI", ""]]


def test_columns_of_one_name_are_all_written(tmp_path: Path) -> None:
    rows = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "a", 'b"c'])

    assert _csv(rows, tmp_path).splitlines()[1] == "1,2,3"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="cannot be written"), exported(ROWS, "csv", tmp_path / "none"):
        pass


def test_a_grid_aligns_and_leaves_the_unknown_empty() -> None:
    assert as_text(ROWS, 80).splitlines() == [
        "nik              │  n │ gaps      ",
        "─────────────────┼────┼───────────",
        "3509275505230001 │  1 │ [G01, G02]",
        "                 │ -2 │ []",
    ]


def test_what_is_wider_than_the_screen_stands_one_below_the_other() -> None:
    assert as_text(ROWS.slice(0, 1), 20).splitlines() == [
        "── 1 ──",
        "nik  │ 3509275505230001",
        "n    │ 1",
        "gaps │ [G01, G02]",
    ]


def test_a_value_cannot_command_the_terminal() -> None:
    rows = pa.table({"name\x1b[2J": ["\x1b]0;x\x07SITI\r\u202e"], "day": [dt.date(2026, 1, 2)]})

    assert all(character.isprintable() or character == "\n" for character in as_text(rows, 80))


def test_no_rows_and_no_columns_are_told_all_the_same() -> None:
    assert as_text(ROWS.slice(0, 0), 80).splitlines()[0].startswith("nik")
