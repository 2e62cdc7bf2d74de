"""The second and third pass: what the strong keys did not place, by wide keys and by the families found so far."""

from integration.linkage.assignment import assign, rivals
from integration.linkage.blocking import Blocks
from integration.linkage.comparisons import weigh
from integration.linkage.engine import Engine
from integration.linkage.families import pair_with_families, read_members
from integration.linkage.model import Model, weight_of
from integration.linkage.passes import Night, found_by, look_for
from integration.linkage.spine import choose_wanted, first_pairs

_PASSES = 2
_SIDES = "(FROM linkage_memory.left_over UNION ALL BY NAME FROM linkage_memory.entity WHERE in_spine)"


def match_households(engine: Engine, model: Model, night: Night) -> Blocks:
    """Place what the first pass left over, with the household as evidence; fills `late_pair` and `unplaced`.

    Those placed are added to `linkage_memory.link`; `late_pair` holds the pairs of those that the first pass left over;
    `unplaced(entity_id)` who is left. Few are: they are decided anew each night, but what was found out about their
    pairs is remembered.
    """
    blocks = _find_wide(engine, model, night) if model.wide_keys else Blocks()
    engine.sql("unplaced", "SELECT entity_id FROM linkage_memory.left_over")
    _read_known(engine, model)
    read_members(engine)
    engine.sql("placed_late", "SELECT * FROM known_pair LIMIT 0")
    gone = "SELECT entity_id FROM gone_entity"
    engine.sql("linkage_memory.family_pair", "FROM placed_late", replacing=f"a IN ({gone}) OR b IN ({gone})")
    for _ in range(_PASSES):
        pair_with_families(engine, "linkage_memory.link", "known_pair")
        _weigh_with_families(engine, model, night)
        engine.sql("open_late", rivals("late_pair"))
        assign(engine, model, "open_late", "linkage_memory.link", "linkage_memory.entity")
        engine.sql("newly_placed", "SELECT entity_id FROM unplaced SEMI JOIN linkage_memory.link ON a = entity_id")
        engine.sql(
            "placed_late", "SELECT * FROM late_pair WHERE a IN (SELECT entity_id FROM newly_placed)", append=True
        )
        engine.sql("unplaced", "SELECT entity_id FROM unplaced ANTI JOIN newly_placed USING (entity_id)")
    engine.sql(
        "late_pair", "SELECT * FROM late_pair WHERE a IN (SELECT entity_id FROM unplaced) UNION ALL FROM placed_late"
    )
    return blocks


def _find_wide(engine: Engine, model: Model, night: Night) -> Blocks:
    if night.first:
        engine.sql("wanted", "SELECT entity_id FROM linkage_memory.left_over")
    else:
        choose_wanted(engine, "linkage_memory.left_over", "wide")
        engine.sql("unwanted", "FROM linkage_memory.wide_sought ANTI JOIN linkage_memory.left_over USING (entity_id)")
    return look_for(engine, model, night, "wide", model.wide_keys, _SIDES)


def _read_known(engine: Engine, model: Model) -> None:
    """Fill `known_pair`: what keys found for the unplaced, without their households."""
    unplaced = "a IN (SELECT entity_id FROM unplaced)"
    wide = f"UNION ALL ({found_by('wide', unplaced)})" if model.wide_keys else ""
    engine.sql("known_pair", f"SELECT DISTINCT ON (a, b) * FROM (({first_pairs(unplaced)}) {wide})")


def _weigh_with_families(engine: Engine, model: Model, night: Night) -> None:
    """Fill `late_pair`: the pairs of the unplaced as their households and the keys leave them."""
    engine.sql(
        "unweighed",
        """SELECT f.a, f.b, f.companions FROM family_pair AS f
        WHERE NOT EXISTS (SELECT 1 FROM linkage_memory.family_pair AS m
                          WHERE m.a = f.a AND m.b = f.b AND m.companions = f.companions)
          AND NOT (f.companions = 0 AND EXISTS (SELECT 1 FROM known_pair AS k WHERE k.a = f.a AND k.b = f.b))""",
    )
    weigh(
        engine, model, "weighed", "unweighed", _SIDES, night.prior, night.family_cap, night.say,
        everything=True,
    )  # fmt: skip
    engine.sql(
        "linkage_memory.family_pair",
        "SELECT a, b, companions, levels, weight, forbidden, may_repeat FROM weighed",
        append=True,
    )
    engine.sql(
        "late_pair",
        f"""SELECT k.* FROM known_pair AS k JOIN family_pair AS f ON f.a = k.a AND f.b = k.b AND f.companions = 0
        UNION ALL
        SELECT m.* FROM linkage_memory.family_pair AS m
        JOIN family_pair AS f ON f.a = m.a AND f.b = m.b AND f.companions = m.companions
        LEFT JOIN known_pair AS k ON k.a = f.a AND k.b = f.b AND f.companions = 0
        WHERE k.a IS NULL AND (m.weight >= {weight_of(model.keep)} OR m.forbidden = 'nik_conflict')""",
    )
