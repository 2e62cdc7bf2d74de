"""A file that its readers see whole or as it was, also after a power cut."""

import os
from pathlib import Path

from warehouse.durable import fsync_folder

ASIDE = ".*.[0-9]*"
"""How a file is called until it is whole, as a pattern: its name and the process; one that is killed leaves it."""


def whole_file(path: Path, text: str) -> None:
    """Write a file in one step; its owner alone may read it. Raises `OSError`, and the file is then as it was."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    fsync_folder(path.parent)
