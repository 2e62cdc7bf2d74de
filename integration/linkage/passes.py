"""One pass over the spine: descriptions against the persons they share a key with, of yesterday only what changed.

What a pass finds out is remembered: who is looked for (`linkage_memory.<pass>_sought`), their keys and those of the
spine (`<pass>_sought_key`, `<pass>_key`), and the pairs worth keeping (`<pass>_pair`), of those in force and no others.
"""

from dataclasses import dataclass

from integration.linkage.blocking import Blocks, find_wide, pair, write_keys
from integration.linkage.comparisons import weigh
from integration.linkage.engine import Engine
from integration.linkage.model import Model
from warehouse.progress import Say


@dataclass(frozen=True)
class Night:
    """What every pass of a night shares: whether it is the `first`, remembering nothing; prior and cap in bits."""

    first: bool
    prior: float
    family_cap: float
    say: Say


def look_for(
    engine: Engine,
    model: Model,
    night: Night,
    name: str,
    keys: tuple[tuple[str, ...], ...],
    entities: str = "linkage_memory.entity",
) -> Blocks:
    """Bring `linkage_memory.<name>_pair(a, b, ...)` up to date: whom the sought may be, by the keys of this pass.

    Reads `wanted(entity_id)`, who is to be looked for and was not yet, or is fresh; but for the first night also
    `unwanted(entity_id)`, who is not any more, and `built` and `gone_entity`; then `<name>_changed(a)` holds all whose
    pairs may be others than yesterday. `entities` is a query that gives at least the spine and the sought.
    """
    memory = f"linkage_memory.{name}"
    if night.first:
        blocks = _pair_all(engine, model, memory, keys, entities)
    else:
        blocks = _pair_changed(engine, model, memory, keys, entities)
    night.say(f"By {name} keys: {blocks.pairs:,} pairs with the register, {blocks.left_out:,} left out as too common")
    engine.sql("asked_pair", "SELECT a, b, 0::UTINYINT AS companions FROM pair")
    weigh(engine, model, "weighed", "asked_pair", entities, night.prior, night.family_cap, night.say)
    if not night.first:
        engine.sql(
            f"{name}_changed",
            f"""SELECT entity_id AS a FROM anew
            UNION SELECT entity_id FROM unwanted
            UNION SELECT a FROM weighed
            UNION SELECT a FROM {memory}_pair SEMI JOIN gone_entity ON entity_id = b""",
        )
    engine.sql(
        f"{memory}_pair",
        "FROM weighed",
        replacing="""a IN (SELECT entity_id FROM anew UNION ALL FROM unwanted)
        OR b IN (SELECT entity_id FROM gone_entity)""",
    )
    return blocks


def found_by(name: str, whom: str = "true") -> str:
    """Give the query of the pairs in force of a pass, for those a's of whom the condition `whom` holds."""
    return f"SELECT * FROM linkage_memory.{name}_pair AS p WHERE {whom}"


_WANTED = "(SELECT * FROM {} SEMI JOIN wanted USING (entity_id) WHERE NOT in_spine)"


def _pair_all(engine: Engine, model: Model, memory: str, keys: tuple[tuple[str, ...], ...], entities: str) -> Blocks:
    write_keys(engine, model, "(SELECT * FROM linkage_memory.entity WHERE in_spine)", f"{memory}_key", keys)
    write_keys(engine, model, _WANTED.format(entities), f"{memory}_sought_key", keys)
    engine.sql(f"{memory}_sought", "FROM wanted")
    return _pair_with_spine(engine, model, "pair", memory, f"{memory}_sought_key")


def _pair_changed(
    engine: Engine, model: Model, memory: str, keys: tuple[tuple[str, ...], ...], entities: str
) -> Blocks:
    """Fill `pair` with what a full run would compare and the memory does not know; `anew` with whom it concerns wholly.

    Those were not sought yesterday, or were another entity, or have a key that is too wide only now or was only before.
    The others that are sought only meet who is fresh.
    """
    write_keys(engine, model, "(SELECT * FROM built WHERE in_spine)", "fresh_key", keys)
    engine.sql("gone_key", f"SELECT entity_id, block FROM {memory}_key SEMI JOIN gone_entity USING (entity_id)")
    engine.sql(
        "width",
        f"""SELECT block, sum(before) AS before, sum(now) AS now
        FROM (SELECT block, 1 AS before, 1 AS now FROM {memory}_key
              WHERE block IN (SELECT block FROM fresh_key UNION ALL SELECT block FROM gone_key)
              UNION ALL SELECT block, 0, -1 FROM gone_key
              UNION ALL SELECT block, 0, 1 FROM fresh_key)
        GROUP BY block""",
    )
    engine.sql(f"{memory}_key", "FROM fresh_key", replacing="entity_id IN (SELECT entity_id FROM gone_entity)")
    moved = "entity_id IN (SELECT entity_id FROM wanted UNION ALL FROM unwanted)"
    write_keys(engine, model, _WANTED.format(entities), "wanted_key", keys)
    engine.sql(f"{memory}_sought_key", "FROM wanted_key", replacing=moved)
    engine.sql(f"{memory}_sought", "FROM wanted", replacing=moved)
    turned = f"SELECT block FROM width WHERE (before > {model.largest_block}) <> (now > {model.largest_block})"
    engine.sql(
        "anew",
        f"FROM wanted UNION SELECT entity_id FROM {memory}_sought_key SEMI JOIN ({turned}) AS turned USING (block)",
    )
    engine.sql("anew_key", f"SELECT * FROM {memory}_sought_key SEMI JOIN anew USING (entity_id)")
    blocks = _pair_with_spine(engine, model, "pair_anew", memory, "anew_key")
    engine.sql("wide_block", f"SELECT block, now AS entities FROM width WHERE now > {model.largest_block}")
    blocks += pair(
        engine, "pair_with_fresh", f"(SELECT * FROM {memory}_sought_key ANTI JOIN anew USING (entity_id))",
        "fresh_key", "wide_block",
    )  # fmt: skip
    engine.sql("pair", "FROM pair_anew UNION ALL FROM pair_with_fresh")
    return blocks


def _pair_with_spine(engine: Engine, model: Model, name: str, memory: str, sought_key: str) -> Blocks:
    spine_key = f"(SELECT entity_id, block FROM {memory}_key WHERE block IN (SELECT block FROM {sought_key}))"
    find_wide(engine, model, "wide_block", spine_key)
    return pair(engine, name, sought_key, spine_key, "wide_block")
