"""How a unit's columns are compressed: as in the publication, where DuckDB has looked for the best way already.

To try every way for every column again in each of 164 units takes a sixth of the time of writing their databases, and
for a kecamatan alone finds no better one.
"""

from collections.abc import Iterable, Mapping

from warehouse.database import Connection, rows
from warehouse.entitlements import Recipient

_WAYS = ("Dictionary", "FSST", "BitPacking", "RLE", "ALP", "ALPRD")
"""Those that a column can be declared with and that are worth it in other rows, too: what is constant here may not be
so there, and for what is not compressed DuckDB may find a way."""

_FOUND = f"""
SELECT column_name, arg_max(compression, held)
FROM (
  SELECT column_name, compression, sum(count) AS held
  FROM pragma_storage_info(?)
  WHERE compression IN {_WAYS} AND NOT contains(column_path, ',') AND NOT ends_with(segment_type, ']')
  GROUP BY ALL
)
GROUP BY column_name
"""


def compressions(connection: Connection, publication: str, tables: Iterable[str]) -> dict[str, dict[str, str]]:
    """Give, by table and column, how a publication that is attached as `publication` is compressed.

    A column without an answer (a list, one that is constant) is left to DuckDB, and so is a table that it has not.
    """
    published = "SELECT table_name FROM duckdb_tables() WHERE database_name = ?"
    held = {name for (name,) in rows(connection, published, [publication])}
    return {
        table: dict(rows(connection, _FOUND, [f"{publication}.{table}"])) if table in held else {} for table in tables
    }


def as_published(recipient: Recipient, compressed: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Give how columns are compressed that show what the published ones hold: a mask makes other values of them."""
    return {
        view.shown_as: {
            column.name: way
            for column in view.columns()
            if column.mask is None and (way := compressed[view.table.name].get(column.name))
        }
        for view in recipient.views
    }
