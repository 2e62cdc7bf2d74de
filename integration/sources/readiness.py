"""Which of the files that lie at a place are meant to be taken, and which of them are whole by now.

A file is whole as far as anybody can tell when it was left alone for `quiet_seconds`: by its own time stamp, or, where
the two clocks differ, because it looked the same at a look that long ago by this machine's clock. After it was copied
it is looked at once more. A manifest with the file's hash says more than both, and is checked after copying.
"""

import fnmatch
import time
from pathlib import PurePosixPath

from integration.intake.discovery import UNFINISHED
from integration.intake.manifest import MANIFEST
from integration.reading.delivered_file import EXTENSIONS
from integration.sources.memory import Memory
from integration.sources.peer import Look, RemoteFile
from integration.sources.places import Source
from integration.sources.sources_file import ARCHIVES


def wanted(source: Source, look: Look) -> list[RemoteFile]:
    """Give the files that are deliveries; of the others `look.passed_over` then says why not, but of hidden ones."""
    taken = []
    for file in look.files:
        place = PurePosixPath(file.path)
        if any(part.startswith((".", "~$")) for part in place.parts):
            continue
        if place.suffix.casefold() in (*UNFINISHED, ".lock"):
            continue
        if (
            place.name != MANIFEST
            and source.files
            and not any(fnmatch.fnmatch(place.name.casefold(), one.casefold()) for one in source.files)
        ):
            continue
        if place.name != MANIFEST and place.suffix.casefold() not in (*EXTENSIONS, *ARCHIVES):
            look.passed_over.append(f"{file.shown}: files of this kind are not read; send XLSX, CSV or Parquet.")
            continue
        taken.append(file)
    return taken


def being_written(source: Source, file: RemoteFile, beside: set[str], memory: Memory) -> str | None:
    """Say why a file must be left for the next fetch; None when it looks whole. `beside`: every path there."""
    place = PurePosixPath(file.path)
    marks = [f"{place.name}{ending}" for ending in (*UNFINISHED, ".lock")]
    marks += [f"~${place.name}", f"~${place.name[2:]}", f".~lock.{place.name}#"]
    if mark := next((mark for mark in marks if str(place.parent / mark) in beside), None):
        return f"{mark} lies beside it: somebody is writing it"
    if file.modified is None or file.etag is not None:
        return None  # objects and answers of a web server appear whole
    now = time.time()
    if now - file.modified >= source.quiet_seconds:
        memory.forget_look(file)
        return None
    if memory.looked_the_same_since(file, now) >= source.quiet_seconds:
        return None
    return f"it was changed less than {source.quiet_seconds} seconds ago: it may still be written"
