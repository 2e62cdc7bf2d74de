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

    Reads `fresh_entity`, `new_entity`, `gone_entity` and `decided(a, b, verdict)`. A description whose candidates and
    whose rivals for them are those of yesterday keeps its place; the others are assigned anew, together with all whom
    their candidates connect them with, so that the result is that of a full run.
    """
    engine.sql("sought", "SELECT entity_id FROM linkage_memory.current WHERE NOT in_spine")
    blocks = look_for(engine, model, night, "sure", model.sure_keys)
    engine.sql("sure_found", found_by("sure"))
    engine.sql(
        "sought",
        f"""SELECT entity_id FROM linkage_memory.current
        WHERE NOT in_spine
          AND entity_id NOT IN (SELECT a FROM sure_found WHERE weight >= {_SURE} AND forbidden IS NULL)""",
    )
    if not night.first:
        engine.sql("strong_before", "SELECT entity_id FROM linkage_memory.strong_sought")
    blocks += look_for(engine, model, night, "strong", model.strong_keys)
    if night.first:
        engine.sql("linkage_memory.rival", rivals(f"({first_pairs()})"))
        engine.sql("linkage_memory.link", _manual("true"))
        engine.sql(
            "open_rival", "SELECT * FROM linkage_memory.rival WHERE a NOT IN (SELECT a FROM linkage_memory.link)"
        )
    else:
        _find_affected(engine, night)
        engine.sql(
            "linkage_memory.link",
            f"""SELECT a, b, levels, weight FROM link_before
            WHERE a NOT IN (SELECT node FROM affected) AND a IN (SELECT entity_id FROM linkage_memory.current)
            UNION ALL {_manual("a IN (SELECT node FROM affected)")}""",
        )
        engine.sql(
            "open_rival",
            """SELECT * FROM linkage_memory.rival
            WHERE a IN (SELECT node FROM affected) AND a NOT IN (SELECT a FROM linkage_memory.link)""",
        )
    assign(engine, model, "open_rival", "linkage_memory.link", "linkage_memory.entity")
    engine.sql("linkage_memory.decided", "FROM decided")
    return blocks


def first_pairs(whom: str = "true") -> str:
    """Give the query of the pairs of the first pass in force, for those a's of whom the condition `whom` holds."""
    return f"""SELECT DISTINCT ON (a, b) * FROM (({found_by("sure", whom)}) UNION ALL ({found_by("strong", whom)}))"""


def _manual(where: str) -> str:
    """Give the links that people decided; a description that they gave to two persons of the spine goes to neither."""
    return f"""SELECT a, min(b) AS b, 0::BIGINT AS levels, {MANUAL}::DOUBLE AS weight
    FROM decided JOIN linkage_memory.current AS c ON c.entity_id = b
    WHERE verdict = 'same' AND c.in_spine AND {where}
      AND a IN (SELECT entity_id FROM linkage_memory.current WHERE NOT in_spine)
    GROUP BY a HAVING count(DISTINCT b) = 1"""


def _find_affected(engine: Engine, night: Night) -> None:
    """Fill `affected(node)`: all whose assignment may come out otherwise than yesterday; bring `rival` up to date."""
    engine.sql("link_before", "FROM linkage_memory.link")
    engine.sql("rival_before", "FROM linkage_memory.rival")
    engine.sql(
        "changed_decision",
        """SELECT a, b FROM ((FROM decided EXCEPT FROM linkage_memory.decided)
        UNION ALL (FROM linkage_memory.decided EXCEPT FROM decided))""",
    )
    # Whose pairs are others than yesterday: sought anew, met somebody fresh, lost somebody, or are sought no more.
    engine.sql(
        "changed_a",
        f"""SELECT entity_id AS a FROM sure_anew
        UNION SELECT entity_id FROM strong_anew
        UNION SELECT entity_id FROM strong_before
              WHERE entity_id NOT IN (SELECT entity_id FROM linkage_memory.strong_sought)
        UNION SELECT a FROM linkage_memory.sure_pair WHERE night = {night.number}
        UNION SELECT a FROM linkage_memory.strong_pair WHERE night = {night.number}
        UNION SELECT a FROM changed_decision
        UNION SELECT a FROM rival_before WHERE b IN (SELECT entity_id FROM gone_entity)
        UNION SELECT a FROM rival_before WHERE a IN (SELECT entity_id FROM gone_entity)
        UNION SELECT a FROM link_before WHERE b IN (SELECT entity_id FROM gone_entity)
        UNION SELECT a FROM link_before WHERE a IN (SELECT entity_id FROM gone_entity)""",
    )
    of_changed = rivals(f"({first_pairs('p.a IN (SELECT a FROM changed_a)')})")
    engine.sql(
        "linkage_memory.rival",
        f"SELECT * FROM rival_before WHERE a NOT IN (SELECT a FROM changed_a) UNION ALL ({of_changed})",
    )
    engine.sql(
        "affected",
        """SELECT a AS node FROM changed_a
        UNION SELECT b FROM rival_before WHERE a IN (SELECT a FROM changed_a)
        UNION SELECT b FROM link_before WHERE a IN (SELECT a FROM changed_a)
        UNION SELECT b FROM linkage_memory.rival WHERE a IN (SELECT a FROM changed_a)
        UNION SELECT b FROM changed_decision""",
    )
    engine.sql("frontier", "FROM affected")
    for _ in range(_MOST_STEPS):
        engine.sql(
            "reached",
            """SELECT node FROM (
              SELECT b AS node FROM linkage_memory.rival WHERE a IN (SELECT node FROM frontier)
              UNION
              SELECT a FROM linkage_memory.rival WHERE b IN (SELECT node FROM frontier))
            WHERE node NOT IN (SELECT node FROM affected)""",
        )
        if number(engine, "SELECT count(*) FROM reached") == 0:
            return
        engine.sql("affected", "FROM reached", append=True)
        engine.sql("frontier", "FROM reached")
    engine.sql("affected", "SELECT entity_id AS node FROM linkage_memory.current")
