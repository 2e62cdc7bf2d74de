"""XLSX as offices leave it: cell types, sheets, footers, and files that are no workbook."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from integration.reading.delivered_file import UnusableFileError
from tests.integration.intake.agency_files import EXAMPLES, TODDLER, table_of, write_bytes, write_csv, write_workbook
from tests.integration.reading.conftest import Read

Reader = Callable[..., Read]


@pytest.mark.parametrize(
    ("header", "cell", "text"),
    [
        ("NIK", 3509276505230010, "3509276505230010.0"),
        ("NIK", 3509276505230001, "3509276505230001.0"),
        ("NIK", "'3509276505230001", "'3509276505230001"),
        ("NIK", "35092***********", "35092***********"),
        ("NIK", "3.50927E+15", "3.50927E+15"),
        ("Tgl Lahir", dt.date(2023, 5, 25), "2023-05-25"),
        ("Tgl Lahir", dt.datetime(2023, 5, 25, 13, 30), "2023-05-25 13:30:00"),
        ("Tgl Lahir", 45071, "45071"),
        ("RT", dt.date(2026, 1, 3), "2026-01-03"),
        ("RT", 3, "3"),
        ("Berat", 8.4, "8.4"),
        ("Berat", 8.0, "8"),
        ("Cara Ukur", True, "TRUE"),
        ("Nama", " SITI\nNAYLA ", " SITI\nNAYLA "),
        ("Posyandu", "", None),
    ],
)
def test_a_cell_is_kept_as_text_that_loses_nothing(
    tmp_path: Path, read: Reader, header: str, cell: Any, text: str | None
) -> None:
    path = write_workbook(tmp_path / "h1.xlsx", table_of([{**TODDLER, header: cell}]))
    found = read(path, "dinkes_balita")
    assert found.rows[0][found.reading.header.columns[list(TODDLER).index(header)].name] == text


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize(
    "footer",
    [
        [["Jumlah", "115"]],
        [["", "JUMLAH BALITA", "", "", "", "", "", "", "", "", "", "", "115"]],
        [["Total"], [], ["Mengetahui,"], ["Kepala Puskesmas"], ["NIP 1"]],
        [[], ["Dicetak dari SIGIZI"]],
        [["Keterangan: N naik"], ["T tidak naik"]],
    ],
)
def test_totals_and_signatures_end_the_data(tmp_path: Path, read: Reader, suffix: str, footer: list[list[str]]) -> None:
    table = [*table_of([TODDLER, TODDLER]), *footer]
    write = write_workbook if suffix == ".xlsx" else write_csv
    found = read(write(tmp_path / f"h1{suffix}", table), "dinkes_balita")
    assert len(found.rows) == 2
    assert found.reading.footer + found.reading.blank == len(footer)
    assert not found.reading.broken


def test_blank_rows_stand_anywhere_and_numbers_stay_physical(tmp_path: Path, read: Reader) -> None:
    header, row = table_of([TODDLER])
    found = read(write_workbook(tmp_path / "h1.xlsx", [[], header, [], row, ["", " "], row]), "dinkes_balita")
    assert [row["source_row_no"] for row in found.rows] == [4, 6]
    assert found.reading.blank == 3


def test_the_first_visible_sheet_with_the_header_is_read_and_the_others_are_noted(tmp_path: Path, read: Reader) -> None:
    def table(name: str) -> list[list[Any]]:
        return table_of([{**TODDLER, "Nama": name}])

    path = write_workbook(
        tmp_path / "h1.xlsx", table("HIDDEN"), [["Petunjuk pengisian"]], table("SITI"), table("SECOND"), hidden=[0]
    )
    found = read(path, "dinkes_balita")
    assert [row["name"] for row in found.rows] == ["SITI"]
    assert found.reading.sheet == "Sheet3"
    assert "Other visible sheets were not read: 2." in found.reading.notes


def test_a_workbook_of_a_header_only_has_no_rows(tmp_path: Path, read: Reader) -> None:
    path = write_workbook(tmp_path / "h1.xlsx", table_of([TODDLER])[:1])
    assert read(path, "dinkes_balita").rows == []


def ole_container(stream: str) -> bytes:
    """Give the beginning of an OLE container with the name of a stream in its directory."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + stream.encode("utf-16-le") + bytes(512)


def zipped(name: str) -> bytes:
    """Give an archive that holds one file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), "nothing")  # as of 1980: both workers must collect the same
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason", "sentence"),
    [
        (b"", "empty_file", "the file is empty"),
        (ole_container("EncryptedPackage"), "password_protected", "save it without one"),
        (ole_container("Workbook"), "damaged_workbook", "damaged inside"),
        (b"NIK;Nama\n", "damaged_workbook", "no workbook"),
        (zipped("foto.jpg"), "no_workbook", "not zipped"),
    ],
)
@pytest.mark.parametrize("suffix", [".xlsx", ".xls"])
def test_a_file_that_is_no_workbook_is_refused_with_what_to_do(
    tmp_path: Path, read: Reader, content: bytes, reason: str, sentence: str, suffix: str
) -> None:
    with pytest.raises(UnusableFileError, match=sentence) as refusal:
        read(write_bytes(tmp_path / f"h1{suffix}", content), "dinkes_balita")
    assert refusal.value.reason_code == reason


def test_an_empty_workbook_has_no_header(tmp_path: Path, read: Reader) -> None:
    with pytest.raises(UnusableFileError, match="no header was found"):
        read(write_workbook(tmp_path / "h1.xlsx", []), "dinkes_balita")


def test_a_workbook_cut_short_at_any_place_is_refused(tmp_path: Path, read: Reader) -> None:
    whole = write_workbook(tmp_path / "whole.xlsx", table_of([TODDLER] * 20)).read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        with pytest.raises(UnusableFileError, match="send it again"):
            read(write_bytes(tmp_path / "h1.xlsx", whole[: int(len(whole) * share)]), "dinkes_balita")


def test_a_workbook_with_a_damaged_sheet_is_refused(tmp_path: Path, read: Reader) -> None:
    whole = write_workbook(tmp_path / "whole.xlsx", table_of([TODDLER] * 20))
    damaged = tmp_path / "h1.xlsx"
    with zipfile.ZipFile(whole) as good, zipfile.ZipFile(damaged, "w") as bad:
        for entry in good.infolist():
            content = good.read(entry)
            bad.writestr(entry, content[: len(content) // 2] if "sheet1" in entry.filename else content)
    with pytest.raises(UnusableFileError, match="send it again"):
        read(damaged, "dinkes_balita")


def test_a_date_that_no_calendar_has_makes_a_workbook_damaged(tmp_path: Path, read: Reader) -> None:
    path = tmp_path / "h1.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(TODDLER))
        sheet.write_number(1, 1, 1e308, book.add_format({"num_format": "[h]:mm"}))
    with pytest.raises(UnusableFileError, match="damaged inside"):
        read(path, "dinkes_balita")


def test_a_workbook_with_another_ending_is_read_as_what_it_is(tmp_path: Path, read: Reader) -> None:
    path = write_workbook(tmp_path / "h1.xlsx", table_of([TODDLER]))
    assert len(read(path.rename(tmp_path / "h1.xls"), "dinkes_balita").rows) == 1


def test_parquet_is_read_and_a_damaged_one_is_refused(tmp_path: Path, read: Reader) -> None:
    rows = [EXAMPLES["dukcapil_penduduk"]] * 3
    path = tmp_path / "c1.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert [row["source_row_no"] for row in read(path, "dukcapil_penduduk").rows] == [1, 2, 3]
    content = path.read_bytes()
    for damage in (content[:-10], content[:4] + b"x" * 60 + content[64:]):
        with pytest.raises(UnusableFileError, match="Parquet file is damaged"):
            read(write_bytes(tmp_path / "damaged.parquet", damage), "dukcapil_penduduk")
