"""Files in a folder of this machine."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integration.reading.shown_names import shown_path
from integration.sources.peer import BLOCK, DEEPEST, MOST_FILES, Look, RemoteFile, leads_out, too_deep
from integration.sources.places import Folder, Source


@contextmanager
def open_folder(source: Source, place: Folder) -> Iterator["FolderPeer"]:
    """Open a folder; raises `SourceFailed` when there is none."""
    if not place.path.is_dir():
        raise source.failed(
            "there is no such folder; if it lies on another machine, see whether it is mounted", passing=True
        )
    yield FolderPeer(source, place.path.resolve())


class FolderPeer:
    """An open folder: what leaves it by a link, and what is no plain file, is not taken."""

    def __init__(self, source: Source, root: Path) -> None:
        self.source = source
        self.root = root

    def look(self) -> Look:
        """List every file below the folder."""
        look = Look()
        self._walk("", look, 0)
        return look

    def _walk(self, folder: str, look: Look, depth: int) -> None:
        try:
            with os.scandir(self.root / folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise self.source.failed(
                f"the folder {shown_path(folder) or '.'} cannot be listed ({error.strerror}); "
                "give the user that runs Padan permission to read it"
            ) from error
        for entry in found:
            path = f"{folder}{entry.name}"
            if entry.is_symlink() and not self._stays_inside(path):
                look.passed_over.append(leads_out(path))
            elif entry.is_dir():
                if entry.name.startswith(".") or entry.is_symlink():
                    continue
                if depth < DEEPEST:
                    self._walk(f"{path}/", look, depth + 1)
                else:
                    look.passed_over.append(too_deep(path))
            elif file := self._file(path):
                look.files.append(file)
            else:
                look.passed_over.append(f"{shown_path(path)}: no plain file, or it is gone.")
        if len(look.files) > MOST_FILES:
            raise self.source.failed(f"more than {MOST_FILES:,} files lie there; name a folder that holds deliveries")

    def _stays_inside(self, path: str) -> bool:
        try:
            return (self.root / path).resolve(strict=True).is_relative_to(self.root)
        except (OSError, RuntimeError):  # it leads nowhere, or in a circle
            return False

    def _file(self, path: str) -> RemoteFile | None:
        try:
            found = (self.root / path).stat()
        except OSError:
            return None
        return RemoteFile(path, found.st_size, found.st_mtime) if stat.S_ISREG(found.st_mode) else None

    def look_again(self, file: RemoteFile) -> RemoteFile | None:
        """Look at one file again; None when it is gone or has become a link out of the folder."""
        return self._file(file.path) if self._stays_inside(file.path) else None

    def read(self, file: RemoteFile, offset: int) -> tuple[int, Iterator[bytes]]:
        """Read a file from a byte on."""
        return offset, self._blocks(file, offset)

    def _blocks(self, file: RemoteFile, offset: int) -> Iterator[bytes]:
        try:
            # the resolved path, and no link at its end: a link that was put there since is not followed
            path = (self.root / file.path).resolve(strict=True)
            if not path.is_relative_to(self.root):
                raise self.source.failed(f"{file.shown} has become a link that leads out of the folder")
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as opened:
                opened.seek(offset)
                while block := opened.read(BLOCK):
                    yield block
        except PermissionError as error:
            raise self.source.failed(
                f"{file.shown} cannot be read; give the user that runs Padan permission to read it"
            ) from error
        except OSError as error:
            raise self.source.failed(f"{file.shown} cannot be read ({error.strerror})", passing=True) from error
