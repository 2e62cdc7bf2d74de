"""Ways in which a delivered file can be damaged, by accident or on purpose: each makes a delivery out of a good one.

A way is a function of a good table and a random number generator; `WAYS` lists them by name. The same seed gives the
same bytes.
"""

import csv
import gzip
import io
import json
import os
import random
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.parquet as pq
import pyzipper
import xlsxwriter

Table = list[list[str]]
DELIMITERS = {"csv": ",", "txt": ";", "psv": "|", "tsv": "\t"}
FORMATS = ("xlsx", "xlsm", "xls", "csv", "txt", "psv", "tsv", "parquet")
PASSWORD = "fuzz"  # noqa: S105
_SHEET = "xl/worksheets/sheet1.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class Good:
    """A good delivery of one dataset: its cells as text, the header first, and the format it comes in."""

    dataset: str
    table: Table
    format: str

    def written(self) -> bytes:
        """Write it as its format says."""
        return write(self.table, self.format)


@dataclass
class Damaged:
    """What is delivered: bytes by file name (`{}` is where the usual name goes); `archive` is how it was packed."""

    files: dict[str, bytes]
    archive: str | None = None
    manifest: bytes | None = None
    odd_names: dict[bytes, bytes] = field(default_factory=dict)


Way = Callable[[Good, random.Random], Damaged]
WAYS: dict[str, tuple[Way, tuple[str, ...]]] = {}
"""Name of a kind of damage -> how it is done, and the formats it can be done to."""
TEXTS = ("csv", "txt", "psv", "tsv")
BOOKS = ("xlsx", "xlsm")


def _way(name: str, formats: tuple[str, ...] = FORMATS) -> Callable[[Way], Way]:
    def noted(way: Way) -> Way:
        WAYS[name] = (way, formats)
        return way

    return noted


def _bytes(name: str, formats: tuple[str, ...] = FORMATS) -> Callable[[Callable[..., bytes]], Callable[..., bytes]]:
    """Register a damage to the written bytes."""

    def noted(spoil: Callable[[bytes, random.Random], bytes]) -> Callable[..., bytes]:
        _way(name, formats)(lambda good, chance: one_file(good, spoil(good.written(), chance)))
        return spoil

    return noted


def _cells(name: str, formats: tuple[str, ...] = FORMATS) -> Callable[[Callable[..., Table]], Callable[..., Table]]:
    """Register a damage to the cells."""

    def noted(spoil: Callable[[Table, random.Random], Table]) -> Callable[..., Table]:
        def way(good: Good, chance: random.Random) -> Damaged:
            table = spoil([list(row) for row in good.table], chance)
            return one_file(good, write(table, good.format))

        _way(name, formats)(way)
        return spoil

    return noted


def one_file(good: Good, content: bytes) -> Damaged:
    """Deliver one file under the usual name."""
    return Damaged({"{}." + good.format: content})


# -- writing good files ------------------------------------------------------------------------------------------------
def write(table: Table, kind: str) -> bytes:
    """Write a table in a format."""
    if kind in BOOKS:
        return write_book(table)
    if kind == "xls":
        return write_xls(table)
    if kind == "parquet":
        return write_parquet(table)
    out = io.StringIO()
    csv.writer(out, delimiter=DELIMITERS[kind], lineterminator="\n").writerows(table)
    return out.getvalue().encode("utf-8", "surrogatepass")


def write_book(table: Table, change: Callable[[xlsxwriter.Workbook], None] | None = None) -> bytes:
    """Write an XLSX; `change` may do more to the book, whose first sheet holds the table."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("Data")
        for at, row in enumerate(table):
            for column, text in enumerate(row[:16_384]):
                if text:
                    sheet.write_string(at, column, text[:32_767])
        if change:
            change(book)
    return out.getvalue()


def write_parquet(table: Table) -> bytes:
    """Write a Parquet file of texts."""
    header, width = table[0] if table else [], max(map(len, table), default=0)
    names = [*header, *(f"column {i}" for i in range(len(header), width))]
    padded = [[*row, *[""] * (width - len(row))] for row in table[1:]]
    columns = [pa.array([row[i] for row in padded], pa.string()) for i in range(width)]
    return parquet_of(pa.Table.from_arrays(columns, names=names))


def parquet_of(table: pa.Table, **said: object) -> bytes:
    """Give the bytes of a Parquet file."""
    out = io.BytesIO()
    pq.write_table(table, out, **said)
    return out.getvalue()


def write_xls(table: Table) -> bytes:
    """Write the least BIFF8 workbook in the least OLE container: one sheet of labels."""

    def record(kind: int, body: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    rows = [row[:256] for row in table[:65_536]]
    cells = b"".join(
        record(0x0204, struct.pack("<HHHHB", at, column, 0, len(text[:255]), 1) + text[:255].encode("utf-16-le"))
        for at, row in enumerate(rows)
        for column, text in enumerate(row)
        if text and all(ord(sign) < 0xD800 for sign in text[:255])
    )
    size = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows), default=0), 0)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1996, 0, 6)) + record(0x0200, size)
    sheet += cells + record(0x000A)
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1996, 0, 6)) + record(0x0042, b"\xb0\x04")
    name = b"Data"
    bound = len(start) + 4 + 8 + len(name) + 4
    book = start + record(0x0085, struct.pack("<IBBBB", bound, 0, 0, len(name), 0) + name) + record(0x000A) + sheet
    book += bytes(-len(book) % 512 + (4096 if len(book) < 4096 else 0))
    sectors = len(book) // 512
    fats = -(-(sectors + 1 + -(-(sectors + 2) // 127)) // 128)
    chain = [*range(1, sectors), 0xFFFFFFFE, 0xFFFFFFFE, *[0xFFFFFFFD] * fats]
    fat = b"".join(struct.pack("<I", one) for one in [*chain, *[0xFFFFFFFF] * (fats * 128 - len(chain))])
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, fats, sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += b"".join(struct.pack("<I", sectors + 1 + i if i < fats else 0xFFFFFFFF) for i in range(109))

    def entry(title: str, kind: int, child: int, first: int, length: int) -> bytes:
        coded = title.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(coded), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return coded.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", first, length)

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 0, len(book)) + bytes(256)
    return head + book + folder + fat


def rezipped(book: bytes, change: Callable[[str, bytes], bytes | None], more: dict[str, bytes] | None = None) -> bytes:
    """Pack a workbook again with its parts changed (None leaves one out) and `more` parts added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            content = change(one.filename, old.read(one))
            if content is not None:
                new.writestr(one.filename, content)
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def with_sheet(good: Good, sheet: bytes, strings: bytes | None = None) -> Damaged:
    """Put another sheet (and shared strings) into a workbook."""
    parts = {_SHEET: sheet, **({"xl/sharedStrings.xml": strings} if strings is not None else {})}
    return one_file(good, rezipped(write_book(good.table[:3]), lambda name, content: parts.get(name, content)))


def sheet_of(table: Table, more: str = "", before: str = "", dimension: str = "") -> bytes:
    """Write a sheet with inline texts, and `more` XML of rows below them."""
    rows = "".join(
        f'<row r="{at}">'
        + "".join(
            f'<c r="{column_name(column)}{at}" t="inlineStr"><is><t>{_escaped(text)}</t></is></c>'
            for column, text in enumerate(row)
            if text
        )
        + "</row>"
        for at, row in enumerate(table, start=1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{_MAIN}">{dimension}'
        f"<sheetData>{rows}{more}</sheetData></worksheet>"
    ).encode("utf-8", "replace")


def column_name(position: int) -> str:
    """Name a column: A, B, …, Z, AA."""
    name = ""
    position += 1
    while position:
        position, left = divmod(position - 1, 26)
        name = chr(65 + left) + name
    return name


def _escaped(text: str) -> str:
    return re.sub("[\x00-\x1f]", "", text).replace("&", "&amp;").replace("<", "&lt;")


# -- any bytes ---------------------------------------------------------------------------------------------------------
@_bytes("bits flipped")
def _(content: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(content)
    for _ in range(chance.choice((1, 3, 10, 50))):
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


@_bytes("cut short")
def _(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.choice((0, 1, 4, 512, chance.randrange(len(content)), len(content) - 1))]


@_bytes("beginning lost")
def _(content: bytes, chance: random.Random) -> bytes:
    return content[chance.choice((1, 3, 512, chance.randrange(len(content)))) :]


@_bytes("block doubled")
def _(content: bytes, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(content)), chance.choice((1, 64, 4096))
    return content[: at + size] + content[at:]


@_bytes("block of zeros")
def _(content: bytes, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(content)), chance.choice((1, 16, 512, 4096))
    return content[:at] + bytes(size) + content[at + size :]


@_bytes("blocks changed places")
def _(content: bytes, chance: random.Random) -> bytes:
    a, b, c = sorted(chance.randrange(len(content) + 1) for _ in range(3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


@_bytes("noise put in")
def _(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(chance.choice((1, 100, 5000))) + content[at:]


@_bytes("only noise")
def _(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.choice((0, 4, 8, 512))] + chance.randbytes(chance.choice((10, 1000, 100_000)))


@_bytes("twice in one file")
def _(content: bytes, chance: random.Random) -> bytes:
    return content + chance.choice((b"", b"\n", b"\0")) + content


@_bytes("a page of a web server")
def _(content: bytes, chance: random.Random) -> bytes:
    page = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>\n"
    return chance.choice((page, page + content, content + page))


@_way("another kind under this name")
def _(good: Good, chance: random.Random) -> Damaged:
    other = chance.choice([kind for kind in FORMATS if kind != good.format])
    return one_file(good, write(good.table, other))


@_way("packed and not said", FORMATS)
def _(good: Good, chance: random.Random) -> Damaged:
    content = good.written()
    return one_file(good, chance.choice((gzip.compress(content, mtime=0), zip_of({"a.csv": content}))))


# -- lines -------------------------------------------------------------------------------------------------------------
@_bytes("lines shuffled", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    found = content.splitlines(keepends=True)
    chance.shuffle(found)
    return b"".join(found)


@_bytes("delimiters swapped", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    signs = [sign.encode() for sign in DELIMITERS.values()]
    found = content.splitlines(keepends=True)
    share = chance.choice((0.02, 0.5, 1))
    old, new = chance.choice(signs), chance.choice(signs)
    return b"".join(line.replace(old, new) if chance.random() < share else line for line in found)


@_bytes("wrong encoding", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    text = content.decode().replace("I", "İé" if chance.random() < 0.5 else "I")
    coded = chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp1252", "cp037", "utf-8-sig"))
    return text.encode(coded, "replace")


@_bytes("encodings mixed", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    codings = ("utf-8", "cp1252", "utf-16-le", "cp1256")
    return b"".join(
        line.decode().replace("A", "Á").encode(chance.choice(codings), "replace")
        for line in content.splitlines(keepends=True)
    )


@_bytes("marks and NULs", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    marks = (b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1a", b"\r", b"\x0b\x0c", b"\xc2\x85", b"\xe2\x80\xa8")
    for _ in range(chance.choice((1, 20))):
        at = chance.choice((0, chance.randrange(len(content))))
        content = content[:at] + chance.choice(marks) + content[at:]
    return content


@_bytes("quotes unbalanced", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 5, 100))):
        at = chance.randrange(len(content))
        content = content[:at] + chance.choice((b'"', b'"\n"', b'\n"', b'""', b"'")) + content[at:]
    return content


@_bytes("line ends", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    ends = chance.choice(((b"\r",), (b"\r\n",), (b"\r\r\n",), (b"\n", b"\r\n", b"\r", b""), (b"",)))
    return b"".join(line + chance.choice(ends) for line in content.splitlines())


@_bytes("a million broken lines", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    return content + chance.choice((b'"\n', b"x\n", b'a"b\n')) * 1_000_000


@_bytes("a million blank lines", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    return chance.choice((content + b"\n" * 1_000_000, b"\n" * 1_000_000 + content))


@_bytes("one endless line", TEXTS)
def _(content: bytes, chance: random.Random) -> bytes:
    endless = chance.choice((b"x", b",", b'"', b"\0", b"a;")) * 8_000_000
    return chance.choice((endless, endless + content, content + endless, content + b"\n" + endless + b"\n" + content))


# -- cells -------------------------------------------------------------------------------------------------------------
ODD = (
    "=1+1", '=HYPERLINK("http://x","y")', "=cmd|'/c calc'!A1", "#REF!", "1E+400", "NaN", "-inf", "9" * 400, "46301",
    "31/02/2026", "0000-00-00", "9999-12-31", "300000-01-01", "'; DROP TABLE person; --", '"', "'", "\\", "\u202eABC",
    "\u0661\u0662\u0663", "الرضع", "👶🏽" * 20, "a\u0300" * 50, "\u200b", "\xa0", "%s%n{0}", "../../etc/passwd",
    "TRUE", "<script>", "&lt;", "\x07", "\t", "x" * 40_000, "1.234.567,89", "1e-320", "٣٥٠٩", "-0", "0x1F", "NULL",
)  # fmt: skip


@_cells("odd cells")
def _(table: Table, chance: random.Random) -> Table:
    for _ in range(chance.choice((3, 50, 400))):
        row = chance.choice(table[1:] or table)
        if row:
            row[chance.randrange(len(row))] = chance.choice(ODD)
    return table


@_cells("a column of odd cells")
def _(table: Table, chance: random.Random) -> Table:
    column, odd = chance.randrange(len(table[0])), chance.choice(ODD)
    for row in table[1:]:
        row[column:] = [odd, *row[column + 1 :]]
    return table


@_cells("header renamed")
def _(table: Table, chance: random.Random) -> Table:
    for _ in range(chance.choice((1, 4, len(table[0])))):
        at = chance.randrange(len(table[0]))
        table[0][at] = chance.choice(("", "X", table[0][at] + "?", table[0][at].swapcase(), chance.choice(ODD)))
    return table


@_cells("header doubled")
def _(table: Table, chance: random.Random) -> Table:
    if chance.random() < 0.5:
        return [table[0], *table]
    at = chance.randrange(len(table[0]))
    return [[*row, *row[at : at + 1]] for row in table]


@_cells("header missing")
def _(table: Table, chance: random.Random) -> Table:
    return table[1:] or [["", ""]]


@_cells("header moved")
def _(table: Table, chance: random.Random) -> Table:
    at = chance.choice((2, 5, 12, len(table) // 2, len(table)))
    return [*table[1:at], table[0], *table[at:]]


@_cells("header glued to a row")
def _(table: Table, chance: random.Random) -> Table:
    return [[*table[0], *(table[1:] or [[]])[0]], *table[2:]]


@_cells("header again and again")
def _(table: Table, chance: random.Random) -> Table:
    return [row for at, row in enumerate(table) for row in ([table[0], row] if at % 7 == 6 else [row])]


@_cells("columns dropped or shuffled")
def _(table: Table, chance: random.Random) -> Table:
    order = list(range(len(table[0])))
    chance.shuffle(order)
    kept = order[: chance.choice((1, len(order) // 2, len(order) - 1, len(order)))]
    return [[row[i] if i < len(row) else "" for i in kept] for row in table]


@_cells("rows ragged")
def _(table: Table, chance: random.Random) -> Table:
    ragged = [row[: chance.randrange(len(row) + 1)] if chance.random() < 0.2 else row for row in table[1:]]
    return [table[0], *([*row, "x", "y"] if chance.random() < 0.1 else row for row in ragged)]


@_cells("footers in the middle")
def _(table: Table, chance: random.Random) -> Table:
    at = chance.randrange(1, len(table) + 1)
    return [*table[:at], ["JUMLAH", "12"], ["Mengetahui,"], *table[at:]]


@_cells("nothing but a header")
def _(table: Table, chance: random.Random) -> Table:
    return chance.choice(([table[0]], [[]], [table[0], [""] * len(table[0])], [[""] * 5] * 5))


@_cells("turned on its side")
def _(table: Table, chance: random.Random) -> Table:
    width = max(map(len, table))
    return [[row[i] if i < len(row) else "" for row in table[:200]] for i in range(width)]


@_cells("a million columns", TEXTS)
def _(table: Table, chance: random.Random) -> Table:
    wide = chance.choice((["x"] * 1_000_000, [""] * 1_000_000, [f"kolom {i}" for i in range(20_000)]))
    row = chance.choice((0, 1, len(table) - 1))
    table[row] = [*table[row], *wide]
    return table


# -- workbooks ---------------------------------------------------------------------------------------------------------
@_way("parts of the workbook", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    """Damage one part inside, with sums that fit: what a parser must see through, not the archive."""
    book = write_book(good.table)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        part = chance.choice(archive.namelist())
    what = chance.choice(("flip", "cut", "gone", "empty", "double", "noise"))

    def change(name: str, content: bytes) -> bytes | None:
        if name != part:
            return content
        at = chance.randrange(len(content))
        if what == "flip":
            spoilt = bytearray(content)
            for _ in range(chance.choice((1, 5, 40))):
                spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
            return bytes(spoilt)
        return {
            "cut": content[:at], "gone": None, "empty": b"", "double": content + content,
            "noise": content[:at] + chance.randbytes(50) + content[at:],
        }[what]  # fmt: skip

    return one_file(good, rezipped(book, change))


@_way("numbers in the sheet", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    """Change references, indices and types in the sheet's XML."""
    odd = ("99999999999", "-1", "0", "4294967296", "1048577", "", "x", "1.5e300", "65536")

    def change(name: str, content: bytes) -> bytes:
        if not name.endswith(".xml"):
            return content
        share = chance.choice((0.001, 0.02))
        return re.sub(
            rb'"[A-Z]{0,3}\d+"|>\d+<',
            lambda m: m[0][:1] + chance.choice(odd).encode() + m[0][-1:] if chance.random() < share else m[0],
            content,
        )

    return one_file(good, rezipped(write_book(good.table), change))


@_way("sheets hidden, empty, many", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    def change(book: xlsxwriter.Workbook) -> None:
        for number in range(chance.choice((1, 5, 120))):
            sheet = book.add_worksheet(f"Lain {number}")
            if chance.random() < 0.5:
                sheet.write(0, 0, chance.choice(ODD[:20]))
            if number == 0:
                sheet.activate()
        if chance.random() < 0.5:
            book.worksheets()[0].hide()

    return one_file(good, write_book(good.table, change))


@_way("merged cells, formulas, dates", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    def change(book: xlsxwriter.Workbook) -> None:
        sheet = book.worksheets()[0]
        day = book.add_format({"num_format": chance.choice(("yyyy-mm-dd", "[h]:mm", "0.00E+00", "@"))})
        for row in range(1, min(len(good.table), 60)):
            column = chance.randrange(len(good.table[0]))
            what = chance.randrange(5)
            if what < 2:
                sheet.write_formula(row, column, "=A1", None, ("#DIV/0!", chance.choice(("x", 3, True)))[what])
            elif what == 2:
                sheet.write_number(row, column, chance.choice((46301, 1e308, -5, 2958466, 0.1)), day)
            elif what == 3:
                sheet.write_boolean(row, column, True)
            else:
                sheet.write_blank(row, column, None, day)
        sheet.merge_range(1, 0, min(3, len(good.table)), 2, "merged")

    return one_file(good, write_book(good.table, change))


@_way("directory of the archive", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    book = bytearray(write_book(good.table))
    at = book.rfind(b"PK\x01\x02") if chance.random() < 0.5 else book.rfind(b"PK\x05\x06")
    for _ in range(chance.choice((1, 4))):
        book[min(len(book) - 1, at + chance.randrange(4, 46))] = chance.randrange(256)
    return one_file(good, bytes(book))


@_way("bomb: entities", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    laughs = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    outside = '<!ENTITY l9 SYSTEM "file:///etc/passwd">'
    before = f"<!DOCTYPE worksheet [{chance.choice((laughs, outside))}]>"
    more = '<row r="900"><c r="A900" t="inlineStr"><is><t>&l9;</t></is></c></row>'
    return with_sheet(good, sheet_of(good.table, more, before))


@_way("bomb: zeros", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    size = chance.choice((300_000_000, 600_000_000))
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_book(good.table))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for one in old.infolist():
            with new.open(one.filename, "w") as part:
                part.write(old.read(one)[:-100] if one.filename == _SHEET else old.read(one))
                filler = b"<row></row>" * 100_000 if chance.random() < 0.5 else bytes(1_000_000)
                for _ in range(size // len(filler) if one.filename == _SHEET else 0):
                    part.write(filler)
    return one_file(good, lying(out.getvalue()) if chance.random() < 0.5 else out.getvalue())


def lying(book: bytes) -> bytes:
    """Say in the directory of an archive that every part unpacks to 1,000 bytes."""
    spoilt = bytearray(book)
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = spoilt.find(mark)
        while at >= 0:
            spoilt[at + offset : at + offset + 4] = struct.pack("<I", 1000)
            at = spoilt.find(mark, at + 4)
    return bytes(spoilt)


@_way("bomb: archive in archive", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    inner = bytes(20_000_000)
    for _ in range(3):
        inner = zip_of({"a.zip": inner})
    content = zip_of({"xl/a.zip": inner})
    return one_file(good, chance.choice((content, rezipped(write_book(good.table), lambda _, c: c, {"xl/z": inner}))))


@_way("bomb: a cell far away", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    at = chance.choice(("XFD1048576", "XFD3", "A1048576", "ZZZ9999999", "AMJ1048576", "FXSHRXW4294967295"))
    row = re.sub(r"\D", "", at)
    cell = chance.choice(('<c r="{}"><v>1</v></c>', "<c r='{}'><v>1</v></c>", '<c  t="n"  r = "{}" ><v>1</v></c>'))
    return with_sheet(good, sheet_of(good.table, f'<row r="{row}">{cell.format(at)}</row>'))


@_way("bomb: a million columns", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    cell = chance.choice(("<c><v>1</v></c>", '<c t="n"><v>1</v></c>', '<x:c xmlns:x="' + _MAIN + '"><v>1</v></x:c>'))
    return with_sheet(good, sheet_of(good.table, f"<row>{cell * 1_000_000}</row>" + "<row><c><v>2</v></c></row>" * 99))


@_way("bomb: a million rows", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    count = 1_048_576 - len(good.table)
    row = chance.choice(('<row r="{}"/>', '<row r="{0}"><c r="A{0}" s="1"/></row>', '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t> </t></is></c></row>'))  # fmt: skip  # noqa: E501
    more = "".join(row.format(len(good.table) + 1 + i) for i in range(count))
    return with_sheet(good, sheet_of(good.table, more))


@_way("bomb: one text a million times", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    size, times = chance.choice(((32_767, 200_000), (1_000_000, 20_000), (50_000_000, 500)))
    text = chance.choice(("a", "é")) * size
    more = "".join(f'<row r="{900 + i}"><c r="A{900 + i}" t="s"><v>0</v></c></row>' for i in range(times))
    strings = f'<?xml version="1.0"?><sst xmlns="{_MAIN}" count="1" uniqueCount="1"><si><t>{text}</t></si></sst>'
    return with_sheet(good, sheet_of(good.table, more), strings.encode())


@_way("bomb: nested tags", BOOKS)
def _(good: Good, chance: random.Random) -> Damaged:
    deep = "<a>" * 1_000_000 + "</a>" * 1_000_000
    return with_sheet(good, sheet_of(good.table, deep, dimension='<dimension ref="A1:XFD1048576"/>'))


@_way("a chain of sectors in a circle", ("xls",))
def _(good: Good, chance: random.Random) -> Damaged:
    book = bytearray(good.written())
    where = chance.choice((0, -512 - 128 * 4, -512))
    for _ in range(chance.choice((1, 3, 20))):
        at = chance.randrange(24, 76) if where == 0 else len(book) + where + 4 * chance.randrange(100)
        at = max(0, min(len(book) - 4, at))
        book[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 2, 5, 0xFFFFFFFE, 0xFFFFFFFF, 0x7FFFFFFF)))
    return one_file(good, bytes(book))


@_way("records of the old workbook", ("xls",))
def _(good: Good, chance: random.Random) -> Damaged:
    """Change numbers in the records: rows, columns, lengths, kinds."""
    book = bytearray(good.written())
    for _ in range(chance.choice((1, 10, 100))):
        at = 512 + 2 * chance.randrange(min(len(book) // 2 - 256, 2000))
        book[at : at + 2] = struct.pack("<H", chance.choice((0, 1, 0xFF, 0xFFFF, 0x7FFF, 0x0204, 0x00FC, 0x000A)))
    return one_file(good, bytes(book))


# -- Parquet -----------------------------------------------------------------------------------------------------------
@_way("footer and pages", ("parquet",))
def _(good: Good, chance: random.Random) -> Damaged:
    content = bytearray(good.written())
    length = struct.unpack("<I", content[-8:-4])[0]
    low, high = chance.choice(((4, len(content) - length - 8), (len(content) - length - 8, len(content))))
    for _ in range(chance.choice((1, 3, 20))):
        content[chance.randrange(low, high)] = chance.choice((0, 0xFF, chance.randrange(256)))
    return one_file(good, bytes(content))


@_way("other types", ("parquet",))
def _(good: Good, chance: random.Random) -> Damaged:
    import datetime as dt
    import decimal

    n = len(good.table) - 1
    odd = [
        pa.array([cell] * n, kind)
        for cell, kind in (
            (7, pa.int64()), (None, pa.null()), (1.5, pa.float64()), (True, pa.bool_()), (b"\xff\xfe\0", pa.binary()),
            (decimal.Decimal("3509271506170003"), pa.decimal128(38, 0)), (dt.date(1, 1, 1), pa.date32()),
            (dt.datetime(2026, 10, 31), pa.timestamp("ns", "UTC")), (dt.time(1), pa.time64("ns")),
            (dt.timedelta(1), pa.duration("us")), ([1, 2], pa.list_(pa.int64())),
            ({"a": {"b": "c"}}, pa.struct([("a", pa.struct([("b", pa.string())]))])),
            ([("k", 1)], pa.map_(pa.string(), pa.int64())),
        )
    ]  # fmt: skip
    columns: list[pa.Array] = []
    for i in range(len(good.table[0])):
        cells = [row[i] if i < len(row) else "" for row in good.table[1:]]
        columns.append(chance.choice([pa.array(cells), pa.array(cells), pa.array(cells).dictionary_encode(), *odd]))
    return one_file(good, parquet_of(pa.Table.from_arrays(columns, names=good.table[0])))


@_way("odd names of columns", ("parquet",))
def _(good: Good, chance: random.Random) -> Damaged:
    names = list(good.table[0])
    for _ in range(chance.choice((1, 3))):
        names[chance.randrange(len(names))] = chance.choice(
            ("file_row_number", "filename", names[0].swapcase(), names[0], "", '"', "a.b", "'; --", "x" * 100_000)
        )
    columns = [pa.array([row[i] if i < len(row) else "" for row in good.table[1:]]) for i in range(len(names))]
    return one_file(good, parquet_of(pa.Table.from_arrays(columns, names=names)))


@_way("groups and sizes", ("parquet",))
def _(good: Good, chance: random.Random) -> Damaged:
    table = pq.read_table(io.BytesIO(write_parquet(good.table)))
    what = chance.choice(("groups", "no rows", "no columns", "columns", "codec"))
    if what == "groups":
        return one_file(good, parquet_of(table, row_group_size=1))
    if what == "no rows":
        return one_file(good, parquet_of(table.slice(0, 0)))
    if what == "no columns":
        return one_file(good, parquet_of(table.select([])))
    if what == "columns":
        for i in range(3_000):
            table = table.append_column(f"k{i}", pa.nulls(len(table), pa.string()))
        return one_file(good, parquet_of(table))
    return one_file(good, parquet_of(table, compression=chance.choice(("zstd", "brotli", "lz4", "gzip"))))


@_way("bomb: rows of nothing", ("parquet",))
def _(good: Good, chance: random.Random) -> Damaged:
    one = pq.read_table(io.BytesIO(write_parquet(good.table[:2])))
    rows = chance.choice((5_000_000, 30_000_000))
    columns = [pa.nulls(rows, pa.string()) for _ in one.column_names]
    return one_file(good, parquet_of(pa.Table.from_arrays(columns, names=one.column_names), row_group_size=rows))


@_way("bomb: one long text", ("parquet",))
def _(good: Good, chance: random.Random) -> Damaged:
    one = pq.read_table(io.BytesIO(write_parquet(good.table[:2])))
    size, rows = chance.choice(((1_000_000, 20_000), (20_000_000, 2_000), (40_000, 500_000)))
    long = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["a" * size]))
    columns = [long, *(pa.nulls(rows, pa.string()) for _ in one.column_names[1:])]
    table = pa.Table.from_arrays(columns, names=one.column_names)
    return one_file(good, parquet_of(table, compression="zstd", row_group_size=rows))


# -- manifests and names -----------------------------------------------------------------------------------------------
_SAID = (
    None, "", 0, -1, 1.5, 10**400, True, [], {}, [[]], "x" * 100_000, "2026-10\n", "'; DROP TABLE person; --",
    "\ud800", "٢٠٢٦-10", "35.09", "0001-01-01", "9999-12-31", float("inf"), float("nan"), ["a"], {"name": "a"},
    [{"name": "../../etc/passwd", "rows": 1}], [{"name": None}], [{"name": "\ud800", "rows": "x"}], "\0",
)  # fmt: skip


@_way("manifest: entries")
def _(good: Good, chance: random.Random) -> Damaged:
    content = good.written()
    said = manifest_of(good, content)
    for _ in range(chance.choice((1, 1, 3))):
        where = chance.choice((said, said, said["files"][0])) if isinstance(said.get("files"), list) else said
        if isinstance(where, dict):
            where[chance.choice([*where])] = chance.choice(_SAID)
    return Damaged({"{}." + good.format: content}, manifest=json.dumps(said).encode())


@_way("manifest: bytes")
def _(good: Good, chance: random.Random) -> Damaged:
    content = good.written()
    written = json.dumps(manifest_of(good, content)).encode()
    at = chance.randrange(len(written))
    spoilt = chance.choice((
        b"", b"null", b"[" * 200_000, written[:at], written + written, written[:at] + b"\xff\0" + written[at:],
        written.decode().encode("utf-16"), b"\xef\xbb\xbf" + written, b'{"a":' * 100_000, b"9" * 1_000_000,
        re.sub(rb'"rows": \d+', b'"rows": 1e400', written), re.sub(rb'"rows": \d+', b'"rows": ' + b"9" * 5000, written),
    ))  # fmt: skip
    return Damaged({"{}." + good.format: content}, manifest=spoilt)


def manifest_of(good: Good, content: bytes) -> dict[str, object]:
    """Give the manifest of a delivery of one file called `{}`; `file_name` is put in when it is written."""
    import hashlib

    from integration.contracts import contract

    return {
        "contract": good.dataset, "agency": contract(good.dataset).agency, "dataset": good.dataset, "kab4": "3509",
        "period": "2026-10", "snapshot_date": "2026-10-31", "region_code_system": "kemendagri", "scope": "all",
        "files": [{
            "name": f"{good.dataset}_3509_202610.{good.format}", "source_file_name": "a.b",
            "sha256": hashlib.sha256(content).hexdigest(), "rows": len(good.table) - 1,
        }],
    }  # fmt: skip


NAMES = (
    b"'; DROP TABLE agency_extracts.delivery; --", b'"quoted" \'name\'', b"  spaces  ", b"baris\nbaru", b"tab\there",
    "الرضع_شهر".encode(), b"caf\xe9", b"\xff\xfe\x80", b"x" * 230, "é".encode() * 110, b"-rf", b"$(id)`id`", b"[a-z]*?",
    b"%s%d{0}", b"a:b|c<d>", b"\x07\x1b[31m", "\u202eexe".encode(), b"nul\\con",
)  # fmt: skip


@_way("name of the file")
def _(good: Good, chance: random.Random) -> Damaged:
    content = good.written()
    return Damaged({}, odd_names={chance.choice(NAMES) + b"." + good.format.encode(): content})


@_way("several files at once")
def _(good: Good, chance: random.Random) -> Damaged:
    other = replace(good, format=chance.choice(FORMATS))
    spoilt = WAYS["bits flipped"][0](good, chance).files["{}." + good.format]
    files = {"{}_1." + good.format: good.written(), "{}_2." + other.format: other.written()}
    return Damaged({**files, "{}_3." + good.format: chance.choice((spoilt, b"", good.written()))})


# -- archives ----------------------------------------------------------------------------------------------------------
def zip_of(files: dict[str, bytes], password: str | None = None) -> bytes:
    """Pack files into a zip, locked where there is a password; times are fixed."""
    out = io.BytesIO()
    if password is None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as plain:
            for name, content in files.items():
                plain.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    else:
        with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as locked:
            locked.setpassword(password.encode())
            for name, content in files.items():
                locked.writestr(name, content)
    return out.getvalue()


def _packed(good: Good, chance: random.Random, inside: dict[str, bytes]) -> Damaged:
    name, content = next(iter(inside.items()))
    how = chance.choice(("zip", "gz", "locked zip"))
    if how == "gz":
        return Damaged({name + ".gz": gzip.compress(content, mtime=0)}, archive=how)
    usual = {one.replace("{}", f"{good.dataset}_3509_202610"): held for one, held in inside.items()}
    return Damaged({"{}.zip": zip_of(usual, PASSWORD if how == "locked zip" else None)}, archive=how)


@_way("archive: what is in it")
def _(good: Good, chance: random.Random) -> Damaged:
    ways = [name for name, (_, formats) in WAYS.items() if good.format in formats and ":" not in name]
    inside = WAYS[chance.choice([name for name in ways if name not in ("name of the file",)])][0](good, chance)
    return _packed(good, chance, inside.files)


@_way("archive: its bytes")
def _(good: Good, chance: random.Random) -> Damaged:
    packed = _packed(good, chance, {"{}." + good.format: good.written()})
    name, content = next(iter(packed.files.items()))
    spoilt = bytearray(content)
    for _ in range(chance.choice((1, 5, 50))):
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    cut = spoilt[: chance.choice((len(spoilt), len(spoilt), chance.randrange(len(spoilt))))]
    return Damaged({name: bytes(cut)}, archive=packed.archive)


@_way("archive: names in it")
def _(good: Good, chance: random.Random) -> Damaged:
    name = chance.choice(
        ("../../{}", "/etc/{}", "C:\\{}", "..\\{}", "a/b/c/{}", "الرضع/{}", "'; --/{}", "x" * 300 + "{}", "\n{}", ".{}")
    ).replace("{}", f"{good.dataset}_3509_202610.{good.format}")
    return Damaged({"{}.zip": zip_of({name: good.written()})}, archive="zip")


@_way("archive: bomb")
def _(good: Good, chance: random.Random) -> Damaged:
    content = good.written() + bytes(chance.choice((150_000_000, 400_000_000)))
    if chance.random() < 0.5:
        return Damaged({"{}." + good.format + ".gz": gzip.compress(content, 1, mtime=0)}, archive="gz")
    packed = zip_of({f"{good.dataset}_3509_202610.{good.format}": content})
    return Damaged({"{}.zip": lying(packed) if chance.random() < 0.5 else packed}, archive="zip")


def usual_name(dataset: str, pattern: str) -> bytes:
    """Name a file as its agency would."""
    return os.fsencode(pattern.replace("{}", f"{dataset}_3509_202610"))
