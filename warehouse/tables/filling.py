"""Making declared tables: anew from a query, in part, or only where they are missing."""

from warehouse.database import Connection
from warehouse.tables.declaration import Table


def fill(con: Connection, declared: Table, source: str) -> None:
    """Make the table anew from `source`, a table or a query in brackets that has its columns."""
    con.execute(declared.ddl())
    con.execute(f"INSERT INTO {declared.full_name} {declared.select(source)}")


def replace(con: Connection, declared: Table, source: str, which: str) -> None:
    """Put the rows of `source` in the place of those of which the condition `which` is true."""
    con.execute(f"DELETE FROM {declared.full_name} WHERE {which}")
    con.execute(f"INSERT INTO {declared.full_name} {declared.select(source)}")


def ensure(con: Connection, declared: Table) -> None:
    """Make the table, empty, where it does not exist: what it holds is a memory and stays."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {declared.schema}")
    con.execute(declared.ddl().replace("CREATE OR REPLACE TABLE", "CREATE TABLE IF NOT EXISTS", 1))
