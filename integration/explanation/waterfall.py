"""The waterfall of a pair: what each comparison adds to the prior, up to the weight on which the matching decided."""

import math
import re
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from integration.explanation.matched_home import older_version, other_model
from integration.explanation.subjects import listed
from integration.linkage import Model
from integration.linkage.comparisons import frequencies, level_of, weigh
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.engine import number, table_of
from integration.linkage.entities import with_frequencies
from integration.linkage.model import Comparison
from integration.linkage.prior import family_cap, outside_people, outside_prior, spine_prior
from warehouse.errors import DeclarationError
from warehouse.progress import silent

_CLOSE = 1e-6
"""Bits by which a weight may differ from the stored one: another sum of the same numbers."""


@dataclass(frozen=True)
class Term:
    """What one comparison says of a pair, in bits: `level_weight` as the model has it, `rarity` for a rare value.

    `frequency` is the share of people that have the value; None where the level does not ask for it.
    """

    comparison: str
    about: str
    level: str
    level_weight: float
    frequency: float | None

    @property
    def rarity(self) -> float:
        """Bits that the value adds by being rare; 0 where the level does not ask how common it is."""
        return -math.log2(self.frequency) if self.frequency else 0.0

    @property
    def weight(self) -> float:
        """All that the comparison adds, in bits."""
        return self.level_weight + self.rarity


@dataclass(frozen=True)
class Waterfall:
    """A pair of descriptions and how its weight came about; a is the one to be placed, all weights are in bits.

    The weight is shift + slope * (prior + all terms + `capped`) + `on_a_name_alone`. `capped` (0 or less) is what
    family evidence says beyond its cap; `on_a_name_alone` (0 or less) is what a pair loses that has nothing beside
    the name. `forbidden` is the reason of the constraint that forbids the pair and `forbidden_by` its condition.
    `companions` counts members of a's household that were placed in b's family. `stored` is the weight the last run
    left, None where it did not keep the pair; `chosen` whether it joined the two; `verdict` what people decided.
    """

    a: int
    b: int
    with_register: bool
    others: float
    prior: float
    terms: tuple[Term, ...]
    family_cap: float
    capped: float
    calibration: tuple[float, float]
    on_a_name_alone: float
    weight: float
    forbidden: str | None
    forbidden_by: str | None
    may_repeat: bool
    companions: int
    stored: float | None
    chosen: bool
    verdict: str | None

    @property
    def evidence(self) -> float:
        """Prior, terms and cap together: the weight before it is calibrated."""
        return self.prior + sum(term.weight for term in self.terms) + self.capped

    @property
    def calibrated(self) -> float:
        """What calibration adds or takes, in bits."""
        shift, slope = self.calibration
        return shift + (slope - 1) * self.evidence

    @property
    def total(self) -> float:
        """The sum of all that is shown; equal to `weight`."""
        return self.evidence + self.calibrated + self.on_a_name_alone

    @property
    def probability(self) -> float:
        """The chance that both describe one person, seen without any rival."""
        return 1 / (1 + 2**-self.weight)

    def band(self, model: Model) -> str:
        """Give the band the probability falls in: auto, review or none."""
        if self.forbidden:
            return "none"
        return "auto" if self.probability >= model.auto else "review" if self.probability >= model.review else "none"


def waterfalls(engine: DuckDBEngine, model: Model, pairs: list[tuple[int, int]]) -> dict[tuple[int, int], Waterfall]:
    """Explain pairs of description ids as the matching weighs them, by the ids as given.

    Raises `HomeError` when the home was matched by another version or model. A description that is gone, or is paired
    with itself, is left out.
    """
    columns = list(zip(*pairs, strict=True)) if pairs else [(), ()]
    engine.register(
        "asked_description",
        pa.table({side: pa.array(ids, pa.int64()) for side, ids in zip("xy", columns, strict=True)}),
    )
    engine.sql("turned_description", _TURNED)
    firsts = table_of(engine, "SELECT DISTINCT description_a FROM turned_description")["description_a"].to_pylist()
    engine.sql("stored_pair", f"SELECT * FROM matched_pairs.candidate_pair WHERE description_a IN ({listed(firsts)})")
    engine.sql("explained", _EXPLAINED)
    size = float(table_of(engine, "SELECT spine_size FROM linkage_memory.state")["spine_size"][0].as_py())
    sides = "SELECT a AS entity_id FROM explained UNION SELECT b FROM explained"
    its_sides = f"linkage_memory.entity SEMI JOIN ({sides}) AS side USING (entity_id)"
    with_frequencies(engine, "explained_side", its_sides, size)
    prior = spine_prior(model, size)
    found = _weighed(engine, model, "with_register", prior, family_cap(model, size), size)
    if len(found) < number(engine, "SELECT count(*) FROM explained"):
        people = outside_people(model, number(engine, _UNPLACED), size)
        prior = outside_prior(model, people)
        found |= _weighed(engine, model, "NOT with_register", prior, family_cap(model, people), people)
    return found


# The one to be placed is a; of two outside the spine the larger number, as the engine pairs them.
_TURNED = """
SELECT x, y, one.in_spine OR other.in_spine AS with_register,
  CASE WHEN x_first THEN one.entity_id ELSE other.entity_id END AS a,
  CASE WHEN x_first THEN other.entity_id ELSE one.entity_id END AS b,
  CASE WHEN x_first THEN x ELSE y END AS description_a,
  CASE WHEN x_first THEN y ELSE x END AS description_b
FROM asked_description
JOIN linkage_memory.current AS one ON one.description_id = x
JOIN linkage_memory.current AS other ON other.description_id = y,
LATERAL (SELECT CASE WHEN one.in_spine <> other.in_spine THEN other.in_spine
                     ELSE one.entity_id > other.entity_id END AS x_first)
WHERE x <> y
"""

# A decision of people stands beside the pair's own evidence: what it weighs is the evidence's.
_EXPLAINED = """
SELECT p.*, any_value(c.match_weight) FILTER (c.match_method <> 'manual') AS stored,
  coalesce(bool_or(c.chosen), false) AS chosen,
  any_value(d.verdict) AS verdict,
  coalesce(max(f.companions) FILTER (c.match_weight IS NULL OR f.weight = c.match_weight), 0)::UTINYINT AS companions
FROM turned_description AS p
LEFT JOIN stored_pair AS c ON c.description_a = p.description_a AND c.description_b = p.description_b
LEFT JOIN linkage_memory.decided AS d ON d.a = p.a AND d.b = p.b
LEFT JOIN linkage_memory.family_pair AS f ON f.a = p.a AND f.b = p.b
GROUP BY ALL
"""

_UNPLACED = """
SELECT count(*) FROM linkage_memory.current
WHERE NOT in_spine AND description_id NOT IN (
  SELECT description_a FROM matched_pairs.candidate_pair
  WHERE chosen AND description_b IN (SELECT description_id FROM linkage_memory.current WHERE in_spine))
"""


def _weighed(
    engine: DuckDBEngine, model: Model, where: str, prior: float, cap: float, others: float
) -> dict[tuple[int, int], Waterfall]:
    engine.sql("explained_pair", f"SELECT DISTINCT a, b, companions FROM explained WHERE {where}")
    for name, its_model in (("explained_weight", model), ("explained_bare", _bare(model))):
        try:
            weigh(engine, its_model, name, "explained_pair", "explained_side", prior, cap, silent, everything=True)
        except DeclarationError as error:
            raise older_version() from error
    found = {}
    for row in table_of(engine, _terms_query(model)).to_pylist():
        pair = _waterfall(model, row, prior, cap, others)
        if pair.stored is not None and abs(pair.weight - pair.stored) > _CLOSE:
            raise other_model(model, pair.stored, pair.weight)
        found[(row["x"], row["y"])] = pair
    return found


def _bare(model: Model) -> Model:
    """Give the model without its rule on names alone, its constraints numbered instead of named."""
    numbered = tuple(replace(constraint, reason=str(place)) for place, constraint in enumerate(model.constraints))
    return replace(model, beside_name="true", constraints=numbered)


def _terms_query(model: Model) -> str:
    levels = ", ".join(level_of(model, c.name, "w.levels") for c in model.comparisons)
    common = ", ".join(f"w.per_{feature}" for feature in frequencies(model))
    return f"""SELECT e.*, w.weight, w.forbidden, w.may_repeat, [{levels}]::INTEGER[] AS levels,
      [{common}]::DOUBLE[] AS common, bare.weight AS bare_weight, bare.forbidden::INTEGER AS broken
    FROM explained AS e JOIN explained_weight AS w USING (a, b) JOIN explained_bare AS bare USING (a, b)"""


def _waterfall(model: Model, row: dict[str, Any], prior: float, cap: float, others: float) -> Waterfall:
    common = dict(zip(frequencies(model), row["common"], strict=True))
    terms = tuple(_term(c, place, common) for c, place in zip(model.comparisons, row["levels"], strict=True))
    return Waterfall(
        a=row["description_a"],
        b=row["description_b"],
        with_register=row["with_register"],
        others=others,
        prior=prior,
        terms=terms,
        family_cap=cap,
        capped=min(0.0, cap - sum(term.weight for term in terms if term.about == "family")),
        calibration=model.calibration,
        on_a_name_alone=row["weight"] - row["bare_weight"],
        weight=row["weight"],
        forbidden=row["forbidden"],
        forbidden_by=None if row["broken"] is None else in_words(model, model.constraints[row["broken"]].when),
        may_repeat=bool(row["may_repeat"]),
        companions=row["companions"],
        stored=row["stored"],
        chosen=row["chosen"],
        verdict=row["verdict"],
    )


def _term(comparison: Comparison, place: int, common: dict[str, float]) -> Term:
    if place == 0:
        return Term(comparison.name, comparison.about, "unknown", 0.0, None)
    level = comparison.levels[place - 1]
    return Term(comparison.name, comparison.about, level.name, level.weight, common[level.per] if level.per else None)


_LEVEL_TEST = re.compile(r"(\w+)_level (=|<>|NOT IN|IN) (\([\d, ]+\)|\d+)")


def in_words(model: Model, condition: str) -> str:
    """Give a condition of the model with the names of levels, as its file has them."""

    def named(test: re.Match[str]) -> str:
        comparison, operator, places = test.groups()
        levels = ["unknown", *(level.name for level in model.comparison(comparison).levels)]
        words = [levels[int(place)] for place in re.findall(r"\d+", places)]
        return f"{comparison} {operator} {words[0] if places.isdigit() else '(' + ', '.join(words) + ')'}"

    return _LEVEL_TEST.sub(named, condition)
