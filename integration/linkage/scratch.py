"""Working tables of a run: temporary, and gone when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.database import Connection, rows


@contextmanager
def scratch(con: Connection) -> Iterator[None]:
    """Drop at the end every temporary table that was not there at the start, also when the run fails."""
    before = _temporary(con)
    try:
        yield
    finally:
        drop(con, *sorted(_temporary(con) - before))


def drop(con: Connection, *tables: str) -> None:
    """Drop temporary tables that are not needed any more, to give their memory back."""
    for table in tables:
        con.execute(f'DROP TABLE IF EXISTS temp."{table}"')


def _temporary(con: Connection) -> set[str]:
    found = rows(con, "SELECT table_name FROM duckdb_tables() WHERE temporary AND database_name = 'temp'")
    return {str(name) for (name,) in found}
