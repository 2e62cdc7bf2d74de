"""What no night makes anew: its tables keep their rows when a new Padan declares other columns."""

import duckdb

from warehouse.errors import HomeError
from warehouse.tables import Table, table

MEMORIES = (
    "agency_extracts.delivery",
    "agency_extracts.source_file",
    "agency_extracts.quarantine",
    "agency_extracts.delivery_measure",
    "matched_pairs.decision",
    *(f"persons.{kind}_{name}" for kind in ("person", "family") for name in ("whole", "anchor", "history", "alias")),
    "targeting.published_target",
    "targeting.target_alias",
)
"""Tables to which a night adds; all others it makes anew."""


def columns_of(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Give the columns of every table of the working database, with their types, in order."""
    found: dict[str, dict[str, str]] = {}
    for name, column, kind in connection.execute(
        """SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()
        WHERE database_name = current_database() AND NOT internal ORDER BY column_index"""
    ).fetchall():
        found.setdefault(name, {})[column] = kind
    return found


def widen_memories(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Give every memory the columns that are declared, in that order, and say which were changed.

    What was not written before is null: unknown. A column that is declared no more goes. Raises `HomeError` where a
    new column must be filled and there are rows that know nothing of it: that needs a migration.
    """
    standing = columns_of(connection)
    declared = [table(name) for name in MEMORIES if name in standing]
    other = [one for one in declared if tuple(standing[one.full_name]) != one.column_names]
    for one in other:
        _rebuild(connection, one, standing[one.full_name])
    return [one.full_name for one in other]


def _rebuild(connection: duckdb.DuckDBPyConnection, declared: Table, columns: dict[str, str]) -> None:
    wider = f"{declared.full_name}__wider"
    kept = ", ".join(f'"{name}"' for name in declared.column_names if name in columns)
    connection.execute("BEGIN")
    try:
        connection.execute(declared.ddl(wider))
        connection.execute(f"INSERT INTO {wider} BY NAME SELECT {kept} FROM {declared.full_name}")
        connection.execute(f"DROP TABLE {declared.full_name}")
        connection.execute(f"ALTER TABLE {wider} RENAME TO {declared.name}")
    except duckdb.ConstraintException as error:
        connection.execute("ROLLBACK")
        new = ", ".join(name for name in declared.column_names if name not in columns)
        raise HomeError(
            f"The table {declared.full_name} was written by an older Padan, which knew nothing of {new}; this one "
            "needs it in every row. Use the Padan before, and tell its makers: a migration is missing."
        ) from error
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
