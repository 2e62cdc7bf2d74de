"""What the linkage remembers from one night to the next, so that only what changed is worked on.

Everything in the schema `linkage_memory` may be deleted: the next night then does the whole work, with the same result.
Entities, their keys and what was found out about pairs of them are only ever added to, as an entity's number changes
with anything that is known of it; `current` says which entities are in force.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

import duckdb

from integration.linkage.model import Model
from warehouse.database import Connection, rows, table_exists

SCHEMA = "linkage_memory"
_SHAPE = 1
"""Raised when the tables of the memory get another shape or meaning, so that older ones are not used."""
_MOST_STALE = 0.5
"""Share of remembered entities that are out of force from which on the memory is made anew."""


@dataclass(frozen=True)
class Memory:
    """What can be used of the memory tonight; `night` counts the nights since it was made."""

    night: int
    knows_contents: bool
    spine_size: float | None

    def knows_entities(self, size: float) -> bool:
        """Whether the entities hold: the spine still has the size their frequencies were reckoned with."""
        return self.knows_contents and self.spine_size == size


def recall(con: Connection, model: Model, *, afresh: bool = False) -> Memory:
    """Open the memory for a night; what another model, engine or an unfinished night left is thrown away."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    if not afresh and table_exists(con, SCHEMA, "state"):
        ((fingerprint, night, size, complete),) = rows(
            con, f"SELECT fingerprint, night, spine_size, complete FROM {SCHEMA}.state"
        )
        if complete and fingerprint == _fingerprint(model) and _is_fresh(con):
            con.execute(f"UPDATE {SCHEMA}.state SET complete = false")
            return Memory(night=int(night) + 1, knows_contents=True, spine_size=float(size))
    forget(con)
    return Memory(night=1, knows_contents=False, spine_size=None)


def keep(con: Connection, model: Model, memory: Memory, size: float) -> None:
    """Say that the night is complete: from here on its memory counts."""
    con.execute(
        f"""CREATE OR REPLACE TABLE {SCHEMA}.state AS
        SELECT ? AS fingerprint, ?::BIGINT AS night, ?::DOUBLE AS spine_size, true AS complete""",
        [_fingerprint(model), memory.night, size],
    )


def forget(con: Connection) -> None:
    """Throw the memory away."""
    con.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    con.execute(f"CREATE SCHEMA {SCHEMA}")


def _is_fresh(con: Connection) -> bool:
    ((known, current),) = rows(
        con, f"SELECT (SELECT count(*) FROM {SCHEMA}.entity), (SELECT count(*) FROM {SCHEMA}.current)"
    )
    return int(known) * (1 - _MOST_STALE) <= int(current)


def _fingerprint(model: Model) -> str:
    """Everything a remembered result hangs on: the model, the shape of the memory, the engine's hash function."""
    return hashlib.sha256(
        json.dumps([asdict(model), _SHAPE, duckdb.__version__], sort_keys=True, default=str).encode()
    ).hexdigest()
