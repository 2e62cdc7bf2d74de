"""Why a description was placed on one candidate and not on another: what was closed, and each one's chance."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pyarrow as pa

from integration.explanation.waterfall import Waterfall, waterfalls
from integration.linkage import Model
from integration.linkage.assignment import RIVAL, exclusive_snapshots
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.engine import table_of
from warehouse.database import rows

_MOST_CHECKED = 400
"""Pairs between two groups that are looked at for what keeps these apart."""


@dataclass(frozen=True)
class Candidate:
    """A description that another one was compared with.

    `chance` (0 to 1) is its share once closed candidates are out, beside the others and nobody; None for a closed one
    and outside the register, where nothing competes. `closed` says in words why it was out of the question.
    """

    other: int
    pair: Waterfall
    chance: float | None
    closed: str | None


def compete(
    engine: DuckDBEngine, model: Model, pairs: Iterable[Waterfall], whom: Collection[int]
) -> dict[int, list[Candidate]]:
    """Give the candidates of each description of `whom`, the chosen one first, then the strongest.

    The pairs must hold all its candidates; a description of the register has none. What is closed is what the last run
    left closed: a rival that was taken only after the description had been placed is out here, too.
    """
    pairs = list(pairs)
    taken = _taken(engine, model, pairs)
    found = {}
    for one in whom:
        its = [pair for pair in pairs if pair.a == one or (pair.b == one and not pair.with_register)]
        found[one] = _ranked(engine, model, one, its, taken)
    return found


def _ranked(
    engine: DuckDBEngine, model: Model, one: int, pairs: list[Waterfall], taken: dict[tuple[int, int], str]
) -> list[Candidate]:
    allowed = [pair.weight for pair in pairs if not pair.forbidden and pair.verdict != "different"]
    best = max(allowed, default=0.0)
    closed: dict[int, str | None] = {}
    for pair in pairs:
        other = pair.b if pair.a == one else pair.a
        if pair.chosen:
            closed[other] = None
        elif pair.forbidden:
            closed[other] = f"forbidden as {pair.forbidden}: {pair.forbidden_by}"
        elif pair.verdict == "different":
            closed[other] = "people decided that they are two persons"
        elif (pair.a, pair.b) in taken:
            closed[other] = taken[(pair.a, pair.b)]
        elif pair.with_register and pair.weight < best - RIVAL:
            closed[other] = "no rival: more than a thousand times less likely than the best"
        elif not pair.with_register and pair.probability >= model.auto:
            closed[other] = _apart(engine, model, pair)
        else:
            closed[other] = None
    odds = {
        (pair.b if pair.a == one else pair.a): 2**pair.weight
        for pair in pairs
        if pair.with_register and closed[pair.b] is None
    }
    total = 1 + sum(odds.values())
    ranked = sorted(pairs, key=lambda pair: (not pair.chosen, pair.forbidden is not None, -pair.weight, pair.b))
    return [
        Candidate(other, pair, odds[other] / total if other in odds else None, closed[other])
        for pair in ranked
        for other in [pair.b if pair.a == one else pair.a]
    ]


def _taken(engine: DuckDBEngine, model: Model, pairs: list[Waterfall]) -> dict[tuple[int, int], str]:
    """Give the pairs whose register person has another row of one of a's exclusive snapshots, and say so in words."""
    sides = {side: pa.array([getattr(pair, side) for pair in pairs], pa.int64()) for side in "ab"}
    repeatable = pa.array([pair.may_repeat for pair in pairs], pa.bool_())
    engine.register("competing", pa.table(sides | {"may_repeat": repeatable}))
    engine.sql("holder", _HOLDER)
    exclusive_snapshots(
        engine, model, "competing_exclusive",
        """(SELECT e.entity_id, exclusive_in FROM linkage_memory.entity AS e
        WHERE entity_id IN (SELECT entity_id FROM linkage_memory.current
                            WHERE description_id IN (SELECT a FROM competing UNION SELECT holder FROM holder)))""",
    )  # fmt: skip
    return {
        (row["a"], row["b"]): f"taken: {row['holder']} was placed there with {row['weight']:.2f} bits, and "
        f"{row['snapshot']} holds each person once"
        for row in table_of(engine, _TAKEN).to_pylist()
    }


_HOLDER = """
SELECT description_a AS holder, description_b AS b, match_weight AS weight
FROM matched_pairs.candidate_pair
WHERE chosen AND description_b IN (SELECT b FROM competing)
"""

_TAKEN = """
SELECT DISTINCT ON (c.a, c.b) c.a, c.b, h.holder, h.weight, own.snapshot
FROM competing AS c
JOIN holder AS h ON h.b = c.b AND h.holder <> c.a
JOIN linkage_memory.current AS x ON x.description_id = c.a
JOIN linkage_memory.current AS y ON y.description_id = h.holder
JOIN competing_exclusive AS own ON own.entity_id = x.entity_id
JOIN competing_exclusive AS held ON held.entity_id = y.entity_id AND held.snapshot = own.snapshot
WHERE NOT (own.repeats AND c.may_repeat)
ORDER BY h.weight DESC, h.holder
"""


def _apart(engine: DuckDBEngine, model: Model, pair: Waterfall) -> str:
    """Say what keeps the persons of a sure pair outside the register apart: joined, two others would contradict."""
    across = rows(
        engine.connection,
        """SELECT x.description_id, y.description_id
        FROM matched_pairs.person_link AS x, matched_pairs.person_link AS y
        WHERE x.cluster = (SELECT cluster FROM matched_pairs.person_link WHERE description_id = ?)
          AND y.cluster = (SELECT cluster FROM matched_pairs.person_link WHERE description_id = ?)
        ORDER BY ALL LIMIT ?""",
        [pair.a, pair.b, _MOST_CHECKED],
    )
    between = list(waterfalls(engine, model, across).values())
    for one in between:
        if one.verdict == "different":
            return f"joined, it would bring {one.a} and {one.b} together, whom people told apart"
        if one.forbidden and one.verdict != "same":
            return f"joined, it would bring {one.a} and {one.b} together: {one.forbidden}, {one.forbidden_by}"
    for one in between:
        if both := _shared_snapshot(engine, one):
            return f"joined, it would bring {one.a} and {one.b} together, and {both} holds each person once"
    return "weaker pairs were joined first that leave no room for it"


def _shared_snapshot(engine: DuckDBEngine, pair: Waterfall) -> str | None:
    found = rows(
        engine.connection,
        """SELECT list_intersect(one.exclusive_in, other.exclusive_in)[1]
        FROM linkage_memory.entity AS one JOIN linkage_memory.current AS x ON x.entity_id = one.entity_id,
          linkage_memory.entity AS other JOIN linkage_memory.current AS y ON y.entity_id = other.entity_id
        WHERE x.description_id = ? AND y.description_id = ?""",
        [pair.a, pair.b],
    )
    return found[0][0] if found else None
