"""A cell of the workbook is of the kind that it says, in tools that look at the kind rather than at the looks."""

import re
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from warehouse.database import in_memory
from warehouse.entitlements.masks import masks
from warehouse.snapshots.workbook import Sheet, special_columns, write_workbook
from warehouse.tables import Column

COLUMNS = [
    Column("rt", "VARCHAR", "RT"),
    Column("gaps", "VARCHAR[]", "Kesenjangan", values=("G07_NIK",)),
    Column("address", "VARCHAR", "Alamat"),
    Column("haz", "DECIMAL(4,2)", "HAZ"),
]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    with in_memory() as connection:
        connection.execute("CREATE TABLE seen (rt VARCHAR, gaps VARCHAR[], address VARCHAR, haz DECIMAL(4,2))")
        connection.execute("INSERT INTO seen VALUES ('006', [], 'A & B', -2.66), (NULL, NULL, '7', NULL)")
        write_workbook(connection, tmp_path / "seen.xlsx", [Sheet("seen", COLUMNS, "seen", 2)], "seen")
    return tmp_path / "seen.xlsx"


def test_a_text_of_digits_is_a_text_and_not_the_result_of_a_formula(workbook: Path) -> None:
    """GDAL, and with it QGIS, guesses the kind of a cell of t="str": RT 006 became the number 6."""
    with zipfile.ZipFile(workbook) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()

    assert re.findall(r'<c t="(\w+)"', sheet)[-4:] == ["inlineStr"] * 4
    assert re.findall(r'<row r="(\d+)"', sheet) == ["1", "2", "3"]


def test_an_empty_list_is_not_an_unknown_one(workbook: Path) -> None:
    _, *lines = CalamineWorkbook.from_path(workbook).get_sheet_by_name("seen").to_python()

    assert lines == [["006", "tidak ada", "A & B", -2.66], ["", "", "7", ""]]


def test_texts_are_escaped_where_somebody_found_that_they_need_it(tmp_path: Path) -> None:
    said = ["a & b", "<c>", "bell\x07", "x" * 100_000]
    with in_memory() as connection:
        connection.execute("CREATE TABLE seen (n INTEGER, plain VARCHAR, free VARCHAR)")
        connection.executemany("INSERT INTO seen VALUES (?, '-', ?)", list(enumerate(said)))
        columns = [Column("plain", "VARCHAR", "Biasa"), Column("free", "VARCHAR", "Bebas")]
        special = special_columns(connection, "seen", columns)
        sheet = Sheet("seen", columns, "(FROM seen ORDER BY n)", len(said), special)
        write_workbook(connection, tmp_path / "seen.xlsx", [sheet], "seen")

    assert special == {"free"}
    _, *lines = CalamineWorkbook.from_path(tmp_path / "seen.xlsx").get_sheet_by_name("seen").to_python()
    assert lines == [["-", text.replace("\x07", "")] for text in said]


def test_no_mask_writes_a_sign_that_needs_escaping() -> None:
    """Whether a column holds one is looked up before it is masked."""
    assert not [one.name for one in masks().values() if set("&<>") & set("".join(re.findall("'(.*?)'", one.sql)))]
