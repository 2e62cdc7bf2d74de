"""A publication opened beside others: each declared table with the columns of today."""

from collections.abc import Mapping

from warehouse.database import Connection, count, literal, rows
from warehouse.publication import Publication
from warehouse.tables import Table, stage_tables


def attach_side_by_side(connection: Connection, named: Mapping[str, Publication]) -> dict[str, tuple[str, ...]]:
    """Attach publications as `attach_publication` does, to be compared by `target_id`; give what each does not have.

    Targets have in all of them the id that they have in the newest: a key that was rotated makes nobody another.
    """
    missing: dict[str, tuple[str, ...]] = {}
    newest: str | None = None
    for name, one in sorted(named.items(), key=lambda item: item[1].version, reverse=True):
        missing[name] = attach_publication(connection, name, one, renamed_in=newest)
        if not missing.keys() - {name} and count(connection, f"SELECT count(*) FROM {name}_target_alias"):
            newest = name
    return {name: missing[name] for name in named}


def attach_publication(
    connection: Connection, name: str, publication: Publication, *, renamed_in: str | None = None
) -> tuple[str, ...]:
    """Attach a publication read-only as `name`, with a temporary view `<name>_<table>` of each declared table.

    What a publication of an older shape did not know is null, a table it did not have is empty; the names of those
    are given. With `renamed_in`, a later publication that is attached, target ids are those of that one.
    """
    connection.execute(f"ATTACH {literal(publication.database)} AS {name} (READ_ONLY)")
    found: dict[str, set[str]] = {}
    columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ?"
    for table, column in rows(connection, columns, [name]):
        found.setdefault(table, set()).add(column)
    declared = stage_tables("targeting")
    for table in declared.values():
        source = _as_declared(name, table, found.get(table.name))
        if renamed_in and "target_id" in table.column_names and table.name != "target_alias":
            source = f"""SELECT t.* REPLACE (coalesce(a.target_id, t.target_id) AS target_id) FROM ({source}) AS t
                LEFT JOIN {renamed_in}_target_alias AS a ON a.old_target_id = t.target_id"""
        connection.execute(f"CREATE TEMP VIEW {name}_{table.name} AS {source}")
    return tuple(table for table in declared if table not in found)


def _as_declared(name: str, table: Table, published: set[str] | None) -> str:
    columns = ", ".join(
        f'"{c.name}"' if published and c.name in published else f'NULL::{c.type} AS "{c.name}"' for c in table.columns
    )
    return f"SELECT {columns} FROM {name}.{table.name}" if published else f"SELECT {columns} WHERE false"
