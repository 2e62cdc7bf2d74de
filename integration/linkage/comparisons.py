"""From pairs to evidence: the features of a pair, its level in each comparison of the model, and its weight."""

import re
from collections.abc import Iterable

from integration.linkage.engine import Engine, number
from integration.linkage.expressions import check_columns
from integration.linkage.model import Comparison, Model, weight_of
from integration.linkage.name_similarity import SCHEMA, score
from warehouse.progress import Progress, Say

_SLICE = 2_000_000
"""Pairs that are compared in one go: bounds memory, and progress is told between slices."""

_FEW = 500_000
"""Pairs up to which their sides are fetched once, before anything is joined: of a large table, that costs most."""

BITS = 4
"""Bits that the level of one comparison takes in the number that holds a pair's levels."""


def weigh(
    engine: Engine,
    model: Model,
    name: str,
    pairs: str,
    entities: str,
    prior: float,
    family_cap: float,
    say: Say,
    *,
    contradictions: bool = False,
    everything: bool = False,
) -> None:
    """Make `name`: one row per pair of the table `pairs(a, b, companions)` that is worth keeping.

    That is: likely enough, or forbidden because of its NIK, or (with `contradictions`) forbidden for any reason; with
    `everything` all pairs, and each feature that tells how common a value is, as `per_<feature>`. `prior` is a weight
    in bits. Columns: a, b, companions, levels (a number: `BITS` bits for
    each comparison of the model in its order, 0 for unknown), weight (bits, with the prior), forbidden (the reason of
    the constraint that holds, else null), may_repeat (whether two rows of one exclusive snapshot may both be meant).
    Family evidence together is capped at `family_cap` bits: it can prove the family, not which of its members.
    """
    check_columns(engine, model, entities)
    total = number(engine, f"SELECT count(*) FROM {pairs}")
    if total <= _FEW:
        engine.sql("side", _sides(model, pairs, entities))
        entities = "side"
    slices = total // _SLICE + 1
    progress = Progress("Comparing records", say)
    for place in range(slices):
        chosen = f"(SELECT * FROM {pairs} WHERE a % {slices} = {place})" if slices > 1 else pairs
        candidates = chosen
        if not (everything or contradictions):
            engine.sql("possible", _possible(model, chosen, entities, prior, family_cap))
            candidates = "possible"
        engine.sql("feature", _features(model, candidates, entities))
        _score_names(engine, model)
        engine.sql(name, _weighed(model, prior, family_cap, contradictions, everything), append=place > 0)
        if total > _SLICE:
            progress((place + 1) * total // slices, total)


def frequencies(model: Model) -> list[str]:
    """Give the features that levels name as `per`: how common the compared value is."""
    return sorted({level.per for comparison in model.comparisons for level in comparison.levels if level.per})


def level_names(model: Model) -> dict[str, list[str]]:
    """Give for each comparison the names of its levels by number; 0 is unknown."""
    return {c.name: ["unknown", *(level.name for level in c.levels)] for c in model.comparisons}


def level_of(model: Model, comparison: str, levels: str = "levels") -> str:
    """Give SQL for the number of a comparison's level in a `levels` number."""
    place = [c.name for c in model.comparisons].index(comparison)
    return f"(({levels} >> {BITS * place}) & 15)"


def _sides(model: Model, pairs: str, entities: str) -> str:
    """Give the entities that stand in pairs, with what the features look at."""
    said = " ".join(_expanded(expression) for expression in model.features.values())
    columns = set(re.findall(r"\b[ab]\.(\w+)", said))
    if model.aligned_names:
        columns |= {model.aligned_names.column, model.aligned_names.shares}
    return f"""SELECT {", ".join(["entity_id", *sorted(columns - {"entity_id"})])} FROM {entities}
WHERE entity_id IN (SELECT a FROM {pairs} UNION SELECT b FROM {pairs})"""


def _features(model: Model, pairs: str, entities: str) -> str:
    columns = "".join(f",\n  {_expanded(expression)} AS {name}" for name, expression in model.features.items())
    aligned = model.aligned_names
    if aligned:
        columns += (
            f",\n  a.{aligned.column} AS tokens_a, b.{aligned.column} AS tokens_b, b.{aligned.shares} AS shares_b"
        )
    return f"""SELECT pair.a, pair.b, pair.companions{columns}
FROM {pairs} AS pair
JOIN {entities} AS a ON a.entity_id = pair.a
JOIN {entities} AS b ON b.entity_id = pair.b"""


def _possible(model: Model, pairs: str, entities: str, prior: float, cap: float) -> str:
    """Give the pairs that what is cheap to judge leaves possible, were all the rest to speak for them."""
    early = [c for c in model.comparisons if c.early]
    late = {about: sum(c.highest_weight for c in model.comparisons if not c.early and c.about == about)
            for about in ("person", "family")}  # fmt: skip
    needed = _words(c.unknown + " ".join(f"{level.when} {level.per}" for level in c.levels) for c in early)
    if model.aligned_names:
        needed |= _words([model.aligned_names.unless])
    features = "".join(
        f",\n    {_expanded(expression)} AS {name}" for name, expression in model.features.items() if name in needed
    )
    unspoken = (
        ", NULL::DOUBLE AS name_aligned, NULL::DOUBLE AS name_tokens_similarity, NULL::DOUBLE AS name_part_frequency"
    )
    weights = {about: " + ".join(_weight(c, _level(c)) for c in early if c.about == about) or "0"
               for about in ("person", "family")}  # fmt: skip
    grey = (
        f"CASE WHEN {model.aligned_names.unless} THEN 0 ELSE {model.aligned_names.at_most} END"
        if model.aligned_names
        else "0"
    )
    return f"""SELECT a, b, companions FROM (
  SELECT pair.a, pair.b, pair.companions{features}{unspoken if model.aligned_names else ""}
  FROM {pairs} AS pair
  JOIN {entities} AS a ON a.entity_id = pair.a
  JOIN {entities} AS b ON b.entity_id = pair.b)
WHERE {prior} + {weights["person"]} + {late["person"]} + coalesce({grey}, 0)
  + least({weights["family"]} + {late["family"]}, {cap}) >= {weight_of(model.keep)}
  {_sure_number(model)}"""


def _sure_number(model: Model) -> str:
    """Let equal numbers through whatever else speaks against them: a conflict is for a person to know of."""
    return "OR nik_a = nik_b" if {"nik_a", "nik_b"} <= set(model.features) else ""


def _score_names(engine: Engine, model: Model) -> None:
    """Let the kernel speak on the names that the features do not settle: fills `scored_name`."""
    if not model.aligned_names:
        return
    engine.sql(
        "grey_name",
        f"""SELECT a, b, tokens_a AS name_a, tokens_b AS name_b, shares_b FROM feature
        WHERE tokens_a IS NOT NULL AND tokens_b IS NOT NULL AND ({model.aligned_names.unless}) IS NOT TRUE""",
    )
    engine.map_arrow("scored_name", "grey_name", score, SCHEMA)


def _weighed(model: Model, prior: float, cap: float, contradictions: bool, everything: bool) -> str:
    levels = ",\n      ".join(f"{_level(c)} AS {c.name}_level" for c in model.comparisons)
    packed = " | ".join(f"({c.name}_level::BIGINT << {BITS * place})" for place, c in enumerate(model.comparisons))
    sums = {about: " + ".join(_weight(c, f"{c.name}_level") for c in model.comparisons if c.about == about) or "0"
            for about in ("person", "family")}  # fmt: skip
    shift, slope = model.calibration
    weight = f"{shift} + {slope} * ({prior} + {sums['person']} + least({sums['family']}, {cap}))"
    doubtful = weight_of(model.auto) - 0.001  # just short of being joined without asking
    forbidden = " ".join(f"WHEN {constraint.when} THEN '{constraint.reason}'" for constraint in model.constraints)
    source = (
        """feature LEFT JOIN (SELECT a, b, aligned AS name_aligned, similarity AS name_tokens_similarity,
          frequency AS name_part_frequency FROM scored_name) USING (a, b)"""
        if model.aligned_names
        else "feature"
    )
    kept = f"""WHERE weight >= {weight_of(model.keep)}
  OR forbidden = 'nik_conflict' OR forbidden IS NOT NULL AND {contradictions}"""
    per = "".join(f", {feature}::DOUBLE AS per_{feature}" for feature in frequencies(model)) if everything else ""
    return f"""SELECT * FROM (
  SELECT a, b, companions, {packed} AS levels,
    CASE WHEN {model.beside_name} THEN {weight} ELSE least({weight}, {doubtful}) END AS weight,
    {f"CASE {forbidden} END" if forbidden else "NULL::VARCHAR"} AS forbidden,
    ({model.repeats_when}) AS may_repeat{per}
  FROM (SELECT *,
      {levels}
    FROM {source}))
{"" if everything else kept}"""


def _level(comparison: Comparison) -> str:
    whens = "\n        ".join(f"WHEN {level.when} THEN {place}" for place, level in enumerate(comparison.levels, 1))
    return f"CASE WHEN {comparison.unknown} THEN 0\n        {whens} ELSE 0 END"


def _weight(comparison: Comparison, level: str) -> str:
    whens = " ".join(
        f"WHEN {place} THEN " + (f"log2({item.m / item.u!r} / {item.per})" if item.per else repr(item.weight))
        for place, item in enumerate(comparison.levels, 1)
    )
    return f"CASE {level} {whens} ELSE 0 END"


_LIKENESS = re.compile(r"likeness\(\s*a\.(\w+)\s*,\s*b\.(\w+)\s*\)")


def _expanded(expression: str) -> str:
    """Write `likeness(a.x, b.y)` out: names as contracts.md §5 compares them, beside their forms without blanks.

    A name that is part of the other is at least 0.9 alike; null where one side says nothing.
    """

    def written_out(match: re.Match[str]) -> str:
        x, y = f"a.{match.group(1)}", f"b.{match.group(2)}"
        xj, yj = f"{x}_joined", f"{y}_joined"
        alike = f"greatest(jaro_winkler_similarity({x}, {y}), jaro_winkler_similarity({xj}, {yj}))"
        return f"""CASE WHEN {x} IS NULL OR {y} IS NULL THEN NULL WHEN {x} = {y} OR {xj} = {yj} THEN 1.0
    WHEN {alike} >= 0.9 THEN {alike}
    WHEN list_has_all(string_split({x}, ' '), string_split({y}, ' '))
      OR list_has_all(string_split({y}, ' '), string_split({x}, ' ')) THEN 0.9
    ELSE {alike} END"""

    return _LIKENESS.sub(written_out, expression)


def _words(texts: Iterable[str]) -> set[str]:
    return set(re.findall(r"[a-z_][a-z_0-9]*", " ".join(texts)))
