"""What a file is called here: as its sender called it, less what would be a danger or cannot be written."""

import hashlib
import os
import unicodedata
from pathlib import PurePosixPath

from integration.contracts import contracts
from integration.intake.manifest import PERIOD
from integration.reading.shown_names import UNSHOWN

_LONGEST = 200
"""Bytes of a name; file systems take 255, and names of files being written are longer than their own."""


def local_path(path: str, dataset: str, month: str) -> PurePosixPath | None:
    """Give the path of a file below its month's folder; None where a folder's name says another dataset or month.

    What stands in front of a folder named as the month is left out, for the inbox has that folder already.
    """
    parts = path.split("/")
    if month in parts[:-1]:
        parts = parts[len(parts) - 1 - parts[-2::-1].index(month) :]
    for folder in parts[:-1]:
        if (folder in contracts() and folder != dataset) or (PERIOD.match(folder) and folder != month):
            return None
    return PurePosixPath(*[local_name(part) for part in parts])


def local_name(name: str) -> str:
    """Give a name that can be written, shown and stored: bytes that are no UTF-8 are read as Windows-1252.

    Spaces, quotes and letters of any script stay. Control characters become `_`; a long name is cut, and what was cut
    stands for itself by its hash.
    """
    text = os.fsencode(name)
    try:
        shown = text.decode("utf-8")
    except UnicodeDecodeError:
        shown = text.decode("windows-1252", errors="replace")
    shown = "".join("_" if unicodedata.category(sign) in UNSHOWN else sign for sign in shown)
    shown = shown.replace("/", "_")
    if shown.strip(" .") == "":
        shown = "_"
    if len(shown.encode()) <= _LONGEST:
        return shown
    ending = PurePosixPath(shown).suffix[:16]
    kept = shown.encode()[: _LONGEST - 40].decode(errors="ignore")
    return f"{kept}~{hashlib.sha256(text).hexdigest()[:12]}{ending}"
