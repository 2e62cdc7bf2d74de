"""Who gets whom: each description at most one person, and a person at most one of a snapshot that holds each once."""

from integration.linkage.engine import Engine, number
from integration.linkage.model import Model
from warehouse.database import literal

_MOST_ROUNDS = 20

RIVAL = 10.0
"""Bits below the best person of a description from which on another one is no rival: a thousand to one."""


def rivals(pairs: str) -> str:
    """Give the query of the pairs that a decision looks at: not forbidden by rule or person, near the best of their a.

    `pairs` is a query or table with a, b, levels, weight, forbidden, may_repeat; `decided(a, b, verdict)` what people
    said.
    """
    return f"""SELECT a, b, levels, weight, may_repeat
    FROM {pairs} AS p
    WHERE forbidden IS NULL
      AND NOT EXISTS (SELECT 1 FROM decided AS d WHERE d.verdict = 'different' AND d.a = p.a AND d.b = p.b)
    QUALIFY weight >= max(weight) OVER (PARTITION BY a) - {RIVAL}"""


def exclusive_snapshots(engine: Engine, model: Model, name: str, entities: str) -> None:
    """Make `name(entity_id, snapshot, repeats)`: the snapshots that hold each person once, for those of `entities`."""
    repeating = [source.source for source in model.exclusive if source.repeats]
    of_repeating = " OR ".join(f"snapshot = {literal(name)} OR starts_with(snapshot, {literal(name + ' ')})"
                               for name in repeating) or "false"  # fmt: skip
    engine.sql(
        name,
        f"""SELECT entity_id, snapshot, ({of_repeating}) AS repeats
        FROM (SELECT entity_id, unnest(exclusive_in) AS snapshot FROM {entities} WHERE exclusive_in IS NOT NULL)""",
    )


def assign(engine: Engine, model: Model, open_pairs: str, link: str, entities: str) -> None:
    """Add to `link(a, b, levels, weight)` what can be joined without asking, of the `rivals` in `open_pairs`.

    A description speaks of one person of the spine or of nobody in it, so the chance of a person is 2^weight over 1
    (for nobody) plus the sum of all of them: two namesakes share one half each. Rounds of proposals: every free
    description proposes to its best person still open to it, if that chance reaches the auto band; of those of one
    exclusive snapshot that propose to the same person the strongest is taken. A taken person is no rival any more, so
    that the second of two twins becomes clear once the first is placed. Both sides of an accepted pair prefer it to
    whatever was open, which is the stable solution of the assignment; the optimal one (largest sum) would let a
    doubtful pair push a certain one aside. Ends when a round changes nothing; ties go by content, never by row order.
    """
    engine.sql("holder", f"SELECT a, b, levels, weight FROM {link} WHERE b IN (SELECT b FROM {open_pairs})")
    exclusive_snapshots(
        engine, model, "exclusive",
        f"""(SELECT entity_id, exclusive_in FROM {entities}
        WHERE entity_id IN (SELECT a FROM {open_pairs} UNION SELECT a FROM holder))""",
    )  # fmt: skip
    engine.sql("free_pair", f"FROM {open_pairs}")
    for _ in range(_MOST_ROUNDS):
        engine.sql("taken", _TAKEN)
        engine.sql("open_pair", _OPEN)
        engine.sql("proposal", _PROPOSAL.format(auto=model.auto))
        engine.sql("accepted", _ACCEPTED)
        if number(engine, "SELECT count(*) FROM accepted") == 0:
            break
        engine.sql(link, "FROM accepted", append=True)
        engine.sql("holder", "FROM accepted", append=True)
        engine.sql("free_pair", "SELECT * FROM free_pair WHERE a NOT IN (SELECT a FROM accepted)")


_TAKEN = """
SELECT DISTINCT b, snapshot
FROM holder
JOIN exclusive AS e ON e.entity_id = holder.a
WHERE b IN (SELECT b FROM free_pair)
"""

# A person is closed to a description when another one of the same snapshot has been placed on them.
_OPEN = """
SELECT w.a, w.b, w.levels, w.weight, w.may_repeat
FROM free_pair AS w
LEFT JOIN (
  SELECT DISTINCT w.a, w.b, s.repeats
  FROM free_pair AS w
  JOIN taken ON taken.b = w.b
  JOIN exclusive AS s ON s.entity_id = w.a AND s.snapshot = taken.snapshot
) AS closed ON closed.a = w.a AND closed.b = w.b
WHERE closed.a IS NULL OR closed.repeats AND w.may_repeat
"""

_PROPOSAL = """
SELECT a, b, levels, weight, may_repeat
FROM (
  SELECT
    *,
    pow(2, weight) / (1 + sum(pow(2, weight)) OVER (PARTITION BY a)) AS chance,
    row_number() OVER (PARTITION BY a ORDER BY weight DESC, b) AS place
  FROM open_pair
)
WHERE place = 1 AND chance >= {auto}
"""

_ACCEPTED = """
SELECT a, b, levels, weight FROM proposal
WHERE a NOT IN (
  SELECT p.a
  FROM (SELECT * FROM proposal JOIN exclusive AS e ON e.entity_id = a
        WHERE b IN (SELECT b FROM proposal GROUP BY b HAVING count(*) > 1)) AS p
  QUALIFY NOT (p.may_repeat AND p.repeats)
    AND row_number() OVER (PARTITION BY p.b, p.snapshot ORDER BY p.weight DESC, p.a) > 1
)
"""
