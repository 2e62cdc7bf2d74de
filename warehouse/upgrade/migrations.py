"""What has to be done to a home of an older layout, in order; each may be killed and called again."""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from warehouse.upgrade.memories import columns_of

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Migration:
    """One step: the layout it leads to, what it does in a sentence, and the doing, inside a transaction."""

    layout: int
    says: str
    do: Callable[[Connection], None]


def _keep_ids_of_before(connection: Connection) -> None:
    """Keep who was who last night, for the matching to go on from (`integration/persons/ids_before.sql`)."""
    standing = columns_of(connection)
    if "persons.person_source" not in standing or "persons.person_anchor" in standing:
        return
    connection.execute(
        "CREATE OR REPLACE TABLE persons.person_before AS SELECT record_id, person_id FROM persons.person_source"
    )


def _give_raw_rows_to_files(connection: Connection) -> None:
    """Take `delivery_id` out of the raw rows; to which deliveries a file belongs stands in `source_file`."""
    for name, columns in columns_of(connection).items():
        if name.startswith("agency_extracts.") and {"delivery_id", "source_row_no"} <= set(columns):
            connection.execute(f"ALTER TABLE {name} DROP COLUMN delivery_id")


MIGRATIONS = (
    Migration(
        1,
        "Homes of the first release did not remember by what a person is known: tonight's persons keep their ids.",
        _keep_ids_of_before,
    ),
    Migration(
        2,
        "Each delivery had raw rows of its own: now they belong to a file, which may come in several deliveries.",
        _give_raw_rows_to_files,
    ),
)
