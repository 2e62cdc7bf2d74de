"""What the linkage remembers from one night to the next, so that only what changed is worked on.

Everything in the schema `linkage_memory` may be deleted: the next night then does the whole work, with the same result.
It holds what is in force and nothing else: what is gone, or is another than last night, is taken out with all that was
found out about it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

import duckdb

from integration.linkage.model import Model
from warehouse.database import Connection, rows, table_exists

SCHEMA = "linkage_memory"
_SHAPE = 2
"""Raised when the tables of the memory get another shape or meaning, so that older ones are not used."""


@dataclass(frozen=True)
class Memory:
    """What can be used of the memory tonight: the size of the spine it was made with; None, and nothing can."""

    spine_size: float | None


def recall(con: Connection, model: Model, *, afresh: bool = False) -> Memory:
    """Open the memory for a night; what another model, engine or an unfinished night left is thrown away."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    if not afresh and table_exists(con, SCHEMA, "state") and table_exists(con, "matched_pairs", "person_link"):
        ((fingerprint, size, complete),) = rows(con, f"SELECT fingerprint, spine_size, complete FROM {SCHEMA}.state")
        if complete and fingerprint == _fingerprint(model):
            con.execute(f"UPDATE {SCHEMA}.state SET complete = false")
            return Memory(spine_size=float(size))
    forget(con)
    return Memory(spine_size=None)


def keep(con: Connection, model: Model, size: float) -> None:
    """Say that the night is complete: from here on its memory counts."""
    con.execute(
        f"""CREATE OR REPLACE VIEW {SCHEMA}.current AS
        SELECT entity_id, entity_id AS description_id, in_spine FROM {SCHEMA}.entity"""
    )
    con.execute(
        f"CREATE OR REPLACE TABLE {SCHEMA}.state AS SELECT ? AS fingerprint, ?::DOUBLE AS spine_size, true AS complete",
        [_fingerprint(model), size],
    )


def forget(con: Connection) -> None:
    """Throw the memory away."""
    con.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    con.execute(f"CREATE SCHEMA {SCHEMA}")


def _fingerprint(model: Model) -> str:
    """Everything a remembered result hangs on: the model, the shape of the memory, the engine's hash function."""
    return hashlib.sha256(
        json.dumps([asdict(model), _SHAPE, duckdb.__version__], sort_keys=True, default=str).encode()
    ).hexdigest()
