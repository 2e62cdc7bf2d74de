"""What a backup is: a folder named by its time, and in it the home's files and a manifest that is written last.

::

    <to>/
      2026-11-22T020311Z/
        home/                 the home's files at their places; with --encrypt-to each ends in .age
        manifest.json         every file: size, hash, mode, time; every link; who wrote the home
      .unfinished-…           one that goes on, or was broken off: the next backup sweeps it
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from warehouse.digest import file_sha256
from warehouse.errors import PadanError

MANIFEST = "manifest.json"
FILES = "home"
UNFINISHED = ".unfinished-"
ENCRYPTED = ".age"


class NoBackup(PadanError):
    """There is no backup, it is not whole, or it cannot be put where it was asked for."""


@dataclass(frozen=True)
class Kept:
    """One file: its bytes and SHA-256 as it was in the home, its mode and time, and the hash as it lies here."""

    size: int
    sha256: str
    mode: int
    mtime_ns: int
    stored_sha256: str


@dataclass(frozen=True)
class Manifest:
    """Everything that a backup holds, by the path it had in the home; `encrypted_to` is a public key or empty."""

    made_at: str
    layout: int
    padan: str
    encrypted_to: str = ""
    files: dict[str, Kept] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    def stored(self, backup: Path, name: str) -> Path:
        """Give where a file of the home lies in the backup."""
        return backup / FILES / f"{name}{ENCRYPTED if self.encrypted_to else ''}"

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(backup: Path) -> Manifest:
    """Give what a backup says of itself; raises `NoBackup` where it is none or is damaged."""
    path = backup / MANIFEST
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(**{**said, "files": {name: Kept(**one) for name, one in said["files"].items()}})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoBackup(f"{path} cannot be read: {backup} is no whole backup. Take another one.") from error


def backups(folder: Path) -> list[Path]:
    """Give the whole backups in a folder, the newest first."""
    return sorted((path.parent for path in folder.glob(f"[0-9]*/{MANIFEST}")), reverse=True)


def is_whole(path: Path, kept: Kept) -> bool:
    """Say whether a file lies in a backup as it was put there."""
    try:
        return file_sha256(path) == kept.stored_sha256
    except OSError:
        return False
