"""The sheets of a workbook that was written before, to be taken as they are packed."""

import html
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SHEET = re.compile(r'<sheet name="([^"]+)"')


@dataclass(frozen=True)
class WorkbookBefore:
    """An open workbook of ours: its sheets are numbered in the order in which it names them."""

    zip: zipfile.ZipFile
    sheets: list[str]

    def sheet(self, name: str, head: bytes) -> zipfile.ZipInfo | None:
        """Give the part that is a sheet, None unless there is one that begins with `head` (columns, labels, styles)."""
        if name not in self.sheets:
            return None
        part = self.zip.getinfo(f"xl/worksheets/sheet{self.sheets.index(name) + 1}.xml")
        with self.zip.open(part) as packed:
            return part if packed.read(len(head)) == head else None


@contextmanager
def workbook_before(path: Path | None) -> Iterator[WorkbookBefore | None]:
    """Open a workbook that was written before; None where there is none."""
    if path is None:
        yield None
        return
    with zipfile.ZipFile(path) as packed:
        names = _SHEET.findall(packed.read("xl/workbook.xml").decode())
        yield WorkbookBefore(packed, [html.unescape(name) for name in names])
