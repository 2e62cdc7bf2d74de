"""What people decided about pairs, as the matching takes it."""

from integration.linkage.engine import Engine

COUNTED_DECISION = """
SELECT *
FROM matched_pairs.decision
QUALIFY verdict IS DISTINCT FROM lag(verdict) OVER (
    PARTITION BY description_a, description_b, decided_by, exported_at ORDER BY decided_at, verdict)
"""
"""The decisions without those an unchanged answer repeats: it was given when the workbook was first saved with it, so
that a forgotten row does not outvote what somebody else has said since."""
NEWEST_DECISION = """
SELECT *
FROM counted_decision
QUALIFY row_number() OVER (
    PARTITION BY description_a, description_b
    ORDER BY decided_at DESC, list_position(['different', 'unknown', 'same'], verdict), decided_by) = 1
"""
"""The one decision of each pair that counts; of two of one moment, `different` before `unknown` before `same`."""

# The one to be placed first; of two outside the spine the larger number, as the engine pairs them.
_DECIDED = """
SELECT DISTINCT
  CASE WHEN x.in_spine AND NOT y.in_spine OR x.in_spine = y.in_spine AND x.entity_id < y.entity_id
       THEN y.entity_id ELSE x.entity_id END AS a,
  CASE WHEN x.in_spine AND NOT y.in_spine OR x.in_spine = y.in_spine AND x.entity_id < y.entity_id
       THEN x.entity_id ELSE y.entity_id END AS b,
  verdict
FROM newest_decision
JOIN linkage_memory.entity AS x ON x.entity_id = description_a
JOIN linkage_memory.entity AS y ON y.entity_id = description_b
WHERE verdict IN ('same', 'different') AND x.entity_id <> y.entity_id
"""


def read_decisions(engine: Engine) -> None:
    """Fill `decided(a, b, verdict)`: the newest decision of each pair of which both still say what they said then.

    A changed fact makes another description, so a decision about facts that have changed no longer counts.
    """
    engine.sql("counted_decision", COUNTED_DECISION)
    engine.sql("newest_decision", NEWEST_DECISION)
    engine.sql("decided", _DECIDED)


def remember_decisions(engine: Engine, first: bool) -> None:
    """Keep `decided` for the next night; `decided_before` holds those of last night, the `first` one knows none."""
    engine.sql("decided_before", "FROM decided LIMIT 0" if first else "FROM linkage_memory.decided")
    engine.sql("linkage_memory.decided", "FROM decided")
