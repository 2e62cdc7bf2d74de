"""Ways out of what the policy gives, and what happens when one is tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg

from warehouse.postgres.connection import Server
from warehouse.postgres.script import Script
from warehouse.yaml_file import read_yaml

_FILE = Path(__file__).with_name("escapes.yaml")
_NO_PROOF = ("08", "25", "40", "53", "54", "57", "58030", "42601", "XX")
"""SQLSTATEs (or classes) of errors that would have come anyway: they do not show that the way is closed."""


@dataclass(frozen=True)
class Escape:
    """One way: what is sent, and what must come of it (see escapes.yaml)."""

    name: str
    sql: str
    expects: str = "refused"
    who: str | None = None
    alone: bool = False
    log_in: bool = False


@cache
def escapes() -> tuple[Escape, ...]:
    """Give every way that is declared."""
    declared = read_yaml(_FILE)
    return tuple(Escape(name, **said) for name, said in declared.items())


def attempt(server: Server, escape: Escape, names: Mapping[str, str]) -> str | None:
    """Try a way on a reader's connection, undo it, and say what came of it; None where it is closed as it must be."""
    statement = Script(escape.sql).substitute(names).encode()
    try:
        if escape.alone:
            seen = _rows_seen(server, statement)
        else:
            with server.transaction(force_rollback=True):
                seen = _rows_seen(server, statement)
    except psycopg.Error as error:
        state = error.sqlstate or "08"
        if escape.expects == "refused" and not state.startswith(_NO_PROOF):
            return None
        return f"ended with SQLSTATE {state} where {escape.expects} was wanted"
    if escape.expects == "unmoved" or (escape.expects == "nothing" and not seen):
        return None
    return f"came through, with {seen} rows" if seen else "came through"


def _rows_seen(server: Server, statement: bytes) -> int:
    """Count the rows of the last of several statements that hold anything but null, false and nought."""
    cursor = server.cursor()
    if statement.endswith(b"TO STDOUT"):
        with cursor.copy(statement) as copy:
            return sum(1 for _ in copy)
    cursor.execute(statement)
    while cursor.nextset():
        pass
    if not cursor.description:
        return 0
    return sum(any(value not in (None, False, 0) for value in row) for row in cursor.fetchall())
