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

    def sheet(self, name: str, head: bytes) -> zipfile.ZipInfo | None:
        """Give the part that is a sheet, None unless there is one that begins with `head` (columns, labels, styles)."""
        names = [html.unescape(found) for found in _SHEET.findall(self.zip.read("xl/workbook.xml").decode())]
        if name not in names:
            return None
        part = self.zip.getinfo(f"xl/worksheets/sheet{names.index(name) + 1}.xml")
        with self.zip.open(part) as packed:
            return part if packed.read(len(head)) == head else None


@contextmanager
def workbook_before(path: Path | None) -> Iterator[WorkbookBefore | None]:
    """Open a workbook that was written before; None where there is none."""
    if path is None:
        yield None
        return
    with zipfile.ZipFile(path) as packed:
        yield WorkbookBefore(packed)
