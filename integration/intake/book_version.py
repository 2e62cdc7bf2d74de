"""In which state the books of intake are: one short text that is another when any delivery is."""

from warehouse.database import Connection, rows
from warehouse.made import digest


def book_version(connection: Connection, dataset: str | None = None) -> str:
    """Give the state of one dataset's deliveries, or of all: which there are, what became of each, how many rows."""
    found = rows(
        connection,
        """
        SELECT delivery_id, any_value(status), count(source_file_id), sum(read_rows), sum(refused_rows)
        FROM agency_extracts.delivery LEFT JOIN agency_extracts.source_file USING (delivery_id)
        WHERE ?::VARCHAR IS NULL OR dataset = ?
        GROUP BY delivery_id ORDER BY delivery_id
        """,
        [dataset, dataset],
    )
    return digest(*found)
