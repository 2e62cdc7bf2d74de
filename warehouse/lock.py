"""One process at a time: a lock on a file, which a process that is killed lets go of."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import HomeBusy


@contextmanager
def held(path: Path, busy: str) -> Iterator[None]:
    """Hold a file, made where it is not there yet; raises `HomeBusy` with that sentence at once when somebody does.

    Raises `OSError` when the file cannot be made.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeBusy(busy) from error
        yield
