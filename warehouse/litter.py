"""Rows that were deleted lie in their tables until a checkpoint merges row groups, which DuckDB does on one core.

It merges whenever that makes one row group less, also of tables that were just written by two threads and are whole:
20 s of a first night with 2.6 million people, and 11 s of a night on which 1 % of the rows are others.
"""

from warehouse.database import Connection, count, rows

_FEW = 500_000
_MOST = 0.5
"""How many rows may be deleted in a table, and how many more for each row that stands. From its last row groups, of
122,880 rows each, DuckDB takes nothing out: a small table would be called littered every night."""


def merge_only_litter(connection: Connection) -> bool:
    """Let checkpoints merge row groups only if some table is littered; say whether they do.

    Then all that can be merged in the database is. What is deleted from every row group of a table costs room and
    reading as long as it lies there, and nothing else.
    """
    held = "SELECT schema_name || '.' || table_name, estimated_size FROM duckdb_tables() WHERE NOT temporary"
    littered = any(
        size > _FEW and size > _FEW + (1 + _MOST) * count(connection, f"SELECT count(*) FROM {name}")
        for name, size in rows(connection, held)  # the size counts what was deleted
    )
    connection.execute("RESET max_vacuum_tasks" if littered else "SET max_vacuum_tasks = 0")
    return littered
