"""A delimited text file, line by line: every line is shown to be well formed before DuckDB may parse it.

DuckDB's tolerant mode swallows half a file inside one open quote; its strict mode loses neighbours of a broken line.
So each physical line is decoded by itself, checked by itself, and either handed on or kept as broken with a reason.
"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from integration.contracts import Contract
from integration.reading.end_of_data import ends_data, looks_like_data, may_end_data
from integration.reading.header import ROWS_SEARCHED, Header, find_header
from integration.reading.limits import MOST_BROKEN_LINES

DELIMITERS = (";", "|", ",", "\t")
LONGEST_LINE = 128 * 1024
"""Bytes; a longer line is no row of people (and no field of it is longer than the csv module reads)."""
KEPT_OF_LONG_LINE = 1_000
"""Characters of such a line that quarantine keeps."""
BROKEN = {
    "unbalanced_quotes": "each opened quote closed on the same line, for a cell holds no line break",
    "broken_quotes": "quotes only around whole fields, doubled inside them",
    "too_few_fields": "as many fields as the header has",
    "too_many_fields": "as many fields as the header has",
    "line_too_long": f"a line of at most {LONGEST_LINE:,} bytes",
}
"""Every reason for which a line is no row, and what is wanted instead."""
_BLANK = re.compile(r'[\s";|,]*')
_HEAD_LINES = ROWS_SEARCHED + 5


@dataclass(frozen=True)
class BrokenLine:
    """A line that is no row: its physical number, why, and what it held (personal data: quarantine only)."""

    source_row_no: int
    reason_code: str
    raw: str


@dataclass
class LineCounts:
    """What became of the physical lines of one file."""

    physical: int = 0
    title: int = 0
    header: int = 0
    blank: int = 0
    footer: int = 0
    data_after_footer: int = 0
    utf_16: bool = False
    beyond_ascii: int = 0
    windows_1252: int = 0
    damaged: int = 0
    too_long: set[int] = field(default_factory=set)
    broken: list[BrokenLine] = field(default_factory=list)

    @property
    def encoding(self) -> str:
        """Name what the lines were written in."""
        if self.utf_16:
            return "utf-16"
        if not self.windows_1252:
            return "utf-8"
        return "windows-1252" if self.windows_1252 == self.beyond_ascii else "mixed"


def lines(path: Path, counts: LineCounts) -> Iterator[str]:
    """Give the lines of a file as text: UTF-8 (or UTF-16 with its mark), a line that is not so as Windows-1252.

    Bytes that mean nothing, and NUL, become U+FFFD and are counted in `counts.damaged`; no line is lost. Of a line
    longer than `LONGEST_LINE` only the beginning is given, and its number is in `counts.too_long`.
    """
    with path.open("rb") as file:
        start = file.read(3)
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            yield from _utf_16_lines(path, counts)
            return
        file.seek(3 if start == b"\xef\xbb\xbf" else 0)
        while raw := file.readline(LONGEST_LINE):
            counts.physical += 1
            if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
                counts.too_long.add(counts.physical)
                while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
            yield _decoded(raw, counts)


def delimiter_of(head: list[str], contract: Contract) -> tuple[str, Header] | None:
    """Find the delimiter under which the first lines hold the contract's header; None when none does."""
    for delimiter in sorted(DELIMITERS, key=lambda d: -max((line.count(d) for line in head), default=0)):
        header = find_header([_fields(line, delimiter) or [line] for line in head], contract)
        if header is not None:
            return delimiter, header
    return None


def write_checked_lines(
    path: Path, target: Path, delimiter: str, header: Header, progress: Callable[[int], None]
) -> LineCounts:
    """Write the data lines of `path` to `target` as UTF-8, each preceded by its physical number and the delimiter.

    Every line written has exactly `header.width` fields and balanced quotes. The counts say what became of the
    others; `progress` is told the number of lines now and then.
    """
    counts = LineCounts()
    width = _width(path, delimiter, header)
    ended = False
    with target.open("w", encoding="utf-8", newline="") as out:
        for line in lines(path, counts):
            number = counts.physical
            if number % 100_000 == 0:
                progress(number)
            if number <= header.last_row:
                _count_head(number, line, header, counts)
            elif number in counts.too_long:
                counts.broken.append(BrokenLine(number, "line_too_long", line[:KEPT_OF_LONG_LINE]))
            elif not line or _BLANK.fullmatch(line):
                counts.blank += 1
            elif ended:
                counts.footer += 1
                counts.data_after_footer += looks_like_data(_fields(line, delimiter) or [], header)
            elif may_end_data(line.lstrip("\"' ;,|\t")) and ends_data(_fields(line, delimiter) or [], header):
                ended = True
                counts.footer += 1
            elif _plainly_sound(line, delimiter, width):
                out.write(f"{number}{delimiter}{line}\n")
            else:
                sound, reason = _made_sound(line, delimiter, width, header.width)
                if sound is None:
                    if len(counts.broken) > MOST_BROKEN_LINES:
                        break  # the file is refused
                    counts.broken.append(BrokenLine(number, reason, line))
                else:
                    out.write(f"{number}{delimiter}{sound}\n")
    return counts


def head_lines(path: Path) -> list[str]:
    """Give the first physical lines of a file, among which a header must stand."""
    found = []
    for line in lines(path, LineCounts()):
        found.append(line)
        if len(found) == _HEAD_LINES:
            break
    return found


def _width(path: Path, delimiter: str, header: Header) -> int:
    """Count the fields of the header line itself: trailing nameless columns are part of every line."""
    fields = _fields(head_lines(path)[header.last_row - 1], delimiter) or []
    return max(len(fields), header.width)


def _count_head(number: int, line: str, header: Header, counts: LineCounts) -> None:
    if number >= header.first_row:
        counts.header += 1
    elif _BLANK.fullmatch(line):
        counts.blank += 1
    else:
        counts.title += 1


def _decoded(raw: bytes, counts: LineCounts) -> str:
    counts.beyond_ascii += not raw.isascii()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        counts.windows_1252 += 1
        text = raw.decode("windows-1252", errors="replace")
    return _repaired(text, counts)


def _utf_16_lines(path: Path, counts: LineCounts) -> Iterator[str]:
    counts.utf_16 = True
    with path.open(encoding="utf-16", errors="replace", newline="\n") as file:
        while text := file.readline(LONGEST_LINE):
            counts.physical += 1
            if len(text) == LONGEST_LINE and not text.endswith("\n"):
                counts.too_long.add(counts.physical)
                while (rest := file.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                    pass
            yield _repaired(text, counts)


def _repaired(text: str, counts: LineCounts) -> str:
    text = text.rstrip("\r\n")
    if "\0" in text:
        text = text.replace("\0", "�")
    if "�" in text:
        counts.damaged += 1
    return text.replace("\r", " ") if "\r" in text else text


def _plainly_sound(line: str, delimiter: str, width: int) -> bool:
    """Say at the price of two counts whether a line is one of the two usual kinds: all quoted, or nothing quoted."""
    quotes = line.count('"')
    if quotes == 0:
        return line.count(delimiter) == width - 1
    if quotes != 2 * width or line[0] != '"' or line[-1] != '"':
        return False
    return line.count(f'"{delimiter}"', 1, -1) == width - 1


def _made_sound(line: str, delimiter: str, width: int, named: int) -> tuple[str | None, str]:
    """Write an unusual line in the plain quoted form, or say why it is broken.

    Empty fields beyond `width` are cut off; fields that lack only beyond the `named` ones are made up for.
    """
    fields = _fields(line, delimiter)
    if fields is None or len(fields) < named or any(text.strip() for text in fields[width:]):
        if line.count('"') % 2:
            return None, "unbalanced_quotes"
        if fields is None:
            return None, "broken_quotes"
        return None, "too_few_fields" if len(fields) < named else "too_many_fields"
    fields = [*fields, *[""] * width][:width]
    return delimiter.join('"' + text.replace('"', '""') + '"' for text in fields), ""


def _fields(line: str, delimiter: str) -> list[str] | None:
    """Split one line as RFC 4180 says; None when its quotes are broken."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
