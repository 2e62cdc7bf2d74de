"""What a file is called here: as its sender called it, less what would be a danger or cannot be written."""

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from integration.contracts import contracts
from integration.intake.manifest import PERIOD
from integration.reading.shown_names import UNSHOWN, shown_path

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


def local_paths(paths: Iterable[str], dataset: str, month: str) -> dict[str, PurePosixPath]:
    """Give for each file of a month its path below the month's folder, by `local_path`, which must know each.

    Files of several offices that are called alike (`a/2026-10/x.csv`, `b/2026-10/x.csv`) keep the folders in front.
    """
    found = {path: local_path(path, dataset, month) for path in paths}
    often = Counter(found.values())
    return {path: name if often[name] == 1 else _in_its_folders(path, name) for path, name in found.items() if name}


def _in_its_folders(path: str, name: PurePosixPath) -> PurePosixPath:
    front = path.split("/")[: -len(name.parts)]
    return PurePosixPath(
        *[local_name(part) for part in front if part not in contracts() and not PERIOD.match(part)], name
    )


class NameTakenError(ValueError):
    """Two files of a delivery would be one; the message says which, without a full stop."""


class TakenNames:
    """The names that the files of one delivery have in its folder: no two alike, none both a file and a folder."""

    def __init__(self) -> None:
        self._files: dict[PurePosixPath, str] = {}
        self._folders: dict[PurePosixPath, str] = {}

    def take(self, name: PurePosixPath, whose: str) -> None:
        """Take a name for a file of the delivery, called `whose` there; raises `NameTakenError`."""
        folders = [folder for folder in name.parents if folder.parts]
        others = [self._files.get(name), self._folders.get(name), *map(self._files.get, folders)]
        if other := next(filter(None, others), None):
            both = f"{other} and {whose}" if other != whose else f"two files in {whose}"
            raise NameTakenError(f"{both} would lie at {shown_path(str(name))}; let one be given another name")
        self._files[name] = whose
        self._folders.update(dict.fromkeys(folders, whose))


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
