"""Delivered files are landed first: copied whole under the name of their hash, and never changed after."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warehouse.database import fsync_folder
from warehouse.settings import Home

_BLOCK = 1024 * 1024


class UnreadableSourceError(OSError):
    """The delivered file cannot be opened: it is gone, or not for this user to read."""


@dataclass(frozen=True)
class Landed:
    """A landed file: where it lies, its SHA-256 in hex and its size in bytes."""

    path: Path
    sha256: str
    size: int


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def land(path: Path, home: Home) -> Landed:
    """Copy a delivered file into the landing folder; one that already lies there is left as it is.

    The copy appears under its final name only when it is whole and on disk. Raises `UnreadableSourceError`.
    """
    home.landing.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    unfinished = home.landing / f".{os.getpid()}-{path.name}.unfinished"
    try:
        with _opened(path) as source, unfinished.open("wb") as copy:
            while block := source.read(_BLOCK):
                digest.update(block)
                copy.write(block)
                size += len(block)
            copy.flush()
            os.fsync(copy.fileno())
        folder = home.landing / digest.hexdigest()[:2]
        folder.mkdir(exist_ok=True)
        target = folder / f"{digest.hexdigest()}{path.suffix.casefold()}"
        if target.exists():
            unfinished.unlink()
        else:
            unfinished.replace(target)
            target.chmod(0o440)
            fsync_folder(folder)
    finally:
        unfinished.unlink(missing_ok=True)
    return Landed(target, digest.hexdigest(), size)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadableSourceError(str(path)) from error
