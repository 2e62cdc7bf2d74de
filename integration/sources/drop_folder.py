"""What lies in the folders that agencies put deliveries into, told by names, sizes and times alone: no file is opened.

The next run reads `<home>/inbox` and what folder sources fetch into it, or the folder that the last run was given with
`--extracts`. Where a source fills a part of the inbox, the source is watched and not that part: else each fetch would
look like a delivery that somebody had put there.
"""

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from integration.intake.discovery import TRUTH, UNFINISHED
from integration.intake.manifest import MANIFEST
from integration.reading.delivered_file import EXTENSIONS
from integration.sources.places import Folder
from integration.sources.sources_file import ARCHIVES, sources_of
from warehouse.errors import HomeError
from warehouse.settings import Home


@dataclass(frozen=True)
class Watched:
    """The folders to look into, and those below them that are left out."""

    folders: tuple[Path, ...]
    left_out: frozenset[Path] = frozenset()


@dataclass(frozen=True)
class Lying:
    """What lies there: how many files that are deliveries, a digest of them all, and one that is being written."""

    files: int
    digest: str
    unfinished: Path | None


def watched(home: Home, extracts: Path) -> Watched:
    """Say where deliveries for the next run of a home appear; `extracts` is the folder it reads.

    Raises `DeclarationError` when the sources of the home cannot be read.
    """
    if extracts != home.inbox:
        return Watched((extracts,))
    sources = list(sources_of(home).values())
    folders = dict.fromkeys(source.place.path for source in sources if isinstance(source.place, Folder))
    filled = frozenset(home.inbox / source.agency / source.dataset for source in sources)
    return Watched((home.inbox, *folders), filled)


def lying(home: Home, where: Watched) -> Lying:
    """Look through the folders; raises `HomeError` with a sentence when one is not there or cannot be read.

    A home's inbox that nobody made yet is empty.
    """
    found: list[str] = []
    unfinished = None
    for folder in where.folders:
        if folder == home.inbox and not folder.exists():
            continue
        try:
            for file in _files(folder, where.left_out, first=True):
                name = file.name.casefold()
                if name.endswith((*UNFINISHED, ".lock")):
                    unfinished = unfinished or Path(file.path)
                elif file.name == MANIFEST or name.endswith((*EXTENSIONS, *ARCHIVES)):
                    try:
                        stat = file.stat()
                    except FileNotFoundError:
                        continue
                    found.append(f"{file.path}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}")
        except OSError as error:
            raise HomeError(
                f"The folder of deliveries {folder} cannot be looked into ({error.strerror}): see whether it is there, "
                "mounted, and may be read by the user that runs Padan."
            ) from error
    digest = hashlib.sha256()
    for one in sorted(found):
        digest.update(one.encode(errors="surrogateescape") + b"\n")
    return Lying(len(found), digest.hexdigest(), unfinished)


def _files(folder: Path | str, left_out: Collection[Path], *, first: bool = False) -> Iterator[os.DirEntry[str]]:
    """Give every file below a folder; hidden ones, a sample's truth and what links lead to are passed over."""
    with os.scandir(folder) as entries:
        held: Sequence[os.DirEntry[str]] = list(entries)
    for entry in held:
        if entry.name.startswith((".", "~$")) or (first and entry.name == TRUTH):
            continue
        if entry.is_dir(follow_symlinks=False):
            if not left_out or Path(entry.path) not in left_out:
                yield from _files(entry.path, left_out)
        elif entry.is_file(follow_symlinks=False):
            yield entry
