"""Which pairs a person is asked about, in which order, and what is shown of them."""

import datetime as dt
from dataclasses import dataclass

from integration.review.decisions import newest
from integration.review.labels import labels
from integration.review.pair import AskedPair
from warehouse.database import Connection, count, rows, table_exists
from warehouse.errors import HomeError


@dataclass(frozen=True)
class Question:
    """A pair with what is shown of both sides, field by field as in `labels.yaml`; None means not known.

    `differs` marks the fields in which both sides say something and it is not the same.
    """

    pair: AskedPair
    shown_a: tuple[str | None, ...]
    shown_b: tuple[str | None, ...]
    differs: tuple[bool, ...]


@dataclass(frozen=True)
class Questions:
    """The rows of one workbook, most valuable first; `open` counts all doubtful pairs that wait for a decision."""

    rows: tuple[Question, ...]
    exported_at: dt.datetime
    doubtful: int
    check: int
    open: int


def ask(con: Connection, limit: int, check: int, exported_at: dt.datetime) -> Questions:
    """Choose at most `limit` doubtful pairs and `check` automatic links, and look up what is shown of them.

    Doubtful are the pairs of `matched_pairs.review_queue` on which no verdict stands; those that somebody could not
    tell come last. The check pairs are drawn by the hash of their ids among the automatic links nobody has judged, so
    that the draw is random, the same if repeated, and goes on where the last one ended; they stand between the others.
    A read-only connection will do. Raises `HomeError` when the home was never matched.
    """
    require_matched(con)
    newest(con)
    con.execute(_OPEN)
    con.execute(_ASKED, {"limit": limit, "check": check})
    found = rows(con, _shown())
    questions = tuple(
        Question(
            AskedPair(one, other, sampled_as, reason, probability, exported_at), tuple(a), tuple(b), tuple(differs)
        )
        for one, other, sampled_as, reason, probability, a, b, differs in found
    )
    checked = sum(one.pair.sampled_as == "check" for one in questions)
    return Questions(questions, exported_at, len(questions) - checked, checked, open_pairs(con))


def require_matched(con: Connection) -> None:
    """Raise `HomeError` when the home holds no matched pairs yet."""
    for needed in ("description", "record_description", "candidate_pair", "review_queue"):
        if not table_exists(con, "matched_pairs", needed):
            raise HomeError(
                f"There is nothing to review: the home has no table matched_pairs.{needed}. "
                "Run `./padan run` on it first."
            )


def open_pairs(con: Connection) -> int:
    """Count the doubtful pairs on which no verdict stands; needs the temporary table `newest_decision`."""
    con.execute(_OPEN)
    return count(con, "SELECT count(*) FROM open_pair")


_OPEN = """
CREATE OR REPLACE TEMP TABLE open_pair AS
SELECT q.*, d.verdict IS NOT NULL AS asked_before
FROM matched_pairs.review_queue AS q
LEFT JOIN newest_decision AS d
    ON d.description_a = least(q.description_a, q.description_b)
    AND d.description_b = greatest(q.description_a, q.description_b)
WHERE d.verdict IS NULL OR d.verdict = 'unknown'
"""

# One hash draws the sample, another one places it: the drawn have the lowest of the first, and would all stand on top.
_ASKED = """
CREATE OR REPLACE TEMP TABLE asked_pair AS
WITH doubtful AS (
    SELECT description_a, description_b, 'doubtful' AS sampled_as, reason, match_probability,
        row_number() OVER (
            ORDER BY asked_before, targets_touched DESC, match_probability DESC, description_a, description_b) AS rank
    FROM open_pair
    QUALIFY rank <= $limit
),
automatic AS (
    SELECT description_a, description_b, 'check' AS sampled_as, NULL AS reason, match_probability,
        least(description_a, description_b) || ' ' || greatest(description_a, description_b) AS ids
    FROM matched_pairs.candidate_pair AS c
    WHERE chosen AND match_band = 'auto' AND match_method <> 'manual'
        AND NOT EXISTS (
            FROM newest_decision AS d
            WHERE d.description_a = least(c.description_a, c.description_b)
                AND d.description_b = greatest(c.description_a, c.description_b))
        AND NOT EXISTS (
            FROM matched_pairs.review_queue AS q
            WHERE least(q.description_a, q.description_b) = least(c.description_a, c.description_b)
                AND greatest(q.description_a, q.description_b) = greatest(c.description_a, c.description_b))
    ORDER BY md5('draw ' || ids), ids
    LIMIT $check
)
SELECT * EXCLUDE rank, rank / (SELECT count(*) + 1 FROM doubtful) AS place FROM doubtful
UNION ALL
SELECT * EXCLUDE ids, ('0x' || left(md5('place ' || ids), 8))::UBIGINT / 4294967296 FROM automatic
"""


def _shown() -> str:
    """Give the query of the asked pairs in their order, with lists of what is shown of a, of b, and what differs."""
    fields = labels().fields
    shown = ", ".join(f"({field.shown})::VARCHAR" for field in fields)
    differs = ", ".join(f"coalesce({field.differs}, false)" for field in fields)
    return f"""
        WITH asked AS (SELECT DISTINCT unnest([description_a, description_b]) AS description_id FROM asked_pair),
        newest_record AS (
            SELECT description_id, record AS written
            FROM matched_pairs.record_description
            SEMI JOIN asked USING (description_id)
            JOIN clean_records.person_record AS record USING (record_id)
            QUALIFY row_number() OVER (
                PARTITION BY description_id
                ORDER BY record.snapshot_date DESC NULLS LAST, record.source_file DESC, record.source_row_no DESC) = 1
        ),
        shown AS (
            SELECT description_id, [{shown}] AS facts
            FROM asked
            JOIN matched_pairs.description USING (description_id)
            LEFT JOIN newest_record USING (description_id)
        )
        SELECT p.description_a, p.description_b, p.sampled_as, p.reason, p.match_probability,
            shown_a.facts, shown_b.facts, [{differs}]
        FROM asked_pair AS p
        JOIN shown AS shown_a ON shown_a.description_id = p.description_a
        JOIN shown AS shown_b ON shown_b.description_id = p.description_b
        JOIN matched_pairs.description AS a ON a.description_id = p.description_a
        JOIN matched_pairs.description AS b ON b.description_id = p.description_b
        ORDER BY p.place, p.description_a, p.description_b
        """
