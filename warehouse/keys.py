"""Secret keys of a home: made at first use, readable by their owner alone, never shown."""

import os
import secrets

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
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != _BYTES:
            raise HomeError(
                f"The key file {path} is not {_BYTES} bytes long. Restore it from the backup: identifiers made with "
                "another key would not be the ones already published."
            ) from None
        return key
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(_BYTES)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
