"""What must hold of the pairs: only safe ones are joined, and those who decide are not swamped."""

from integration.linkage.decisions import COUNTED_DECISION, NEWEST_DECISION
from quality_checks.declared import stage_rules
from quality_checks.rule import Rule, no_rows
from warehouse.tables.declaration import table

_DECIDED = f"WITH counted_decision AS ({COUNTED_DECISION}), newest_decision AS ({NEWEST_DECISION})"


def _decided_different_are_apart() -> Rule:
    return no_rows(
        table("matched_pairs.person_link"),
        "decided_different_are_apart",
        "No two descriptions that somebody decided to be different speak of one person",
        f"""{_DECIDED}
        SELECT description_a, description_b
        FROM newest_decision
        JOIN matched_pairs.person_link AS a ON a.description_id = description_a
        JOIN matched_pairs.person_link AS b ON b.description_id = description_b
        WHERE verdict = 'different' AND a.cluster = b.cluster
        """,
    )


def _decided_are_not_asked() -> Rule:
    return no_rows(
        table("matched_pairs.review_queue"),
        "decided_are_not_asked",
        "No pair waits for a decision that has been decided",
        f"""{_DECIDED}
        SELECT q.description_a, q.description_b
        FROM newest_decision AS d
        JOIN matched_pairs.review_queue AS q
          ON d.description_a = least(q.description_a, q.description_b)
          AND d.description_b = greatest(q.description_a, q.description_b)
        WHERE verdict <> 'unknown'
        """,
        "warn",
    )


RULES = (
    *stage_rules("matched_pairs"),
    _decided_different_are_apart(),
    _decided_are_not_asked(),
)
