"""One pass over the spine: descriptions against the persons they share a key with, of yesterday only what changed.

What a pass finds out about a pair is remembered (`linkage_memory.<pass>_pair`), and so are the keys of the spine
(`<pass>_key`) and who was looked for since when (`<pass>_sought`).
"""

from dataclasses import dataclass

from integration.linkage.blocking import Blocks, find_wide, pair, write_keys
from integration.linkage.comparisons import weigh
from integration.linkage.engine import Engine
from integration.linkage.model import Model
from warehouse.progress import Say


@dataclass(frozen=True)
class Night:
    """What every pass of a night shares: its `number`, whether nothing is remembered, prior and cap in bits."""

    number: int
    first: bool
    prior: float
    family_cap: float
    say: Say


def look_for(engine: Engine, model: Model, night: Night, name: str, keys: tuple[tuple[str, ...], ...]) -> Blocks:
    """Bring `linkage_memory.<name>_pair` up to date for the descriptions listed in `sought(entity_id)`.

    Afterwards `<name>_anew(entity_id)` holds those of `sought` that were looked for in the whole spine: the others were
    sought yesterday too and only met what is fresh. `found_by` gives the pairs of tonight.
    """
    memory = f"linkage_memory.{name}"
    fresh_spine = "(SELECT e.* FROM linkage_memory.entity AS e JOIN new_entity USING (entity_id) WHERE in_spine)"
    write_keys(engine, model, fresh_spine, f"{memory}_key", keys, append=not night.first)
    write_keys(
        engine, model,
        "(SELECT * FROM linkage_memory.entity WHERE entity_id IN (SELECT entity_id FROM sought))", "sought_key", keys,
    )  # fmt: skip
    if night.first:
        engine.sql(f"{name}_anew", "SELECT entity_id FROM sought")
        spine_keys = f"(SELECT * FROM {memory}_key WHERE block IN (SELECT block FROM sought_key))"
        find_wide(engine, model, "wide_block", spine_keys)
        blocks = pair(engine, "pair", "sought_key", spine_keys, "wide_block")
    else:
        blocks = _pair_changed(engine, model, name)
    night.say(f"By {name} keys: {blocks.pairs:,} pairs with the register, {blocks.left_out:,} left out as too common")
    engine.sql("asked_pair", "SELECT a, b, 0::UTINYINT AS companions FROM pair")
    weigh(engine, model, "weighed", "asked_pair", "linkage_memory.entity", night.prior, night.family_cap, night.say)
    engine.sql(f"{memory}_pair", f"SELECT *, {night.number} AS night FROM weighed", append=not night.first)
    since = f"SELECT entity_id, {night.number} AS since FROM {name}_anew"
    if not night.first:
        since += (
            f" UNION ALL SELECT s.* FROM sought_before AS s WHERE entity_id NOT IN (SELECT entity_id FROM {name}_anew)"
        )
        engine.sql("sought_before", f"SELECT * FROM {memory}_sought WHERE entity_id IN (SELECT entity_id FROM sought)")
    engine.sql(f"{memory}_sought", since)
    return blocks


def found_by(name: str, whom: str = "true") -> str:
    """Give the query of the pairs in force of a pass, for those a's of whom the condition `whom` holds."""
    return f"""SELECT DISTINCT ON (a, b) a, b, companions, levels, weight, forbidden, may_repeat
    FROM (SELECT p.* FROM linkage_memory.{name}_pair AS p
          JOIN linkage_memory.{name}_sought AS s ON s.entity_id = p.a
          WHERE p.night >= s.since AND ({whom}))
    WHERE b IN (SELECT entity_id FROM linkage_memory.current)"""


def _pair_changed(engine: Engine, model: Model, name: str) -> Blocks:
    """Fill `pair` with what a full run would compare and the memory does not know."""
    keys = f"linkage_memory.{name}_key"
    engine.sql(
        "touched",
        f"""SELECT DISTINCT block FROM {keys} WHERE entity_id IN (
          SELECT entity_id FROM fresh_entity UNION ALL SELECT entity_id FROM gone_entity)""",
    )
    for wide, persons in (("wide_touched", "linkage_memory.current"), ("wide_before", "before")):
        find_wide(
            engine, model, wide,
            f"""(SELECT block FROM {keys} WHERE block IN (SELECT block FROM touched)
                AND entity_id IN (SELECT entity_id FROM {persons}))""",
        )  # fmt: skip
    # A key that is too wide only now, or was only before, brings other pairs than yesterday.
    engine.sql(
        "turned",
        """SELECT block FROM wide_touched WHERE block NOT IN (SELECT block FROM wide_before)
        UNION ALL SELECT block FROM wide_before WHERE block NOT IN (SELECT block FROM wide_touched)""",
    )
    engine.sql(
        f"{name}_anew",
        f"""SELECT entity_id FROM sought
        WHERE entity_id NOT IN (SELECT entity_id FROM linkage_memory.{name}_sought)
           OR entity_id IN (SELECT entity_id FROM sought_key WHERE block IN (SELECT block FROM turned))""",
    )
    engine.sql("anew_key", f"SELECT * FROM sought_key WHERE entity_id IN (SELECT entity_id FROM {name}_anew)")
    spine_keys = f"""(SELECT entity_id, block FROM {keys} WHERE block IN (SELECT block FROM anew_key)
        AND entity_id IN (SELECT entity_id FROM linkage_memory.current))"""
    find_wide(engine, model, "wide_block", spine_keys)
    blocks = pair(engine, "pair_anew", "anew_key", spine_keys, "wide_block")
    blocks += pair(
        engine, "pair_with_fresh",
        f"(SELECT * FROM sought_key WHERE entity_id NOT IN (SELECT entity_id FROM {name}_anew))",
        f"(SELECT entity_id, block FROM {keys} WHERE entity_id IN (SELECT entity_id FROM fresh_entity))",
        "wide_touched",
    )  # fmt: skip
    engine.sql("pair", "FROM pair_anew UNION FROM pair_with_fresh")
    return blocks
