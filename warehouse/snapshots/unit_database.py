"""The DuckDB file of a unit: written, or the one of the snapshot before with little in it replaced."""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from warehouse.database import Connection, count, literal, transaction
from warehouse.publication import STORAGE_VERSION
from warehouse.snapshots.unchanged import Unchanged


def write_database(
    connection: Connection,
    path: Path,
    alias: str,
    queries: Mapping[str, str],
    unchanged: Unchanged,
    naming_nobody: Collection[str],
) -> dict[str, int]:
    """Write the rows of each query as a table, attached as `alias` meanwhile; give how many there are of each.

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
                name: held[name] if name in standing else count(connection, f'CREATE TABLE {alias}."{name}" AS {query}')
                for name, query in queries.items()
            }
    finally:
        connection.execute(f"DETACH {alias}")
