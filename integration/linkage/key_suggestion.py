"""Blocking keys suggested from the data: which find the likely matches at the least cost."""

from dataclasses import dataclass
from itertools import combinations

from integration.linkage.blocking import keys_of
from integration.linkage.engine import Engine, number, table_of
from integration.linkage.model import Model

_MOST_FIELDS = 3


@dataclass(frozen=True)
class SuggestedKey:
    """A key and what it is worth: `found` and `added` are shares (0 to 1) of the likely matches.

    `pairs` are the comparisons it would make, `left_out` those lost to blocks wider than the model allows, `found` what
    it finds, `added` what no key before it in the list finds.
    """

    fields: tuple[str, ...]
    pairs: int
    left_out: int
    found: float
    added: float


def suggest_keys(engine: Engine, model: Model, entities: str, likely: str, most: int = 10) -> list[SuggestedKey]:
    """Give up to `most` keys that together find the likely matches, a table `likely(a, b)`, with few comparisons.

    Every field of the model, every two and every three of them are tried. The next key is the one that finds most of
    what is still missing for each comparison it costs; the list ends where a key would add less than one in a thousand.
    """
    total = number(engine, f"SELECT count(*) FROM {likely}")
    fields = sorted({field for key in model.keys for field in key})
    tried = [key for size in range(1, _MOST_FIELDS + 1) for key in combinations(fields, size)]
    engine.sql("found_by", "SELECT 0 AS key, 0::BIGINT AS a, 0::BIGINT AS b WHERE false")
    cost: dict[int, tuple[int, int]] = {}
    for place, key in enumerate(tried):
        cost[place] = _try(engine, model, entities, likely, key, place)
    suggested: list[SuggestedKey] = []
    engine.sql("missing", f"SELECT a, b FROM {likely}")
    found = _counts(engine, "SELECT key, count(*) FROM found_by GROUP BY key")
    while total and len(suggested) < most:
        gain = _counts(engine, "SELECT key, count(*) FROM found_by JOIN missing USING (a, b) GROUP BY key")
        best = max(gain, key=lambda place: (gain[place] / (cost[place][0] + 1000), -place), default=None)
        if best is None or gain[best] < total / 1000:
            break
        suggested.append(SuggestedKey(tried[best], *cost[best], found[best] / total, gain[best] / total))
        engine.sql(
            "missing",
            f"""SELECT m.a, m.b FROM missing AS m
            LEFT JOIN (SELECT a, b FROM found_by WHERE key = {best}) AS f ON f.a = m.a AND f.b = m.b
            WHERE f.a IS NULL""",
        )
    return suggested


def _try(engine: Engine, model: Model, entities: str, likely: str, key: tuple[str, ...], place: int) -> tuple[int, int]:
    """Add what a key finds to `found_by`; give the comparisons it makes and those it leaves out."""
    engine.sql("tried_key", keys_of(engine, model, entities, key))
    engine.sql(
        "tried_block",
        """SELECT block, count(*) FILTER (in_spine) AS spine, count(*) FILTER (NOT in_spine) AS others
        FROM tried_key GROUP BY block""",
    )
    pairs = "spine * others" if model.spine else "others * (others - 1) // 2"
    wide = f"{'spine' if model.spine else 'others'} > {model.largest_block}"
    counted = table_of(
        engine,
        f"""SELECT coalesce(sum({pairs}) FILTER (NOT ({wide})), 0)::BIGINT AS pairs,
                   coalesce(sum({pairs}) FILTER ({wide}), 0)::BIGINT AS left_out FROM tried_block""",
    )
    engine.sql(
        "found_by",
        f"""SELECT DISTINCT {place} AS key, l.a, l.b
        FROM {likely} AS l
        JOIN tried_key AS x ON x.entity_id = l.a
        JOIN tried_key AS y ON y.entity_id = l.b AND y.block = x.block
        WHERE x.block NOT IN (SELECT block FROM tried_block WHERE {wide})""",
        append=True,
    )
    return counted["pairs"][0].as_py(), counted["left_out"][0].as_py()


def _counts(engine: Engine, query: str) -> dict[int, int]:
    found = table_of(engine, query)
    return dict(zip(found.column(0).to_pylist(), found.column(1).to_pylist(), strict=True))
