"""What every place with files can do, whatever it speaks: list them, look at one again, and read one from a byte on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from integration.reading.shown_names import shown_path

BLOCK = 4 * 1024 * 1024
"""Bytes read at once."""
MOST_FILES = 500_000
DEEPEST = 12
"""Folders below folders that are looked into."""


@dataclass(frozen=True)
class RemoteFile:
    """A file as its peer shows it: `path` below the place, with `/` between.

    `modified` is in Unix seconds by the peer's clock. `size`, `modified` and `etag` are None where it does not say.
    """

    path: str
    size: int | None = None
    modified: float | None = None
    etag: str | None = None

    @property
    def shown(self) -> str:
        """Its path as a sentence says it."""
        return shown_path(self.path)

    @property
    def version(self) -> str | None:
        """What changes when the bytes do, as far as the peer tells; None where nothing would."""
        if self.etag is None and (self.size is None or self.modified is None):
            return None
        return f"{self.size}|{self.modified}|{self.etag}"


@dataclass
class Look:
    """What lies at a place: its files, and of whatever else was passed over a sentence each."""

    files: list[RemoteFile] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


def leads_out(path: str) -> str:
    """Say that a link is not followed."""
    return f"{shown_path(path)}: a link that leads out of the folder; put the file itself there."


def too_deep(path: str) -> str:
    """Say that a folder is not looked into."""
    return f"{shown_path(path)}: a folder below {DEEPEST} others is not looked into; put what it holds higher."


class Peer(Protocol):
    """An open place; each method raises `SourceFailed`."""

    def look(self) -> Look:
        """List every file below the place."""
        ...

    def look_again(self, file: RemoteFile) -> RemoteFile | None:
        """Look at one file again; None when it is gone."""
        ...

    def read(self, file: RemoteFile, offset: int) -> tuple[int, Iterator[bytes]]:
        """Read a file from a byte on: gives where the bytes begin (0 where the peer cannot do that) and the bytes."""
        ...
