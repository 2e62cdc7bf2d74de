"""Delivered files are landed first: copied whole under the name of their hash, and never changed after."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warehouse.durable import fsync_folder
from warehouse.settings import Home

_BLOCK = 1024 * 1024


class UnreadableSourceError(OSError):
    """The delivered file cannot be opened: it is gone, or not for this user to read."""


class ChangedSourceError(OSError):
    """The delivered file is no longer what it was when it was found: somebody still writes it."""


@dataclass(frozen=True)
class Landed:
    """A landed file: where it lies, its SHA-256 in hex and its size in bytes."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class HashedFile:
    """A delivered file and the SHA-256 that it had when it was found; None where it could not be opened."""

    path: Path
    sha256: str | None


def hashed(path: Path) -> HashedFile:
    """Hash a delivered file, once for the night."""
    try:
        return HashedFile(path, sha256_of(path))
    except OSError:  # taking it in will be refused with a sentence
        return HashedFile(path, None)


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def landed_path(path: Path, sha256: str, home: Home) -> Path:
    """Say where in the landing folder a delivered file of that SHA-256 lies, or will."""
    return home.landing / sha256[:2] / f"{sha256}{path.suffix.casefold()}"


def land(path: Path, sha256: str | None, home: Home) -> Landed:
    """Copy a delivered file, which had that SHA-256 when it was found, into the landing folder.

    Bytes that already lie there are neither copied nor read again. The copy appears under its final name only when it
    is whole and on disk. Raises `UnreadableSourceError`, and `ChangedSourceError` for a file that changed meanwhile.
    """
    if sha256 is None:
        raise UnreadableSourceError(str(path))
    target = landed_path(path, sha256, home)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = home.landing / f".{os.getpid()}-{sha256}.unfinished"
        digest = hashlib.sha256()
        try:
            with _opened(path) as source, unfinished.open("wb") as copy:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            if digest.hexdigest() != sha256:
                raise ChangedSourceError(str(path))
            unfinished.replace(target)
            target.chmod(0o440)
            fsync_folder(target.parent)
        finally:
            unfinished.unlink(missing_ok=True)
    return Landed(target, sha256, target.stat().st_size)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadableSourceError(str(path)) from error
