"""A publication opened beside others: each declared table with the columns of today."""

from warehouse.database import Connection, literal, rows
from warehouse.publication import Publication
from warehouse.tables import Table, stage_tables


def attach_publication(connection: Connection, name: str, publication: Publication) -> tuple[str, ...]:
    """Attach a publication read-only as `name`, with a temporary view `<name>_<table>` of each declared table.

    What a publication of an older shape did not know is null, a table it did not have is empty; the names of those
    are given.
    """
    connection.execute(f"ATTACH {literal(publication.database)} AS {name} (READ_ONLY)")
    found: dict[str, set[str]] = {}
    columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?"
    for table, column in rows(connection, columns, [name]):
        found.setdefault(table, set()).add(column)
    declared = stage_tables("targeting")
    for table in declared.values():
        connection.execute(
            f"CREATE TEMP VIEW {name}_{table.name} AS {_as_declared(name, table, found.get(table.name))}"
        )
    return tuple(table for table in declared if table not in found)


def _as_declared(name: str, table: Table, published: set[str] | None) -> str:
    columns = ", ".join(
        f'"{c.name}"' if published and c.name in published else f'NULL::{c.type} AS "{c.name}"' for c in table.columns
    )
    return f"SELECT {columns} FROM {name}.{table.name}" if published else f"SELECT {columns} WHERE false"
