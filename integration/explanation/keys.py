"""Which keys of the model a description has, and how many register persons share each."""

from collections.abc import Collection
from dataclasses import dataclass

from integration.explanation.subjects import listed
from integration.linkage import Model
from integration.linkage.blocking import write_keys
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.engine import table_of
from warehouse.database import table_exists


@dataclass(frozen=True)
class KeyReach:
    """One key that a description has, or that both sides of a pair share.

    `tried` is the pass that uses it; `persons` how many of the register are under its fullest value; `wide` whether
    under every value there are too many, so that the key was left out.
    """

    fields: tuple[str, ...]
    tried: str
    persons: int
    wide: bool

    @property
    def name(self) -> str:
        """The key as one word."""
        return "+".join(self.fields)


def reach(engine: DuckDBEngine, model: Model, descriptions: Collection[int]) -> dict[int, tuple[KeyReach, ...]]:
    """Give for each description the keys it has a value for, in the order of the model."""
    if not descriptions:
        return {}
    numbered = _write_keys(engine, model, descriptions)
    found: dict[int, list[KeyReach]] = {one: [] for one in descriptions}
    by_each = "SELECT description_id, place, block FROM explained_key"
    for row in table_of(engine, _COUNTED.format(keys=by_each)).to_pylist():
        found[row["description_id"]].append(_reached(model, numbered, row))
    return {one: tuple(its) for one, its in found.items()}


def shared(engine: DuckDBEngine, model: Model, one: int, other: int) -> tuple[KeyReach, ...]:
    """Give the keys that two descriptions share, in the order of the model."""
    numbered = _write_keys(engine, model, [one, other])
    by_both = (
        "SELECT 0 AS description_id, place, block FROM explained_key "
        "GROUP BY place, block HAVING count(DISTINCT description_id) = 2"
    )
    found = table_of(engine, _COUNTED.format(keys=by_both)).to_pylist()
    return tuple(_reached(model, numbered, row) for row in found)


_Numbered = list[tuple[str, tuple[str, ...]]]


def _write_keys(engine: DuckDBEngine, model: Model, descriptions: Collection[int]) -> _Numbered:
    """Fill `explained_key(description_id, place, block)` and `spine_key(block)`; give pass and fields of each place."""
    engine.sql(
        "explained_entity",
        f"""SELECT e.*, c.description_id
        FROM linkage_memory.entity AS e JOIN linkage_memory.current AS c USING (entity_id)
        WHERE c.description_id IN ({listed(descriptions)})""",
    )
    passes = {"sure": model.sure_keys, "strong": model.strong_keys, "wide": model.wide_keys}
    numbered = [
        (name, key)
        for name, keys in passes.items()
        if table_exists(engine.connection, "linkage_memory", f"{name}_key")
        for key in keys
    ]
    for place, (_, key) in enumerate(numbered):
        write_keys(engine, model, "explained_entity", "one_key", (key,))
        engine.sql(
            "explained_key",
            f"""SELECT description_id, {place} AS place, block
            FROM one_key JOIN explained_entity USING (entity_id)""",
            append=place > 0,
        )
    for number, name in enumerate(dict(numbered)):
        engine.sql(
            "spine_key",
            f"""SELECT '{name}' AS tried, block, entity_id FROM linkage_memory.{name}_key
            WHERE block IN (SELECT block FROM explained_key)""",
            append=number > 0,
        )
    engine.sql(
        "pass_of", " UNION ALL ".join(f"SELECT {n} AS place, '{p}' AS tried" for n, (p, _) in enumerate(numbered))
    )
    return numbered


_COUNTED = """
WITH key AS ({keys}),
counted AS (
  SELECT tried, block, count(*) AS persons
  FROM spine_key JOIN linkage_memory.current AS c USING (entity_id)
  WHERE c.in_spine
  GROUP BY ALL
)
SELECT description_id, place, max(coalesce(persons, 0)) AS most, min(coalesce(persons, 0)) AS fewest
FROM key JOIN pass_of USING (place) LEFT JOIN counted USING (tried, block)
GROUP BY ALL ORDER BY ALL
"""


def _reached(model: Model, numbered: _Numbered, row: dict[str, int]) -> KeyReach:
    tried, fields = numbered[row["place"]]
    return KeyReach(fields, tried, row["most"], row["fewest"] > model.largest_block)
