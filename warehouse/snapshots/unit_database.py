"""The DuckDB file of a unit: written, or the one of the snapshot before with little in it replaced."""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from warehouse.database import Connection, count, literal, rows, transaction
from warehouse.publication import STORAGE_VERSION
from warehouse.snapshots.unchanged import Unchanged


def write_database(
    connection: Connection,
    path: Path,
    alias: str,
    queries: Mapping[str, str],
    unchanged: Unchanged,
    naming_nobody: Collection[str],
    definitions: Mapping[str, str],
) -> dict[str, int]:
    """Write the rows of each query as a table, attached as `alias` meanwhile; give how many there are of each.

    `definitions` are the columns of tables (`column_definitions`); one that is not among them has those of its query.

    Where all tables that are others tonight are `naming_nobody`, the file before is copied and those are replaced. No
    other table is ever dropped from a copy: the blocks it lay in would go to the recipient, old rows and all.
    """
    held = unchanged.held()
    others = set(held) - unchanged.tables
    before = unchanged.file(path.name) if others <= set(naming_nobody) else None
    standing = unchanged.tables if before else set()
    if before:
        shutil.copyfile(before, path)
    # A file that a kill leaves is thrown away: a log to mend it by would be every row written twice.
    attached = f"STORAGE_VERSION '{STORAGE_VERSION}', RECOVERY_MODE NO_WAL_WRITES"
    connection.execute(f"ATTACH {literal(path)} AS {alias} ({attached})")
    try:
        with transaction(connection):
            for name in others if before else ():
                connection.execute(f'DROP TABLE {alias}."{name}"')
            return {
                name: held[name]
                if name in standing
                else _written(connection, f'{alias}."{name}"', query, definitions.get(name))
                for name, query in queries.items()
            }
    finally:
        connection.execute(f"DETACH {alias}")


def column_definitions(
    connection: Connection, queries: Mapping[str, str], compressed: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Give the columns of each query as a table is defined by them.

    `compressed` says of columns by table how they are; of the others DuckDB finds the best way.
    """
    return {table: _columns(connection, query, compressed.get(table, {})) for table, query in queries.items()}


def _columns(connection: Connection, query: str, compressed: Mapping[str, str]) -> str:
    return ", ".join(
        f'"{name}" {kind}' + (f" USING COMPRESSION {compressed[name]}" if name in compressed else "")
        for name, kind, *_ in rows(connection, f"DESCRIBE {query}")
    )


def _written(connection: Connection, table: str, query: str, columns: str | None) -> int:
    """Write the rows of a query as a new table; give how many."""
    if columns is None:
        return count(connection, f"CREATE TABLE {table} AS {query}")
    connection.execute(f"CREATE TABLE {table} ({columns})")
    return count(connection, f"INSERT INTO {table} {query}")
