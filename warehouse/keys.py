"""Secret keys of a home: made at first use, readable by their owner alone, never shown."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from warehouse.database import fsync_folder
from warehouse.errors import HomeError
from warehouse.settings import Home

_BYTES = 32


def secret_key(home: Home, purpose: str) -> bytes:
    """Give the key of a home for a purpose (`person`, `target`), 32 bytes; make it when there is none.

    Losing a key changes every identifier made with it. Raises `HomeError` for a key file of another size.
    """
    home.keys.mkdir(parents=True, exist_ok=True)
    home.keys.chmod(0o700)
    path = home.keys / f"{purpose}.key"
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise HomeError(
            f"The key file {path} is not {_BYTES} bytes long. Restore it from the backup: identifiers made with "
            "another key would not be the ones already published."
        )
    return key


def _make(path: Path) -> None:
    """Write a fresh key aside and give it its name only when it is whole; a key that is there by then is left."""
    descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # for its owner alone
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
        fsync_folder(path.parent)
    finally:
        Path(fresh).unlink()
