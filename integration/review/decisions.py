"""What people decided of pairs: kept for good, the newest of a pair counts, and what cannot all be true is found."""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import duckdb
import pyarrow as pa

from integration.linkage.decisions import COUNTED_DECISION, NEWEST_DECISION
from integration.review.answers import Answers
from warehouse.database import Connection, count, literal, rows, table_exists
from warehouse.durable import fsync_folder
from warehouse.errors import HomeError
from warehouse.settings import Home
from warehouse.tables import table

DECISION = "matched_pairs.decision"
SAVED = "decisions.parquet"
"""The copy in the home: the one thing of the working database that cannot be computed again from the deliveries."""


@dataclass(frozen=True)
class Contradiction:
    """Verdicts that cannot all hold: each neighbour in `chain` was called the same, yet its two ends are two persons.

    `because` says why they are two: somebody called them `different`, or both are persons of the civil `register`.
    """

    chain: tuple[int, ...]
    because: Literal["different", "register"]


def ensure(con: Connection, home: Home | None = None) -> None:
    """Create `matched_pairs.decision` where it is missing, and add what the copy in `home` has and it has not.

    Never takes a decision away. Raises `HomeError` when the copy cannot be read.
    """
    if not table_exists(con, *DECISION.split(".")):
        con.execute(table(DECISION).ddl())
    saved = home.path / SAVED if home else None
    if saved is None or not saved.is_file():
        return
    try:
        _add(con, f"read_parquet({literal(saved)})")
    except duckdb.Error as error:
        raise HomeError(
            f"The decisions kept in {saved} cannot be read ({type(error).__name__}). Put the file back from a backup; "
            "without one, move it away and import the filled workbooks again."
        ) from error


def save(con: Connection, home: Home) -> None:
    """Write all decisions to the copy in the home, in one step: a run that is killed leaves the old copy."""
    unfinished = home.path / f"{SAVED}.unfinished"
    con.execute(f"COPY (FROM {DECISION} ORDER BY ALL) TO {literal(unfinished)} (FORMAT parquet)")
    unfinished.replace(home.path / SAVED)
    fsync_folder(home.path)


def add(con: Connection, answers: Answers, decided_by: str) -> int:
    """Add the answers of a workbook to the decisions; give how many are new. The same again adds nothing."""
    pairs = [answer.pair for answer in answers.given]
    columns = {
        "description_a": pa.array((min(one.description_a, one.description_b) for one in pairs), pa.int64()),
        "description_b": pa.array((max(one.description_a, one.description_b) for one in pairs), pa.int64()),
        "verdict": pa.array((answer.verdict for answer in answers.given), pa.string()),
        "decided_by": pa.array([decided_by] * len(pairs), pa.string()),
        "decided_at": pa.array((answer.decided_at for answer in answers.given), pa.timestamp("us")),
        "note": pa.array((answer.note for answer in answers.given), pa.string()),
        "exported_at": pa.array((one.exported_at for one in pairs), pa.timestamp("us")),
        "sampled_as": pa.array((one.sampled_as for one in pairs), pa.string()),
        "reason": pa.array((one.reason for one in pairs), pa.string()),
        "match_probability": pa.array((one.match_probability for one in pairs), pa.float64()),
        "source_file": pa.array([answers.file] * len(pairs), pa.string()),
        "source_row_no": pa.array((answer.row for answer in answers.given), pa.int64()),
    }
    con.register("given_answer", pa.table(columns))
    try:
        return _add(con, "given_answer")
    finally:
        con.unregister("given_answer")


def _add(con: Connection, source: str) -> int:
    """Add those rows of `source` that are not there by the key of the table; give how many."""
    before = count(con, f"SELECT count(*) FROM {DECISION}")
    key = " AND ".join(f"old.{column} = new.{column}" for column in table(DECISION).key)
    con.execute(
        f"INSERT INTO {DECISION} BY NAME FROM {source} AS new WHERE NOT EXISTS (FROM {DECISION} AS old WHERE {key})"
    )
    return count(con, f"SELECT count(*) FROM {DECISION}") - before


def newest(con: Connection) -> None:
    """Write the temporary tables `counted_decision` and `newest_decision` (one row a pair), with every column.

    Both are empty where nobody ever decided.
    """
    if table_exists(con, *DECISION.split(".")):
        con.execute(f"CREATE OR REPLACE TEMP TABLE counted_decision AS {COUNTED_DECISION}")
    else:
        columns = ", ".join(f"{column.name} {column.type}" for column in table(DECISION).columns)
        con.execute(f"CREATE OR REPLACE TEMP TABLE counted_decision ({columns})")
    con.execute(f"CREATE OR REPLACE TEMP TABLE newest_decision AS {NEWEST_DECISION}")


def standing(con: Connection) -> int:
    """Write the temporary table `standing_decision(description_a, description_b, verdict)`; give its number of rows.

    One row for each pair (description_a < description_b) whose newest verdict is `same` or `different` and whose
    descriptions are both in `matched_pairs.description`: a fact that changed makes another description, and the pair
    is asked anew.
    """
    newest(con)
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE standing_decision AS
        SELECT description_a, description_b, verdict
        FROM newest_decision
        SEMI JOIN matched_pairs.description AS a ON a.description_id = description_a
        SEMI JOIN matched_pairs.description AS b ON b.description_id = description_b
        WHERE verdict <> 'unknown'
        """
    )
    return count(con, "SELECT count(*) FROM standing_decision")


def contradictions(con: Connection) -> list[Contradiction]:
    """Find the standing verdicts that cannot all hold, each with the shortest chain; triangles have a chain of three.

    Leaves `standing_decision` behind. All verdicts are kept; a caller may hold `different` for the stronger one.
    """
    standing(con)
    neighbours: dict[int, list[int]] = defaultdict(list)
    for one, other in rows(
        con,
        """
        SELECT description_a, description_b FROM standing_decision WHERE verdict = 'same'
        UNION ALL SELECT description_b, description_a FROM standing_decision WHERE verdict = 'same'
        ORDER BY ALL
        """,
    ):
        neighbours[one].append(other)
    apart = set(rows(con, "SELECT description_a, description_b FROM standing_decision WHERE verdict = 'different'"))
    registered = {
        one
        for (one,) in rows(
            con,
            """
            SELECT DISTINCT description_id FROM matched_pairs.description
            JOIN standing_decision ON description_id IN (description_a, description_b)
            WHERE of_register
            """,
        )
    }
    found = []
    for start in sorted(registered | {one for one, _ in apart}):
        for end, chain in _reached(neighbours, start).items():
            if (start, end) in apart:
                found.append(Contradiction(chain, "different"))
            elif start < end and {start, end} <= registered:
                found.append(Contradiction(chain, "register"))
    return sorted(found, key=lambda one: (len(one.chain), one.chain))


def _reached(neighbours: Mapping[int, list[int]], start: int) -> dict[int, tuple[int, ...]]:
    """Give everything that hangs together with `start`, and the shortest chain to each."""
    chains: dict[int, tuple[int, ...]] = {start: (start,)}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for there in neighbours.get(here, ()):
            if there not in chains:
                chains[there] = (*chains[here], there)
                waiting.append(there)
    del chains[start]
    return chains
