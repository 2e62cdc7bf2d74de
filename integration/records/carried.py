"""Rows of files that came again unchanged: a delivery that comes again gives every file of it a new id.

What was made of the same bytes, read in the same way, for the same place and day, is the same under the new id.
"""

from warehouse.database import Connection, count

CARRIED = "carried_file"
"""The temporary table of such files: `before`, `source_file_id` and `delivery_id` of now."""
_BOOKED = "(SELECT * FROM agency_extracts.source_file JOIN agency_extracts.delivery USING (delivery_id))"
_THE_SAME = ("dataset", "kab_code", "period", "snapshot_date", "source_file", "sha256", "read_as")


def carry_over(connection: Connection, table: str, wanted: str, **instead: str) -> int:
    """Copy the rows of `table` that stand for a file of before to the file's id of now; give how many files.

    `wanted` is a query for the ids of now. `instead` gives the SQL of other columns that hold an id, by column: in it
    `c` is the line of `CARRIED` and `t` the row. The rows of before stay; who calls takes them out.
    """
    held = f"(SELECT DISTINCT source_file_id FROM {table})"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {CARRIED} AS
        SELECT b.source_file_id AS before, n.source_file_id, n.delivery_id
        FROM {_BOOKED} AS b
        JOIN {_BOOKED} AS n USING ({", ".join(_THE_SAME)})
        WHERE b.region_code_system IS NOT DISTINCT FROM n.region_code_system
            AND b.source_file_id IN {held} AND n.source_file_id NOT IN {held} AND n.source_file_id IN ({wanted})
        QUALIFY row_number() OVER (PARTITION BY n.source_file_id ORDER BY b.received_at DESC, b.source_file_id) = 1"""
    )
    replaced = {"source_file_id": "c.source_file_id", **instead}
    if found := count(connection, f"SELECT count(*) FROM {CARRIED}"):
        told = ", ".join(f"{sql} AS {name}" for name, sql in replaced.items())
        connection.execute(
            f"INSERT INTO {table} SELECT t.* REPLACE ({told}) FROM {table} AS t "
            f"JOIN {CARRIED} AS c ON c.before = t.source_file_id"
        )
    return found
