"""Whether a home can be explained: it was matched, by this version, to the end."""

import duckdb

from integration.linkage import Model
from warehouse.database import Connection, rows, table_exists
from warehouse.errors import HomeError

_TABLES = (
    (
        "matched_pairs",
        ("description", "record_description", "candidate_pair", "person_link", "review_queue", "decision"),
    ),
    ("linkage_memory", ("entity", "current", "decided", "family_pair", "strong_key", "state")),
)


def require_matched(con: Connection) -> None:
    """Raise `HomeError` when the home holds no matched pairs, or those of another version or of a broken-off run."""
    if not table_exists(con, "matched_pairs", "person_link"):
        raise HomeError(
            "There is nothing to explain: the home holds no matched pairs yet. Run `./padan run` on it first."
        )
    if not all(table_exists(con, schema, name) for schema, names in _TABLES for name in names):
        raise older_version()
    try:
        complete = all(done for (done,) in rows(con, "SELECT complete FROM linkage_memory.state"))
    except duckdb.Error as error:
        raise older_version() from error
    if not complete:
        raise HomeError(
            "The last run on this home broke off while it was matching, so that its pairs do not fit together. "
            "Run `./padan run` on it again."
        )


def older_version() -> HomeError:
    """Give the error for a home whose tables are not those of this version."""
    return HomeError(
        "The pairs of this home were matched by another version of Padan, which kept other tables. "
        "Run `./padan run` on it once more; nothing is lost by it."
    )


def other_model(model: Model, stored: float, computed: float) -> HomeError:
    """Give the error for a home whose weights are not those of the model in force."""
    return HomeError(
        f"The home was matched with another model than {model.label}: a pair is stored with {stored:.4f} bits, and "
        f"this model gives it {computed:.4f}. Run `./padan run` on it once more."
    )
