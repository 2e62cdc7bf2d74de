"""What a workbook would become is found out before it is opened: a file of 1 MB can ask for all memory there is.

A reader lays a sheet out as the rectangle up to its last cell, and repeats a shared text for each cell that refers to
it. So one cell in XFD1048576, or one long text used by each row, is a bomb without being large. Packed zeros are the
plain kind. Each part is unpacked here once, in blocks, and thrown away: its size is what comes out, not what it says.
"""

import itertools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from integration.reading.limits import HIGHEST_RATIO, MOST_UNPACKED, UNSUSPICIOUS

_BLOCK = 1024 * 1024
_ODD_CELL = re.compile(rb'<c(?=[\s/>])(?! r="A?[A-Z][0-9]{1,5}")')
"""A cell right of AZ or below row 99,999, or one that does not say first and plainly which it is."""
_PREFIXED = re.compile(rb":(?:c|row|si)[\s/>]")
"""The same tags with the prefix of a namespace, which no spreadsheet program writes."""
_SHARED_TEXTS = b"<sst"
_TEXT_ENDS = b"</si>"


class TooLargeError(ValueError):
    """The workbook asks for more than any honest one; the message says what was found and what to do."""


@dataclass
class Shape:
    """What was found while the parts were unpacked; `unpacked` in bytes."""

    unpacked: int = 0
    cells: int = 0
    longest_text: int = 0
    odd: bool = False

    @property
    def plain(self) -> bool:
        """Whether it takes little more memory than it has bytes unpacked; if not, it must be read apart.

        Every cell names its place, none is right of column AZ or below row 99,999, and shared texts cannot grow to
        more than the sheets and `UNSUSPICIOUS`.
        """
        return not self.odd and self.cells * self.longest_text <= UNSUSPICIOUS + 4 * self.unpacked


def shape_of(path: Path) -> Shape:
    """Unpack a workbook and throw it away, to see what it would become.

    Raises `TooLargeError` for one that unpacks to more than the limits, and whatever `zipfile` raises for a damaged
    one.
    """
    packed = path.stat().st_size
    shape = Shape()
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            _look_through(_blocks(archive, part, packed, shape), shape)
    return shape


def _blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo, packed: int, shape: Shape) -> Iterator[bytes]:
    with archive.open(part) as opened:
        while block := opened.read(_BLOCK):
            shape.unpacked += len(block)
            if shape.unpacked > MOST_UNPACKED:
                raise TooLargeError(
                    f"the workbook unpacks to more than {MOST_UNPACKED / 1e9:.1f} GB; send it as CSV, or in parts"
                )
            if shape.unpacked > UNSUSPICIOUS and shape.unpacked > HIGHEST_RATIO * packed:
                raise TooLargeError(
                    f"the workbook unpacks to more than {HIGHEST_RATIO} times its size, as a bomb does; "
                    "save it anew, without formatted empty rows, or send it as CSV"
                )
            yield block


def _look_through(blocks: Iterator[bytes], shape: Shape) -> None:
    rest = b""
    of_texts, since = False, 0
    for block in itertools.chain(blocks, [b"<"]):
        content = rest + block
        cut = content.rfind(b"<")  # a tag that lies across two blocks is looked at with the second
        if len(content) - cut > _BLOCK:
            cut = len(content)
        content, rest = content[:cut], content[cut:]
        shape.cells += content.count(b"<c ")
        shape.odd = shape.odd or bool(_ODD_CELL.search(content) or _PREFIXED.search(content))
        of_texts = of_texts or _SHARED_TEXTS in content
        if of_texts:
            first, *texts = content.split(_TEXT_ENDS)
            shape.longest_text = max(shape.longest_text, since + len(first), *map(len, texts))
            since = len(texts[-1]) if texts else since + len(content)
