"""The last pass: people outside the spine, told from each other."""

from integration.linkage import clusters
from integration.linkage.assignment import exclusive_snapshots
from integration.linkage.blocking import Blocks, find_wide, pair, write_keys
from integration.linkage.comparisons import weigh
from integration.linkage.engine import Engine, number
from integration.linkage.model import Model
from integration.linkage.prior import family_cap, outside_people, outside_prior
from integration.linkage.spine import MANUAL
from warehouse.progress import Say

_KEYS_AT_ONCE = 2_000_000
"""Keys of records that are laid out at one time, about."""


def match_outside(engine: Engine, model: Model, entities: str, unplaced: str, spine: float, say: Say) -> Blocks:
    """Compare the entities listed in `unplaced` with each other; fills `outside_pair` and `joined`.

    `entities` is the table of all entities. What a person decided (`decided(a, b, verdict)`) holds: pairs decided the
    same are joined before all others, pairs decided different never.
    """
    chosen = f"(SELECT * FROM {entities} WHERE entity_id IN (SELECT entity_id FROM {unplaced}))"
    blocks = _pair_by_keys(engine, model, chosen)
    say(f"{blocks.pairs:,} pairs outside the register to compare, {blocks.left_out:,} left out as too common")
    people = outside_people(model, number(engine, f"SELECT count(*) FROM {unplaced}"), spine)
    prior = outside_prior(model, people)
    engine.sql("first_pair", "SELECT a, b, 0::UTINYINT AS companions FROM outside_candidate")
    cap = family_cap(model, people)
    guarded = bool(model.constraints)
    weigh(engine, model, "compared", "first_pair", entities, prior, cap, say, contradictions=guarded)
    engine.sql("outside_pair", _with_decisions("compared", unplaced))
    clusters.propose(engine, model, "outside_pair")
    if guarded:
        weigh(engine, model, "inside", "cluster_pair", entities, prior, cap, say, contradictions=True)
    else:
        engine.sql("inside", "SELECT * FROM compared LIMIT 0")
    both = "(FROM compared UNION FROM inside)"
    engine.sql(
        "contradiction",
        f"""SELECT a, b FROM {both} AS p WHERE forbidden IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM decided AS d WHERE d.verdict = 'same' AND d.a = p.a AND d.b = p.b)
        UNION SELECT a, b FROM decided WHERE verdict = 'different'""",
    )
    engine.sql(
        "repeated",
        f"SELECT a, b FROM {both} WHERE may_repeat UNION SELECT a, b FROM decided WHERE verdict = 'same'",
    )
    exclusive_snapshots(engine, model, "outside_exclusive", chosen)
    clusters.cluster(engine, "contradiction", "repeated", "outside_exclusive")
    return blocks


def _pair_by_keys(engine: Engine, model: Model, chosen: str) -> Blocks:
    """Fill `outside_candidate(a, b)`, each pair once; of many records some keys at a time, which bounds the memory."""
    at_a_time = max(1, _KEYS_AT_ONCE // max(number(engine, f"SELECT count(*) FROM {chosen}"), 1))
    left_out = 0
    for first in range(0, len(model.keys), at_a_time):
        write_keys(engine, model, chosen, "outside_key", model.keys[first : first + at_a_time])
        find_wide(engine, model, "outside_wide", "outside_key")
        found = pair(engine, "some_candidate", "outside_key", "outside_key", "outside_wide", ordered=True)
        left_out += found.left_out
        engine.sql("all_candidate", "FROM some_candidate", append=first > 0)
    engine.sql("outside_candidate", "SELECT DISTINCT a, b FROM all_candidate")
    engine.release("outside_key", "outside_wide", "some_candidate", "all_candidate")
    return Blocks(number(engine, "SELECT count(*) FROM outside_candidate"), left_out)


def _with_decisions(pairs: str, unplaced: str) -> str:
    return f"""SELECT p.* FROM {pairs} AS p
    WHERE NOT EXISTS (SELECT 1 FROM decided AS d WHERE d.a = p.a AND d.b = p.b)
    UNION ALL
    SELECT a, b, 0::UTINYINT, 0::BIGINT, {MANUAL}::DOUBLE, NULL::VARCHAR, true FROM decided
    WHERE verdict = 'same' AND a IN (SELECT entity_id FROM {unplaced}) AND b IN (SELECT entity_id FROM {unplaced})"""
