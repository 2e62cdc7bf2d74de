"""Where the header stands and which cell is which column, on real files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration.contracts import contract
from integration.reading.delivered_file import UnusableFileError
from integration.reading.header import find_header
from tests.integration.intake.agency_files import (
    EXAMPLES,
    KRS,
    MERGED_KRS_HEADER,
    MERGED_KRS_ROW,
    TODDLER,
    table_of,
    write_csv,
    write_workbook,
)
from tests.integration.reading.conftest import Read

H1, K1, C1, S3 = (contract(d) for d in ("dinkes_balita", "siga_krs", "dukcapil_penduduk", "p3ke_keluarga"))
TITLES = [["LAPORAN PENIMBANGAN BALITA"], ["KABUPATEN JEMBER", "", "2026"], []]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("above", [0, 3, 6])
def test_the_header_is_found_below_titles_and_blank_rows(
    tmp_path: Path, read: Callable[..., Read], suffix: str, above: int
) -> None:
    table = [*[*TITLES, *TITLES][:above], *table_of([TODDLER])]
    write = write_workbook if suffix == ".xlsx" else write_csv
    found = read(write(tmp_path / f"h1{suffix}", table), "dinkes_balita")
    assert found.reading.header.first_row == above + 1
    assert (found.reading.title, found.reading.blank) == (above - above // 3, above // 3)
    assert [row["name"] for row in found.rows] == ["SITI NAYLA AZZAHRA"]
    assert found.rows[0]["source_row_no"] == above + 2


def test_the_four_merged_rows_of_siga_are_one_header(tmp_path: Path, read: Callable[..., Read]) -> None:
    table = [["DATA KELUARGA BERISIKO STUNTING"], *MERGED_KRS_HEADER, MERGED_KRS_ROW]
    found = read(write_workbook(tmp_path / "k1.xlsx", table), "siga_krs")
    flat = read(write_workbook(tmp_path / "flat.xlsx", table_of([KRS])), "siga_krs")
    assert (found.reading.title, found.reading.header_rows, len(found.rows)) == (1, 4, 1)
    differing = {name for name in found.rows[0] if found.rows[0][name] != flat.rows[0][name]}
    assert differing == {"source_row_no", "four_too"}
    assert found.reading.header.unknown == {}


def test_the_column_numbers_below_a_header_are_no_row(tmp_path: Path, read: Callable[..., Read]) -> None:
    header, row = table_of([TODDLER])
    numbers = [f"({i})" for i in range(1, len(header) + 1)]
    found = read(write_workbook(tmp_path / "h1.xlsx", [header, numbers, row]), "dinkes_balita")
    assert (found.reading.header_rows, len(found.rows)) == (2, 1)


def test_other_merged_headers_are_joined_from_top_to_bottom(tmp_path: Path, read: Callable[..., Read]) -> None:
    header, row = table_of([TODDLER])
    below = [""] * len(header)
    for joined in ("Tgl Lahir", "Nama Ortu", "Tanggal Pengukuran"):
        at = header.index(joined)
        header[at], below[at] = joined.split()
    found = read(write_workbook(tmp_path / "h1.xlsx", [header, below, row]), "dinkes_balita")
    assert found.reading.header_rows == 2
    assert [found.rows[0][name] for name in ("birth_date", "parent_name", "measured_on")] == [
        "2023-05-25",
        "HOLIFAH",
        "2026-10-11",
    ]


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("  tanggal   pengukuran * ", "measured_on"),
        ("TGL PENGUKURAN:", "measured_on"),
        ("Tanggal\nUkur", "measured_on"),
        ("Tanggal\u00a0Pengukuran", "measured_on"),
        ("ＮＩＫ", "nik"),
        ("Nama Orang Tua (Ibu/Ayah)", "parent_name"),
        ("Puskesmas", "puskesmas"),
    ],
)
def test_headers_are_compared_without_case_width_blanks_and_marks(written: str, column: str) -> None:
    names = {c.name: c.header for c in H1.needed_columns} | {column: written}
    header = find_header([list(names.values())], H1)
    assert header is not None
    assert header.columns[list(names).index(column)].name == column


@pytest.mark.parametrize("dataset", EXAMPLES)
def test_the_order_of_columns_does_not_matter(tmp_path: Path, read: Callable[..., Read], dataset: str) -> None:
    row = EXAMPLES[dataset]
    turned = dict(reversed(row.items()))
    straight = read(write_csv(tmp_path / "a.csv", table_of([row])), dataset)
    reversed_ = read(write_csv(tmp_path / "b.csv", table_of([turned])), dataset)
    assert straight.rows == reversed_.rows


def test_unknown_columns_are_kept_aside_and_reported(tmp_path: Path, read: Callable[..., Read]) -> None:
    row = {**TODDLER, "Nomor 'HP'": "0812", "Catatan": ""}
    found = read(write_workbook(tmp_path / "h1.xlsx", table_of([row])), "dinkes_balita")
    assert found.rows[0]["raw_extra"] == """{"Nomor 'HP'":"0812","Catatan":null}"""
    assert any("Nomor 'HP', Catatan" in note for note in found.reading.notes)


def test_a_header_that_stands_twice_counts_where_it_stands_first(tmp_path: Path, read: Callable[..., Read]) -> None:
    header, row = table_of([TODDLER])
    found = read(write_csv(tmp_path / "h1.csv", [[*header, "NIK"], [*row, "other"]]), "dinkes_balita")
    assert found.rows[0]["nik"] == TODDLER["NIK"]
    assert found.rows[0]["raw_extra"] == '{"NIK":"other"}'


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_file_without_a_needed_column_is_refused_by_its_name_and_shows_no_cell(
    tmp_path: Path, read: Callable[..., Read], suffix: str
) -> None:
    row = {header: cell for header, cell in TODDLER.items() if header not in ("NIK", "Tinggi")}
    write = write_workbook if suffix == ".xlsx" else write_csv
    with pytest.raises(UnusableFileError, match="needed columns are not there: NIK, Tinggi") as refusal:
        read(write(tmp_path / f"h1{suffix}", table_of([row])), "dinkes_balita")
    assert refusal.value.reason_code == "missing_column"
    assert not any(str(cell) in str(refusal.value) for cell in row.values() if len(str(cell)) > 5)


def test_a_file_that_lost_its_header_is_refused_and_shows_no_cell(tmp_path: Path, read: Callable[..., Read]) -> None:
    with pytest.raises(
        UnusableFileError, match="no header was found in the first 10 rows: the best row has 0"
    ) as error:
        read(write_csv(tmp_path / "h1.csv", table_of([TODDLER, TODDLER])[1:]), "dinkes_balita")
    assert "AZZAHRA" not in str(error.value)


def test_an_optional_column_that_is_missing_is_null_in_every_row(tmp_path: Path, read: Callable[..., Read]) -> None:
    found = read(write_csv(tmp_path / "h1.csv", table_of([TODDLER, TODDLER])), "dinkes_balita")
    assert [row["vit_a_count"] for row in found.rows] == [None, None]


@pytest.mark.parametrize(
    ("further", "layout"),
    [
        ({}, "plain"),
        ({"Cara Ukur": None}, "old"),
        ({"PMT Diterima (kg)": "0", "Detail": "-"}, "2024"),
        ({"Kelas Ibu Balita": "Ya", "MBG": "Ya", "Detail": "-"}, "2025"),
    ],
)
def test_the_layouts_of_toddler_files_are_told_apart(
    tmp_path: Path, read: Callable[..., Read], further: dict[str, Any], layout: str
) -> None:
    row = {header: cell for header, cell in {**TODDLER, **further}.items() if cell is not None}
    assert read(write_csv(tmp_path / "h1.csv", table_of([row])), "dinkes_balita").reading.header.layout == layout


def test_p3ke_is_read_with_its_titles_and_its_own_misspelling(tmp_path: Path, read: Callable[..., Read]) -> None:
    row = {c.header: "x" for c in S3.needed_columns} | {"Penerima BNPT": "YA"}
    table = [["DATA P3KE"], ["KABUPATEN JEMBER"], [], *table_of([row])]
    found = read(write_workbook(tmp_path / "s3.xlsx", table), "p3ke_keluarga")
    assert (found.reading.header.first_row, found.rows[0]["bpnt"]) == (4, "YA")


def test_people_are_never_a_header(tmp_path: Path, read: Callable[..., Read]) -> None:
    """A first row of words that are headers elsewhere does not make the header deeper."""
    row = {**KRS, "Nama Kepala Keluarga": "PUS", "Nama Istri": "Desa", "Kecamatan": "Kecamatan"}
    found = read(write_csv(tmp_path / "k1.csv", table_of([row])), "siga_krs")
    assert (found.reading.header_rows, [row["head_name"] for row in found.rows]) == (1, ["PUS"])


def test_columns_that_must_not_be_delivered_are_dropped_and_reported(tmp_path: Path, read: Callable[..., Read]) -> None:
    row = {**EXAMPLES["dukcapil_penduduk"], "AGAMA": "RAHASIA", "KODE_POS": "68193"}
    table = [*table_of([row]), ["1", "cut"]]
    found = read(write_csv(tmp_path / "c1.csv", table), "dukcapil_penduduk")
    assert found.rows[0]["raw_extra"] == '{"KODE_POS":"68193"}'
    assert any("must not be delivered were dropped: AGAMA" in note for note in found.reading.notes)
    assert [line.raw for line in found.reading.broken] == [""], "a broken line may hold what must not be kept"
