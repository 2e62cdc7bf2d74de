"""A small file that asks for much is refused with a sentence, and costs neither the memory nor the night."""

import io
import random
import re
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.damage_to_files import (
    WAYS,
    Good,
    lying,
    parquet_of,
    rezipped,
    sheet_of,
    with_sheet,
    write_book,
    write_xls,
)  # fmt: skip
from integration.reading import UnusableFileError
from integration.reading.workbook_shape import shape_of
from tests.integration.intake.agency_files import EXAMPLES, TODDLER, table_of, write_bytes, write_csv
from tests.integration.reading.conftest import Read

Reader = Callable[[Path, str], Read]
TABLE = table_of([TODDLER] * 3)
GOOD = Good("dinkes_balita", TABLE, "xlsx")
HEADER = EXAMPLES["dukcapil_penduduk"]


def book(sheet: bytes, strings: bytes | None = None) -> bytes:
    (content,) = with_sheet(GOOD, sheet, strings).files.values()
    return content


def bomb_of_zeros() -> bytes:
    return rezipped(
        write_book(TABLE), lambda name, content: content + b" " * 110_000_000 if "sheet1" in name else content
    )


def two_sectors_of_xls() -> bytes:
    """Give an old workbook one of whose cells says that it stands in row 65,536 and column 65,536."""
    written = write_xls([*TABLE, ["FAR AWAY"]])
    at = written.index(b"F\0A\0R\0 \0") - 9
    return written[:at] + b"\xff\xff\xff\xff" + written[at + 4 :]


FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
WIDE = f"<row>{'<c><v>1</v></c>' * 20_000}</row>"
LONG = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>' % (
    b"a" * 10**7
)
OFTEN = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(9, 400))

BOMBS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "zeros": ("dinkes_balita.xlsx", "more than 50 times its size", bomb_of_zeros),
    "zeros that lie about it": ("dinkes_balita.xlsx", "damaged", lambda: lying(bomb_of_zeros())),
    "a cell far away": ("dinkes_balita.xlsx", "could not be read", lambda: book(sheet_of(TABLE, FAR))),
    "a far cell of an old workbook": ("dinkes_balita.xls", "could not be read", two_sectors_of_xls),
    "twenty thousand columns": ("dinkes_balita.xlsx", "columns wide", lambda: book(sheet_of(TABLE, WIDE))),
    "a long text again and again": (
        "dinkes_balita.xlsx",
        "could not be read",
        lambda: book(sheet_of(TABLE, OFTEN), LONG),
    ),
    "columns of a text": (
        "dinkes_balita.csv",
        "at most 1,000 are read",
        lambda: b";".join([*map(str.encode, TODDLER), *[b"x"] * 20_000]) + b"\n",
    ),
    "broken lines": (
        "dinkes_balita.csv",
        "of its lines are broken",
        lambda: ";".join(TODDLER).encode() + b"\n" + b'x"\n' * 100_002,
    ),
    "rows of nothing": (
        "dukcapil_penduduk.parquet",
        "most are empty or the same",
        lambda: parquet_of(pa.table({name: pa.nulls(1_000_001, pa.string()) for name in HEADER})),
    ),
    "one text in every row": (
        "dukcapil_penduduk.parquet",
        "its texts unpack to more than 50 times its size",
        lambda: parquet_of(pa.table({name: ["a" * 20_000] * 500 for name in HEADER}), compression="zstd"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused(tmp_path: Path, read: Reader, kind: str) -> None:
    name, sentence, content = BOMBS[kind]
    path = write_bytes(tmp_path / name, content())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnusableFileError, match=re.escape(sentence)) as refusal:
        read(path, path.stem)
    assert refusal.value.reason_code in ("too_large", "damaged_workbook", "damaged_parquet", "too_many_broken_lines")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # kilobytes


@pytest.mark.parametrize("seed", range(2))
def test_entities_are_not_unfolded(tmp_path: Path, read: Reader, seed: int) -> None:
    (content,) = WAYS["bomb: entities"][0](GOOD, random.Random(seed)).files.values()
    path = write_bytes(tmp_path / "h1.xlsx", content)
    try:
        cells = str(read(path, "dinkes_balita").rows)
    except UnusableFileError:
        return
    assert "root:" not in cells
    assert "lollol" not in cells


def test_what_spreadsheet_programs_write_is_of_a_plain_shape(tmp_path: Path) -> None:
    assert shape_of(write_bytes(tmp_path / "a.xlsx", write_book(TABLE))).plain
    assert shape_of(write_bytes(tmp_path / "b.xlsx", book(sheet_of(TABLE)))).plain


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="BA1"><v>1</v></c>',
        '<c r="A100000"><v>1</v></c>',
        "<c><v>1</v></c>",
        "<c r='A1'/>",
        '<c  r="A1"/>',
        '<c\tr="A1"/>',
        '<x:c r="A1"/>',
        '<c r="a1"/>',
    ],
)
@pytest.mark.parametrize("before", [0, 1024 * 1024 - 700])
def test_a_cell_that_does_not_plainly_say_where_it_stands_is_read_apart(tmp_path: Path, cell: str, before: int) -> None:
    sheet = sheet_of(TABLE, f"<row>{' ' * before}{cell}</row>")
    assert not shape_of(write_bytes(tmp_path / "a.xlsx", book(sheet))).plain


def test_a_workbook_that_is_read_apart_gives_the_same_rows(tmp_path: Path, read: Reader) -> None:
    rows = [{**TODDLER, "Nama": name} for name in ("A", "", "C")]
    plain = read(write_bytes(tmp_path / "a.xlsx", write_book(table_of(rows))), "dinkes_balita")
    wide = table_of([{**row, **{f"Kolom {i}": "" for i in range(60)}} for row in rows])
    wide[0][-1] = "Catatan"
    apart = read(write_bytes(tmp_path / "b.xlsx", write_book(wide)), "dinkes_balita")
    for row in (*plain.rows, *apart.rows):
        row.pop("raw_extra")
    assert apart.rows == plain.rows
    assert apart.reading.physical == plain.reading.physical == 4


@pytest.mark.parametrize("glued", [["3509276505230001", "2023-05-25", "SITI NAYLA"], ["SITI NAYLA"]])
def test_a_person_in_the_header_is_not_told(tmp_path: Path, read: Reader, glued: list[str]) -> None:
    named = [*TODDLER, *glued]
    row = [*TODDLER.values(), *glued]
    for path in (
        write_csv(tmp_path / "a.csv", [named, row]),
        write_bytes(tmp_path / "a.xlsx", write_book([named, row])),
    ):
        if path.suffix == ".csv" and len(glued) == 1:
            continue  # no damage to a line makes one cell of another the header
        notes = str(read(path, "dinkes_balita").reading.notes)
        assert "were kept aside" in notes
        assert "SITI" not in notes
        assert "3509" not in notes


def test_zip_of_something_else_with_a_bomb_is_no_workbook(tmp_path: Path, read: Reader) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("foto.jpg", bytes(1_000_000))
    with pytest.raises(UnusableFileError, match="not zipped"):
        read(write_bytes(tmp_path / "a.xlsx", packed.getvalue()), "dinkes_balita")
