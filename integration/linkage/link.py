"""The engine alone, on any table of persons: which records are one entity."""

from dataclasses import dataclass
from pathlib import Path

from integration.linkage.assignment import assign, rivals
from integration.linkage.blocking import Blocks, find_wide, pair, write_keys
from integration.linkage.comparisons import weigh
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.engine import number
from integration.linkage.key_suggestion import SuggestedKey, suggest_keys
from integration.linkage.model import Model, weight_of
from integration.linkage.outcome import evidence
from integration.linkage.outside import match_outside
from integration.linkage.prior import family_cap, spine_prior
from integration.linkage.records import quoted, read_records
from warehouse.database import Connection
from warehouse.errors import HomeError
from warehouse.progress import Say, silent


@dataclass(frozen=True)
class LinkSummary:
    """What a linkage did: `left_out` comparisons were never made, too many records sharing their key."""

    records: int
    compared: int
    left_out: int
    entities: int


def link(
    con: Connection, model: Model, records: Path, out: Path, pairs: Path | None = None, say: Say = silent
) -> LinkSummary:
    """Link or de-duplicate a Parquet file: write `out` with the id column and `entity`, the smallest id of each.

    A model with a `spine` places every other record on one record of the spine or on none, and what is left is compared
    with itself; without one all records are compared with each other. `pairs` receives the pairs kept: both ids,
    weight, probability, evidence (comparison to level), forbidden, and whether they ended in one entity.
    """
    for path in (out, *([pairs] if pairs else [])):
        if not path.parent.is_dir():
            raise HomeError(f"{path} cannot be written: its folder does not exist. Make it, or name another file.")
    engine = DuckDBEngine(con)
    with engine.working():
        total, blocks = _link(engine, model, records, say)
        engine.sql("result", _RESULT.format(id=quoted(model.records.id if model.records else "id")))
        engine.export("result", out)
        if pairs:
            engine.sql("scored", _PAIRS.format(evidence=evidence(model, "p.levels"), keep=weight_of(model.keep)))
            engine.export("scored", pairs)
        return LinkSummary(
            total, blocks.pairs, blocks.left_out, number(engine, "SELECT count(DISTINCT entity) FROM result")
        )


def _link(engine: DuckDBEngine, model: Model, records: Path, say: Say) -> tuple[int, Blocks]:
    """Fill `link`, `joined`, `placed_pair` and `outside_pair`; give the number of records and what was compared."""
    total = read_records(engine, model, records)
    say(f"{total:,} records")
    engine.sql("decided", "SELECT 0::BIGINT AS a, 0::BIGINT AS b, ''::VARCHAR AS verdict WHERE false")
    blocks = _place_on_spine(engine, model, say) if model.spine else _nobody_placed(engine)
    return total, blocks + match_outside(engine, model, "entity", "unplaced", number(engine, _SPINE), say)


def suggest_for(con: Connection, model: Model, records: Path) -> list[SuggestedKey]:
    """Give blocking keys for a Parquet file, judged by the pairs that the model's own keys and weights find likely."""
    engine = DuckDBEngine(con)
    with engine.working():
        _link(engine, model, records, silent)
        engine.sql(
            "likely",
            f"SELECT a, b FROM (SELECT a, b, weight FROM placed_pair UNION ALL SELECT a, b, weight FROM outside_pair) "
            f"WHERE weight >= {weight_of(model.auto)}",
        )
        return suggest_keys(engine, model, "entity", "likely")


_NO_LINK = "SELECT 0::BIGINT AS a, 0::BIGINT AS b, 0::BIGINT AS levels, 0.0::DOUBLE AS weight WHERE false"
_SPINE = "SELECT count(*) FROM entity WHERE in_spine"


def _nobody_placed(engine: DuckDBEngine) -> Blocks:
    engine.sql("link", _NO_LINK)
    engine.sql("unplaced", "SELECT entity_id FROM entity")
    engine.sql("placed_pair", "SELECT a, b, levels, weight, NULL::VARCHAR AS forbidden FROM link")
    return Blocks()


def _place_on_spine(engine: DuckDBEngine, model: Model, say: Say) -> Blocks:
    size = number(engine, _SPINE)
    prior = spine_prior(model, size)
    write_keys(engine, model, "entity", "spine_key", model.keys)
    find_wide(engine, model, "spine_wide", "(SELECT block FROM spine_key WHERE in_spine)")
    blocks = pair(
        engine, "spine_candidate",
        "(SELECT * FROM spine_key WHERE NOT in_spine)", "(SELECT * FROM spine_key WHERE in_spine)", "spine_wide",
    )  # fmt: skip
    say(f"{blocks.pairs:,} pairs with the spine to compare, {blocks.left_out:,} left out as too common")
    engine.sql("spine_candidate", "SELECT a, b, 0::UTINYINT AS companions FROM spine_candidate")
    weigh(engine, model, "placed_pair", "spine_candidate", "entity", prior, family_cap(model, size), say)
    engine.sql("open_spine", rivals("placed_pair"))
    engine.sql("link", _NO_LINK)
    assign(engine, model, "open_spine", "link", "entity")
    engine.sql("unplaced", "SELECT entity_id FROM entity WHERE NOT in_spine AND entity_id NOT IN (SELECT a FROM link)")
    return blocks


_RESULT = """
WITH person AS (
  SELECT e.record_id, coalesce(link.b, joined.cluster, e.entity_id) AS person
  FROM entity AS e
  LEFT JOIN link ON link.a = e.entity_id
  LEFT JOIN joined ON joined.entity_id = e.entity_id
)
SELECT person.record_id AS {id}, named.record_id AS entity
FROM person
JOIN entity AS named ON named.entity_id = person.person
ORDER BY person.record_id
"""

_PAIRS = """
WITH kept AS (
  SELECT p.a, p.b, p.levels, p.weight, p.forbidden, link.b IS NOT NULL AS together
  FROM placed_pair AS p LEFT JOIN link ON link.a = p.a AND link.b = p.b
  UNION ALL
  SELECT p.a, p.b, p.levels, p.weight, p.forbidden, coalesce(x.cluster = y.cluster, false)
  FROM outside_pair AS p
  LEFT JOIN joined AS x ON x.entity_id = p.a
  LEFT JOIN joined AS y ON y.entity_id = p.b
)
SELECT x.record_id AS record_a, y.record_id AS record_b, weight, 1 / (1 + pow(2, -weight)) AS probability,
       {evidence} AS evidence, forbidden, together
FROM kept AS p
JOIN entity AS x ON x.entity_id = p.a
JOIN entity AS y ON y.entity_id = p.b
WHERE weight >= {keep}
"""
