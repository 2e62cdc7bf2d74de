"""The first pass: every description against the civil register, by its number, else by the strong keys."""

from integration.linkage.assignment import assign, rivals
from integration.linkage.blocking import Blocks
from integration.linkage.engine import Engine, number
from integration.linkage.model import Model
from integration.linkage.passes import Night, found_by, look_for

_SURE = 15.0
"""Bits from which on the person with the same number is not compared with others of the family."""

_MOST_STEPS = 1000

MANUAL = 60.0
"""Bits of a pair that a person decided to be one."""


def match_with_spine(engine: Engine, model: Model, night: Night) -> Blocks:
    """Bring `linkage_memory.rival` and `linkage_memory.link` up to date: who is whom by the sure and the strong keys.

    Reads `fresh_entity`, `gone_entity` and `decided(a, b, verdict)`. A description whose candidates and whose rivals
    for them are those of yesterday keeps its place; the others (`affected`) are assigned anew, together with all whom
    their candidates connect them with, so that the result is that of a full run. `linkage_memory.left_over` holds the
    entities that this pass did not place.
    """
    blocks = _find_sure(engine, model, night) + _find_strong(engine, model, night)
    if night.first:
        engine.sql("linkage_memory.rival", rivals(f"({first_pairs()})"))
        engine.sql("linkage_memory.link", _manual("true"))
        open_to = "true"
        engine.sql("affected", "SELECT entity_id AS node FROM linkage_memory.entity WHERE NOT in_spine")
    else:
        engine.sql("left_over_before", "SELECT entity_id FROM linkage_memory.left_over")
        _find_affected(engine)
        open_to = "a IN (SELECT node FROM affected)"
        # What later passes placed yesterday is in their hands again.
        engine.sql(
            "linkage_memory.link", _manual(open_to),
            replacing=f"{open_to} OR a IN (SELECT entity_id FROM left_over_before)",
        )  # fmt: skip
    engine.sql(
        "open_rival", f"SELECT * FROM linkage_memory.rival ANTI JOIN linkage_memory.link USING (a) WHERE {open_to}"
    )
    assign(engine, model, "open_rival", "linkage_memory.link", "linkage_memory.entity")
    engine.sql("unlinked", "SELECT node AS entity_id FROM affected ANTI JOIN linkage_memory.link ON a = node")
    engine.sql(
        "linkage_memory.left_over",
        "SELECT * FROM linkage_memory.entity SEMI JOIN unlinked USING (entity_id) WHERE NOT in_spine",
        replacing="entity_id IN (SELECT node FROM affected)",
    )
    return blocks


def _find_sure(engine: Engine, model: Model, night: Night) -> Blocks:
    fresh = "linkage_memory.entity" if night.first else "built"
    engine.sql("wanted", f"SELECT entity_id FROM {fresh} WHERE NOT in_spine")
    if not night.first:
        engine.sql("unwanted", "FROM gone_entity")
    return look_for(engine, model, night, "sure", model.sure_keys)


def _find_strong(engine: Engine, model: Model, night: Night) -> Blocks:
    asked = "" if night.first else "SEMI JOIN sure_changed ON sure_changed.a = entity_id"
    engine.sql(
        "unsure",
        f"""SELECT entity_id FROM linkage_memory.entity
        {asked}
        ANTI JOIN (SELECT a FROM linkage_memory.sure_pair WHERE weight >= {_SURE} AND forbidden IS NULL) AS sure
          ON sure.a = entity_id
        WHERE NOT in_spine""",
    )
    if night.first:
        engine.sql("wanted", "FROM unsure")
    else:
        choose_wanted(engine, "unsure", "strong")
        engine.sql("unwanted", "SELECT a AS entity_id FROM sure_changed ANTI JOIN unsure ON entity_id = a")
    return look_for(engine, model, night, "strong", model.strong_keys)


def choose_wanted(engine: Engine, listed: str, name: str) -> None:
    """Fill `wanted`: those listed whom a pass did not look for yesterday, or who are others since."""
    engine.sql(
        "wanted",
        f"""SELECT entity_id FROM {listed} ANTI JOIN linkage_memory.{name}_sought USING (entity_id)
        UNION
        SELECT entity_id FROM {listed} SEMI JOIN fresh_entity USING (entity_id)""",
    )


def first_pairs(whom: str = "true") -> str:
    """Give the query of the pairs of the first pass in force, for those a's of whom the condition `whom` holds."""
    return f"""SELECT DISTINCT ON (a, b) * FROM (({found_by("sure", whom)}) UNION ALL ({found_by("strong", whom)}))"""


def _manual(where: str) -> str:
    """Give the links that people decided; a description that they gave to two persons of the spine goes to neither."""
    return f"""SELECT a, min(b) AS b, 0::BIGINT AS levels, {MANUAL}::DOUBLE AS weight
    FROM decided
    SEMI JOIN linkage_memory.entity AS e ON e.entity_id = b AND e.in_spine
    SEMI JOIN linkage_memory.entity AS f ON f.entity_id = a AND NOT f.in_spine
    WHERE verdict = 'same' AND {where}
    GROUP BY a HAVING count(DISTINCT b) = 1"""


def _find_affected(engine: Engine) -> None:
    """Fill `affected(node)`: all whose assignment may come out otherwise than yesterday; bring `rival` up to date."""
    engine.sql(
        "changed_decision",
        """SELECT a, b
        FROM ((FROM decided EXCEPT FROM decided_before) UNION ALL (FROM decided_before EXCEPT FROM decided))""",
    )
    engine.sql("changed_a", "FROM sure_changed UNION FROM strong_changed UNION SELECT a FROM changed_decision")
    engine.sql(
        "affected",
        """FROM changed_a
        UNION SELECT b FROM changed_decision
        UNION SELECT b FROM linkage_memory.rival SEMI JOIN changed_a USING (a)
        UNION SELECT b FROM linkage_memory.link SEMI JOIN changed_a USING (a)""",
    )
    of_changed = rivals(f"({first_pairs('a IN (SELECT a FROM changed_a)')})")
    engine.sql("linkage_memory.rival", of_changed, replacing="a IN (SELECT a FROM changed_a)")
    engine.sql(
        "affected",
        "SELECT a AS node FROM affected UNION SELECT b FROM linkage_memory.rival SEMI JOIN changed_a USING (a)",
    )
    engine.sql("frontier", "FROM affected")
    for _ in range(_MOST_STEPS):
        engine.sql(
            "reached",
            """SELECT node FROM (
              SELECT b AS node FROM linkage_memory.rival SEMI JOIN frontier ON frontier.node = a
              UNION
              SELECT a FROM linkage_memory.rival SEMI JOIN frontier ON frontier.node = b)
            ANTI JOIN affected USING (node)""",
        )
        if number(engine, "SELECT count(*) FROM reached") == 0:
            return
        engine.sql("affected", "FROM reached", append=True)
        engine.sql("frontier", "FROM reached")
    engine.sql("affected", "SELECT entity_id AS node FROM linkage_memory.entity")
