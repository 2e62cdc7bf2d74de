"""What stands of the nights before: which version each table has, and which run made it.

A *version* is a digest of all that a table was made from: the code, the versions of the tables before it, and whatever
else the step that makes it reads (rules, model, keys, period). A table that has the version already that tonight's
inputs give would come out the same, and is not made again. Before a step begins its work its tables have no version,
and they get one when all of them are made: a step that was killed is done anew, one that had finished is not.

Everything in the schema `night` may be deleted: the next night then makes everything, with the same result.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.database import Connection, rows

_TABLE = "night.made"
_ROOT = Path(__file__).parents[1]
_CODE = ("integration", "warehouse", "assets")
"""The packages whose files decide what a table holds."""


@dataclass(frozen=True)
class Made:
    """The version that a table has, the run that made it, and when (UTC)."""

    version: str
    run_id: str
    at: dt.datetime

    def __str__(self) -> str:
        return f"{self.at.replace(tzinfo=dt.UTC).isoformat(timespec='seconds')}, run {self.run_id[:8]}"


def digest(*parts: object) -> str:
    """Give sixteen characters that are others when any part is; parts are told apart by their `str`."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


@cache
def code_version() -> str:
    """Give the digest of every file that decides what the tables hold, and of the libraries that are installed."""
    return tree_digest(_ROOT, _CODE)


def tree_digest(root: Path, folders: Iterable[str]) -> str:
    """Give the digest of all files of some folders below `root`, with their names, and of `requirements.lock`."""
    found = hashlib.sha256((root / "requirements.lock").read_bytes())
    for path in sorted(path for folder in folders for path in (root / folder).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(path.relative_to(root).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def ensure_made(connection: Connection) -> None:
    """Create the memory where it is not there yet."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS night")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_TABLE} (table_name VARCHAR, version VARCHAR, run_id VARCHAR, made_at TIMESTAMP)"
    )


def made(connection: Connection, tables: Iterable[str]) -> dict[str, Made]:
    """Give what stands of some tables (`schema.name`); one that never was finished is not in it."""
    listed = list(tables)
    found = rows(connection, f"SELECT * FROM {_TABLE} WHERE list_contains(?, table_name) ORDER BY table_name", [listed])
    return {str(name): Made(version, run_id, at) for name, version, run_id, at in found}


def version_of(connection: Connection, tables: Iterable[str]) -> str:
    """Give one version for several tables; one that does not stand gives a version that nothing else has."""
    found = made(connection, listed := sorted(set(tables)))
    return digest(*(found[name].version if name in found else f"{name} does not stand" for name in listed))


@contextmanager
def making(connection: Connection, tables: Iterable[str], version: str, run_id: str) -> Iterator[None]:
    """Take the versions of some tables away, and give them this one when all that is done inside was done."""
    listed = list(tables)
    connection.execute(f"DELETE FROM {_TABLE} WHERE list_contains(?, table_name)", [listed])
    yield
    at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    connection.executemany(f"INSERT INTO {_TABLE} VALUES (?, ?, ?, ?)", [[one, version, run_id, at] for one in listed])
