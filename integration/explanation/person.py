"""A person: which descriptions make them, how each was placed, and why on this person and not on another one."""

from dataclasses import dataclass

from integration.explanation.competition import Candidate, compete
from integration.explanation.descriptions import Decision, Described, decisions_of, describe
from integration.explanation.keys import KeyReach, reach, shared
from integration.explanation.matched_home import require_matched
from integration.explanation.subjects import UnknownSubject, find_description, find_person, listed
from integration.explanation.unregistered import find_reasons
from integration.explanation.waterfall import Waterfall, waterfalls
from integration.linkage import Model
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.model import weight_of
from warehouse.database import Connection, rows

MOST = 200
"""Descriptions of a person, and candidates of a description, that are looked at: the strongest."""


@dataclass(frozen=True)
class Placement:
    """A description of the person, and its candidates: the one that placed it first, then the strongest.

    For a description that is on nobody of the register, `reason` says why (`unregistered.REASONS`), and `keys` are
    those it could be found by.
    """

    described: Described
    candidates: tuple[Candidate, ...]
    reason: str | None
    keys: tuple[KeyReach, ...]


@dataclass(frozen=True)
class PersonExplanation:
    """A person; `known` is everybody named in the explanation, by description_id.

    `descriptions` counts all of the person, of which at most `MOST` have a placement. `joined` are the pairs inside the
    person that the matching joined, `refused` the likely ones with somebody else, strongest first.
    """

    person_id: str | None
    descriptions: int
    placements: tuple[Placement, ...]
    decisions: tuple[Decision, ...]
    joined: tuple[Waterfall, ...]
    refused: tuple[Waterfall, ...]
    known: dict[int, Described]


@dataclass(frozen=True)
class PairExplanation:
    """A pair and its two sides, the keys that they share, and how b stood among the candidates of a."""

    pair: Waterfall
    a: Described
    b: Described
    keys: tuple[KeyReach, ...]
    candidate: Candidate
    decisions: tuple[Decision, ...]


def explain_person(con: Connection, model: Model, asked: str) -> PersonExplanation:
    """Explain the person that a person_id, a description_id or a row names; a read-only connection will do.

    Raises `HomeError` for a home that cannot be explained and `UnknownSubject` when nobody is meant.
    """
    require_matched(con)
    engine = DuckDBEngine(con)
    with engine.working():
        person, descriptions = find_person(con, asked)
        members = _register_first(con, descriptions)
        found = waterfalls(engine, model, _pairs_of(con, model, members)).values()
        candidates = compete(engine, model, found, members)
        find_reasons(con, model, f"description_id IN ({listed(members)})")
        reasons = dict(rows(con, "SELECT description_id, reason FROM unregistered_reason"))
        keys = reach(engine, model, [one for one in members if one in reasons])
        known = describe(con, {*members, *(side for pair in found for side in (pair.a, pair.b))})
        inside = set(members)
        return PersonExplanation(
            person_id=person,
            descriptions=len(descriptions),
            placements=tuple(
                Placement(
                    described=known[one],
                    candidates=() if known[one].said["of_register"] else tuple(candidates[one]),
                    reason=reasons.get(one),
                    keys=keys.get(one, ()),
                )
                for one in members
            ),
            decisions=decisions_of(con, members),
            joined=tuple(pair for pair in found if pair.chosen and {pair.a, pair.b} <= inside),
            refused=tuple(
                sorted(
                    (p for p in found if not {p.a, p.b} <= inside and not p.chosen and p.probability >= model.review),
                    key=lambda pair: (-pair.weight, pair.a, pair.b),
                )
            ),
            known=known,
        )


def explain_pair(con: Connection, model: Model, one: str, other: str) -> PairExplanation:
    """Explain two descriptions, each named by its number, a row or a person_id; a read-only connection will do.

    They need not have been compared. Raises as `explain_person` does, and `UnknownSubject` for one and the same.
    """
    require_matched(con)
    engine = DuckDBEngine(con)
    with engine.working():
        x, y = find_description(con, one), find_description(con, other)
        if x == y:
            raise UnknownSubject(
                f"{one} and {other} are one description, {x}: they say the very same, so that nothing was compared."
            )
        pair = waterfalls(engine, model, [(x, y)])[(x, y)]
        rivals = {(p.a, p.b): p for p in waterfalls(engine, model, _pairs_of(con, model, [pair.a])).values()}
        rivals[(pair.a, pair.b)] = pair
        ranked = compete(engine, model, rivals.values(), [pair.a])[pair.a]
        known = describe(con, [x, y])
        return PairExplanation(
            pair=pair,
            a=known[pair.a],
            b=known[pair.b],
            keys=shared(engine, model, x, y),
            candidate=next(one for one in ranked if one.other == pair.b),
            decisions=tuple(d for d in decisions_of(con, [x]) if {d.one, d.other} == {x, y}),
        )


def _register_first(con: Connection, descriptions: list[int]) -> list[int]:
    """Give at most `MOST` of them, the register's first, then by source and the weight they were placed with."""
    return [
        one
        for (one,) in rows(
            con,
            f"""SELECT description_id
            FROM matched_pairs.description JOIN matched_pairs.person_link USING (description_id)
            WHERE description_id IN ({listed(descriptions)})
            ORDER BY of_register DESC, dataset, role, match_probability DESC NULLS LAST, description_id LIMIT {MOST}""",
        )
    ]


def _pairs_of(con: Connection, model: Model, members: list[int]) -> list[tuple[int, int]]:
    """Give the candidates of the members, and the likely pairs in which a member was somebody else's candidate."""
    return [
        (a, b)
        for a, b in rows(
            con,
            f"""SELECT description_a, description_b FROM matched_pairs.candidate_pair
            WHERE description_a IN ({listed(members)})
            QUALIFY row_number() OVER (
              PARTITION BY description_a ORDER BY chosen DESC, match_weight DESC, description_b) <= {MOST}
            UNION
            SELECT description_a, description_b FROM matched_pairs.candidate_pair
            WHERE description_b IN ({listed(members)}) AND (chosen OR match_weight >= {weight_of(model.review)})
            QUALIFY row_number() OVER (
              PARTITION BY description_b ORDER BY chosen DESC, match_weight DESC, description_a) <= {MOST}""",
        )
    ]
