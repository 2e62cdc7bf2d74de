"""Making Dagster's own record of a run cheap to write.

Dagster opens and closes its SQLite files for every event, some 700 times a run. The last one to close a file in WAL
mode has to fold the log back into it and sync both to disk: that cost a quarter of a small run. While one more
connection stays open, that happens once, at the end. `synchronous = NORMAL` is SQLite's own advice for WAL: a power cut
may lose the last events of the run it ends, but never damages the record.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

_held: dict[str, sqlite3.Connection] = {}


@contextmanager
def kept_open() -> Iterator[None]:
    """Hold one connection to every SQLite file that this process opens through SQLAlchemy inside."""
    event.listen(Engine, "connect", _hold)
    try:
        yield
    finally:
        event.remove(Engine, "connect", _hold)
        while _held:
            _held.popitem()[1].close()


def _hold(opened: Any, _record: object) -> None:  # noqa: ANN401 - whatever driver the engine has
    if not isinstance(opened, sqlite3.Connection):
        return
    opened.execute("PRAGMA synchronous = NORMAL").close()
    ((_, _, path),) = opened.execute("PRAGMA database_list").fetchall()
    if path and path not in _held:
        _held[path] = sqlite3.connect(path, check_same_thread=False)
        _held[path].execute("SELECT count(*) FROM sqlite_master").fetchall()
