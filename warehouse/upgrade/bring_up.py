"""Bringing a home up to the layout of this Padan when it is opened for writing."""

import duckdb

from warehouse.settings import Home
from warehouse.upgrade.layout import HERE, write_note, written_by
from warehouse.upgrade.memories import widen_memories
from warehouse.upgrade.migrations import MIGRATIONS


def bring_up_to_date(home: Home, connection: duckdb.DuckDBPyConnection) -> None:
    """Do what is missing between the home's layout and today's, each step whole or not at all, and note it.

    A kill in between leaves a home that the next call finishes. Call `refuse_newer` before the database is opened.
    Raises `HomeError`.
    """
    note = written_by(home)
    for migration in MIGRATIONS:
        if migration.layout > note.layout:
            connection.execute("BEGIN")
            try:
                migration.do(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    widen_memories(connection)
    if note != HERE:
        write_note(home)
