"""One file comes whole or not at all: under a temporary name, resumed where the peer can, hashed, renamed."""

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration.sources.peer import Peer, RemoteFile
from integration.sources.places import Source

_BLOCK = 1024 * 1024


class StillGrowing(Exception):
    """The file changed while it was copied."""


@dataclass(frozen=True)
class Downloaded:
    """A whole copy: where it lies, and its SHA-256 in hex."""

    path: Path
    sha256: str


def download(source: Source, peer: Peer, file: RemoteFile, folder: Path) -> Downloaded:
    """Copy a file into a folder of this machine; what an earlier, broken try left there is gone on with.

    A part is gone on with only where the peer still shows the very version that it is a part of. In the end the bytes
    are on disk; a name that a power cut takes away costs fetching it again. Raises `SourceFailed`, and `StillGrowing`
    when the file is no longer what it was before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(os.fsencode(file.path)).hexdigest()[:32]
    whole, part, note = folder / key, folder / f"{key}.part", folder / f"{key}.json"
    noted = _noted(note)
    same = file.version is not None and noted.get("version") == file.version
    if same and whole.exists() and "sha256" in noted:
        return Downloaded(whole, noted["sha256"])
    if not same:
        part.unlink(missing_ok=True)
    _write_note(note, {"path": file.path, "version": file.version})
    digest, size = _copy(source, peer, file, part)
    again = peer.look_again(file)
    if again is None or again.version != file.version:
        part.unlink(missing_ok=True)
        raise StillGrowing(file.shown)
    if file.size is not None and size != file.size:
        if size > file.size:
            part.unlink(missing_ok=True)
        raise source.failed(f"{file.shown} came with {size:,} bytes of {file.size:,}: it was cut short", passing=True)
    part.replace(whole)
    _write_note(note, {"path": file.path, "version": file.version, "sha256": digest})
    return Downloaded(whole, digest)


def _copy(source: Source, peer: Peer, file: RemoteFile, part: Path) -> tuple[str, int]:
    """Add to the part what it lacks; gives the hash and the size of all of it. What came stays when the line breaks."""
    had = part.stat().st_size if part.exists() else 0
    if file.size is not None and had > file.size:
        had = 0
    start, blocks = peer.read(file, had)
    digest, size = hashlib.sha256(), 0
    with part.open("r+b" if start and had else "wb") as copy:
        while size < start:
            block = copy.read(min(_BLOCK, start - size))
            digest.update(block)
            size += len(block)
        copy.truncate(start)
        try:
            for block in blocks:
                digest.update(block)
                copy.write(block)
                size += len(block)
                if size > source.largest_bytes:
                    part.unlink()
                    raise source.failed(
                        f"{file.shown} is larger than {source.largest_gb:g} GB; if it is meant to be, raise largest_gb"
                    )
        finally:
            copy.flush()
            os.fsync(copy.fileno())
    return digest.hexdigest(), size


def _noted(note: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        held = json.loads(note.read_text(encoding="utf-8"))
        return held if isinstance(held, dict) else {}
    return {}


def _write_note(note: Path, held: dict[str, Any]) -> None:
    fresh = note.with_suffix(".new")
    fresh.write_text(json.dumps(held), encoding="utf-8")
    fresh.replace(note)


def sweep(folder: Path, wanted: set[str]) -> None:
    """Remove copies and parts of files that are no longer wanted, by their remote paths."""
    if not folder.is_dir():
        return
    kept = {hashlib.sha256(os.fsencode(path)).hexdigest()[:32] for path in wanted}
    for left in folder.iterdir():
        if left.name.split(".")[0] not in kept:
            left.unlink()
