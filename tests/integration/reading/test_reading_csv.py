"""Delimited text as agencies send it: nothing is lost, no neighbour of a broken line suffers."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.reading.delivered_file import UnusableFileError
from tests.integration.intake.agency_files import MEMBER, table_of, write_bytes, write_csv
from tests.integration.reading.conftest import Read

Reader = Callable[..., Read]
HEADER = list(MEMBER)
NAMES = ["nik", "no_kk", "name", "birth_date"]


def plain(*lines: str) -> bytes:
    """Write a file of S2 with these data lines."""
    return "\n".join([";".join(HEADER), *lines]).encode()


def line(number: int, name: str = "SITI") -> str:
    """Write one good line."""
    return f"350927650523{number:04d};3509271506170003;{name};2023-05-25"


def names(found: Read) -> list[tuple[int, str]]:
    """Give physical number and name of each row read."""
    return [(row["source_row_no"], row["name"]) for row in found.rows]


@pytest.mark.parametrize("delimiter", [";", ",", "|", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_delimiter_and_line_end(tmp_path: Path, read: Reader, delimiter: str, end: str) -> None:
    rows = [MEMBER, {**MEMBER, "nama_anggota_keluarga": 'M. "UDIN", S;E|A'}]
    found = read(write_csv(tmp_path / "s2.csv", table_of(rows), delimiter, end), "dtsen_anggota")
    assert found.reading.delimiter == delimiter
    assert names(found) == [(2, MEMBER["nama_anggota_keluarga"]), (3, 'M. "UDIN", S;E|A')]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (plain(line(1, "JOSÉ")), "utf-8"),
        (b"\xef\xbb\xbf" + plain(line(1, "JOSÉ")), "utf-8"),
        (plain(line(1, "JOSÉ")).decode().encode("latin-1"), "windows-1252"),
        (plain(line(1, "JOSÉ")) + b"\n" + line(2, "JOSÉ").encode("latin-1"), "mixed"),
        (plain(line(1, "JOSÉ")).decode().encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + plain(line(1, "JOSÉ")).decode().encode("utf-16-be"), "utf-16"),
    ],
)
def test_every_encoding(tmp_path: Path, read: Reader, content: bytes, encoding: str) -> None:
    found = read(write_bytes(tmp_path / "s2.csv", content), "dtsen_anggota")
    assert {name for _, name in names(found)} == {"JOSÉ"}
    assert found.reading.encoding == encoding


def test_bytes_that_mean_nothing_are_marked_and_reported(tmp_path: Path, read: Reader) -> None:
    content = plain(line(1)) + b"\n" + line(2, "A").encode().replace(b"A", b"A\x81\x00B")
    found = read(write_bytes(tmp_path / "s2.csv", content), "dtsen_anggota")
    assert names(found) == [(2, "SITI"), (3, "A\ufffd\ufffdB")]
    assert any("1 lines hold bytes that mean nothing" in note for note in found.reading.notes)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('3509276505230009;"3509271506170003;SITI;2023-05-25', "unbalanced_quotes"),
        ('"3509276505230009";"35092715"06170003";"SITI";"2023-05-25', "broken_quotes"),
        ('"3509276505230009";"35"09"271506170003";"SITI";"2023-05-25"', "broken_quotes"),
        ("3509276505230009;3509271506170003", "too_few_fields"),
        ("3509276505230009;3509271506170003;SITI;2023-05-25;more", "too_many_fields"),
        ('3509276505230009;"x";y;"z;2023-05-25', "unbalanced_quotes"),
        ("3509276505230009;" + "x" * 1_000_000, "line_too_long"),
    ],
)
def test_a_broken_line_is_kept_with_its_reason_and_harms_no_neighbour(
    tmp_path: Path, read: Reader, broken: str, reason: str
) -> None:
    content = plain(line(1), broken, line(2), broken, line(3))
    found = read(write_bytes(tmp_path / "s2.csv", content), "dtsen_anggota")
    assert [number for number, _ in names(found)] == [2, 4, 6]
    assert [(one.source_row_no, one.reason_code) for one in found.reading.broken] == [(3, reason), (5, reason)]
    assert all(broken.startswith(one.raw) for one in found.reading.broken)


def test_a_line_break_inside_quotes_breaks_both_lines_and_no_other(tmp_path: Path, read: Reader) -> None:
    content = plain(line(1), '3509276505230009;3509271506170003;"SITI', 'NAYLA";2023-05-25', line(2))
    found = read(write_bytes(tmp_path / "s2.csv", content), "dtsen_anggota")
    assert names(found) == [(2, "SITI"), (5, "SITI")]
    assert [(one.source_row_no, one.reason_code) for one in found.reading.broken] == [
        (3, "unbalanced_quotes"),
        (4, "unbalanced_quotes"),
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('3509276505230009;3509271506170003;SITI "NAY";2023-05-25', 'SITI "NAY"'),
        ('3509276505230009;3509271506170003;SITI";2023-05-25', 'SITI"'),
        ('3509276505230009;3509271506170003;"SITI ""N""; A";2023-05-25', 'SITI "N"; A'),
        ("3509276505230009;3509271506170003;SITI;2023-05-25;", "SITI"),
        ('3509276505230009;3509271506170003;"SITI";2023-05-25;"";', "SITI"),
        ("3509276505230009;3509271506170003;SI\rTI;2023-05-25", "SI TI"),
    ],
)
def test_an_odd_line_that_says_one_thing_only_is_read(tmp_path: Path, read: Reader, written: str, name: str) -> None:
    found = read(write_bytes(tmp_path / "s2.csv", plain(line(1), written, line(2))), "dtsen_anggota")
    assert names(found) == [(2, "SITI"), (3, name), (4, "SITI")]


def test_nameless_columns_at_the_end_of_the_header_may_be_left_out_of_a_line(tmp_path: Path, read: Reader) -> None:
    content = (";".join(HEADER) + ";;\n" + line(1) + "\n" + line(2) + ";\n" + line(3) + ";;\n").encode()
    found = read(write_bytes(tmp_path / "s2.csv", content), "dtsen_anggota")
    assert len(found.rows) == 3


@pytest.mark.parametrize("last", ["", "\n", "\r\n", "\n\n ; ;;\n"])
def test_however_a_file_ends_its_last_row_is_read(tmp_path: Path, read: Reader, last: str) -> None:
    found = read(write_bytes(tmp_path / "s2.csv", plain(line(1), line(2)) + last.encode()), "dtsen_anggota")
    assert [number for number, _ in names(found)] == [2, 3]


def test_a_footer_ends_the_data_and_blank_lines_stand_anywhere(tmp_path: Path, read: Reader) -> None:
    content = plain("", line(1), ";;;", line(2), "Jumlah;2;;", "", "Mengetahui,", '"Kepala Dinas";;;')
    found = read(write_bytes(tmp_path / "s2.csv", content), "dtsen_anggota")
    assert [number for number, _ in names(found)] == [3, 5]
    assert (found.reading.blank, found.reading.footer) == (3, 3)


def test_rows_below_a_total_in_the_middle_are_reported(tmp_path: Path, read: Reader) -> None:
    found = read(write_bytes(tmp_path / "s2.csv", plain(line(1), "Jumlah;1;;", line(2), line(3))), "dtsen_anggota")
    assert (len(found.rows), found.reading.footer) == (1, 3)
    assert any("2 rows below the footer look like data" in note for note in found.reading.notes)


def test_a_person_called_like_a_footer_is_a_person(tmp_path: Path, read: Reader) -> None:
    table = [["nama_anggota_keluarga", *HEADER[:2]], ["SUMBERWATI", "3509276505230001", "3509271506170003"]]
    assert len(read(write_csv(tmp_path / "s2.csv", table), "dtsen_anggota").rows) == 1


def test_one_column_and_no_header_are_refused(tmp_path: Path, read: Reader) -> None:
    for content in (b"nik\n3509276505230001\n", b"\n\n\n", b"\x00\x01\x02"):
        with pytest.raises(UnusableFileError, match="no header was found"):
            read(write_bytes(tmp_path / "s2.csv", content), "dtsen_anggota")
    with pytest.raises(UnusableFileError, match="the file is empty"):
        read(write_bytes(tmp_path / "s2.csv", b""), "dtsen_anggota")


def test_a_file_of_a_header_only_has_no_rows(tmp_path: Path, read: Reader) -> None:
    assert read(write_bytes(tmp_path / "s2.csv", plain()), "dtsen_anggota").rows == []


CELL = st.text(st.characters(exclude_characters="\r\n\0\ufffd", exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), max_size=8)
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(ROWS, st.sampled_from(";,|\t"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
def test_what_a_csv_writer_wrote_is_read_back_cell_by_cell(
    tmp_path: Path, read: Reader, cells: list[tuple[str, str, str]], delimiter: str, quoting: int
) -> None:
    table = [(f"350927650523{i:04d}", *row) for i, row in enumerate(cells)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")  # type: ignore[arg-type]
    writer.writerows([HEADER, *table])
    found = read(write_bytes(tmp_path / "s2.csv", text.getvalue().encode()), "dtsen_anggota")
    assert [row["source_row_no"] for row in found.rows] == list(range(2, len(table) + 2))
    assert [tuple(row[name] or "" for name in NAMES) for row in found.rows] == table


PIECE = st.sampled_from(
    [
        b'"',
        b";",
        b"|",
        b"\n",
        b"\r",
        b"\0",
        b"\xe9",
        b"\xff",
        b"Jumlah",
        b"a",
        b'";"',
        b'""',
        line(1).encode(),
        b"1;2;3;4",
    ]
)


@QUIET
@given(st.lists(st.one_of(PIECE, st.binary(max_size=8)), max_size=30), st.booleans())
def test_any_bytes_are_accounted_for_and_raise_nothing_unforeseen(
    tmp_path: Path, read: Reader, pieces: list[bytes], with_header: bool
) -> None:
    """That read + refused + skipped = physical holds for each reading is asserted by `read` itself."""
    content = (plain("") if with_header else b"") + b"".join(pieces)
    try:
        found = read(write_bytes(tmp_path / "s2.csv", content), "dtsen_anggota")
    except UnusableFileError:
        return
    assert found.reading.physical == content.count(b"\n") + (not content.endswith(b"\n"))
