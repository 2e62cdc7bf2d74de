"""From pairs to evidence: the features of a pair, its level in each comparison of the model, and its weight."""

import math

import pyarrow as pa

from integration.linkage.model import Comparison, PersonModel
from integration.linkage.name_similarity import SCHEMA, score
from integration.linkage.scratch import drop
from warehouse.database import Connection, count
from warehouse.progress import Progress, Say

_BATCH = 65_536
_SLICE = 1_000_000
"""Pairs that are compared in one go: bounds memory, and progress is told between slices."""

_NAME_IS_CLEAR = 0.93
"""From this similarity on, Jaro-Winkler on the whole name has said all there is to say."""

_MACROS = """
-- Name similarity as contracts.md §5 defines it (x, y: tokens sorted; xj, yj: joined).
-- A name inside the other is close.
CREATE OR REPLACE TEMP MACRO likeness(x, y, xj, yj) AS
  CASE WHEN x IS NULL OR y IS NULL THEN NULL
       WHEN x = y OR xj = yj THEN 1.0
       WHEN list_has_all(string_split(x, ' '), string_split(y, ' '))
         OR list_has_all(string_split(y, ' '), string_split(x, ' ')) THEN 0.9
       ELSE greatest(jaro_winkler_similarity(x, y), jaro_winkler_similarity(xj, yj)) END
"""

_FEATURES = """
CREATE OR REPLACE TEMP TABLE feature AS
SELECT
  pair.a,
  pair.b,
  pair.companions,
  a.name_sorted AS name_a,
  b.name_sorted AS name_b,
  greatest(
    jaro_winkler_similarity(a.name_sorted, b.name_sorted),
    jaro_winkler_similarity(a.name_joined, b.name_joined),
    jaro_winkler_similarity(a.alias_sorted, b.name_sorted),
    jaro_winkler_similarity(a.name_sorted, b.alias_sorted)) AS name_similarity,
  coalesce(a.name_key = b.name_key, false) AS name_sounds_alike,
  abs(length(a.name_joined) - length(b.name_joined)) AS name_length_gap,
  a.birth_date AS birth_date_a,
  b.birth_date AS birth_date_b,
  a.birth_year AS birth_year_a,
  coalesce(a.birth_date_swapped = b.birth_date OR a.birth_date = b.birth_date_swapped
    OR (year(a.birth_date) = year(b.birth_date) AND month(a.birth_date) = day(b.birth_date)
        AND day(a.birth_date) = month(b.birth_date)), false) AS birth_date_is_swapped,
  (year(a.birth_date) = year(b.birth_date))::INTEGER + (month(a.birth_date) = month(b.birth_date))::INTEGER
    + (day(a.birth_date) = day(b.birth_date))::INTEGER AS birth_date_parts_equal,
  date_diff('day', a.birth_date, b.birth_date) AS birth_date_days,
  a.birth_year - b.birth_year AS birth_date_years,
  a.sex AS sex_a,
  b.sex AS sex_b,
  a.nik AS nik_a,
  b.nik AS nik_b,
  a.nik_prefix AS nik_prefix_a,
  CASE WHEN length(a.nik) = 16 AND length(b.nik) = 16 AND hamming(a.nik, b.nik) <= 2
       THEN damerau_levenshtein(a.nik, b.nik) END AS nik_distance,
  coalesce(list_contains(a.relative_families, b.family), false) AND a.nik IS DISTINCT FROM b.nik AS nik_is_of_relative,
  a.position AS position_a,
  b.position AS position_b,
  a.kk AS kk_a,
  b.kk AS kk_b,
  CASE WHEN length(a.kk) = 16 AND length(b.kk) = 16 AND hamming(a.kk, b.kk) <= 2
       THEN damerau_levenshtein(a.kk, b.kk) END AS kk_distance,
  nullif(greatest(
    coalesce(likeness(a.parent_1, b.parent_1, a.parent_1_joined, b.parent_1_joined), -1),
    coalesce(likeness(a.parent_1, b.parent_2, a.parent_1_joined, b.parent_2_joined), -1),
    coalesce(likeness(a.parent_2, b.parent_1, a.parent_2_joined, b.parent_1_joined), -1),
    coalesce(likeness(a.parent_2, b.parent_2, a.parent_2_joined, b.parent_2_joined), -1)), -1)
    AS parent_similarity,
  likeness(a.spouse, b.spouse, a.spouse_joined, b.spouse_joined) AS spouse_similarity,
  a.village AS village_a,
  b.village AS village_b,
  a.kecamatan AS kecamatan_a,
  b.kecamatan AS kecamatan_b,
  a.rt AS rt_a,
  b.rt AS rt_b,
  a.rw AS rw_a,
  b.rw AS rw_b,
  a.house AS house_a,
  b.house AS house_b,
  CASE WHEN starts_with(a.dusun, b.dusun) OR starts_with(b.dusun, a.dusun) THEN 1
       ELSE jaro_winkler_similarity(replace(a.dusun, ' ', ''), replace(b.dusun, ' ', '')) END AS dusun_similarity,
  coalesce(a.village <> b.village, false)
    OR (a.rt IS NULL OR b.rt IS NULL OR a.rw IS NULL OR b.rw IS NULL) AND (a.dusun IS NULL OR b.dusun IS NULL)
    AS neighbourhood_is_unknown,
  coalesce(a.name_ordinal <> b.name_ordinal, false) AS ordinals_differ,
  b.name_frequency,
  b.birth_date_frequency,
  b.family_share,
  CASE WHEN a.parent_1 IN (b.parent_2) OR a.parent_2 IN (b.parent_2)
       THEN b.parent_2_frequency ELSE b.parent_1_frequency END AS parent_frequency,
  b.spouse_frequency,
  b.village_share,
  b.token_shares
FROM {pairs} AS pair
JOIN entity AS a ON a.entity_id = pair.a
JOIN entity AS b ON b.entity_id = pair.b
"""


def weigh(
    con: Connection,
    model: PersonModel,
    pairs: str,
    prior: float,
    register_size: int,
    say: Say,
    *,
    contradictions: bool = False,
) -> None:
    """Fill `weighed`: one row per pair of the table `pairs(a, b, companions)` that is worth keeping.

    That is: likely enough, or forbidden because of its NIK, or (with `contradictions`) forbidden for any reason.
    `prior` is a weight in bits. Columns: a, b, `<comparison>_level` for each comparison, weight (bits, with the prior),
    forbidden (the reason of the constraint that holds, else null). Family evidence together is capped: it can prove the
    family, not the person. Once the family is proven, the rivals are its other members, who are compared too, and
    somebody of it who is not in the register: log2(register size * share not in it / members / outsiders).
    """
    con.execute(_MACROS)
    con.execute("DROP TABLE IF EXISTS weighed")
    total = count(con, f"SELECT count(*) FROM {pairs}")
    slices = total // _SLICE + 1
    progress = Progress("Comparing records", say)
    for number in range(slices):
        _weigh_slice(
            con, model, f"(SELECT * FROM {pairs} WHERE a % {slices} = {number})", prior, register_size, contradictions
        )
        verb = "INSERT INTO weighed" if number else "CREATE TEMP TABLE weighed AS"
        con.execute(f"{verb} FROM weighed_slice")
        progress((number + 1) * total // slices, total)
    drop(con, "feature", "possible", "grey", "grey_name", "levelled", "weighed_slice")


def _weigh_slice(
    con: Connection, model: PersonModel, pairs: str, prior: float, register_size: int, contradictions: bool
) -> None:
    con.execute(_FEATURES.format(pairs=pairs))
    _score_grey_names(con, model, prior, register_size)
    levels = ",\n  ".join(f"{_level(comparison)} AS {comparison.name}_level" for comparison in model.comparisons)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE levelled AS
        SELECT *, {levels}
        FROM (SELECT feature.* EXCLUDE (name_similarity), aligned AS name_aligned, frequency AS name_part_frequency,
                     greatest(name_similarity, similarity) AS name_similarity
              FROM feature {"" if contradictions else "JOIN possible USING (a, b)"} LEFT JOIN grey_name USING (a, b))"""
    )
    forbidden = " ".join(f"WHEN {constraint.when} THEN '{constraint.reason}'" for constraint in model.constraints)
    weight = f"{prior} + {_sum(model, 'person')} + least({_sum(model, 'family')}, {_cap(model, register_size)})"
    doubtful = model.weight_of(model.auto) - 0.001  # just short of being joined without asking
    kept = ", ".join(f"{comparison.name}_level" for comparison in model.comparisons)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE weighed_slice AS
        SELECT * FROM (
          SELECT a, b, {kept}, CASE {forbidden} END AS forbidden,
                 CASE WHEN {model.beside_name} THEN {weight} ELSE least({weight}, {doubtful}) END AS weight
          FROM levelled)
        WHERE weight >= {model.weight_of(model.keep)}
           OR forbidden = 'nik_conflict'
           OR forbidden IS NOT NULL AND {contradictions}"""
    )


def _score_grey_names(con: Connection, model: PersonModel, prior: float, register_size: int) -> None:
    """Fill `possible`, the pairs that the best name could still carry, and `grey_name`, the kernel's word on them."""
    (name,) = (comparison for comparison in model.comparisons if comparison.name == "name")
    others = [comparison for comparison in model.comparisons if comparison is not name]
    best = max(level.highest_weight for level in name.levels)
    sums = {about: " + ".join(_weight(c, _level(c)) for c in others if c.about == about) or "0"
            for about in ("person", "family")}  # fmt: skip
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE possible AS
        SELECT a, b FROM feature
        WHERE nik_a = nik_b OR {prior} + {sums["person"]} + least({sums["family"]}, {_cap(model, register_size)})
          + CASE WHEN name_a IS NULL OR name_b IS NULL THEN 0 WHEN name_similarity >= {_NAME_IS_CLEAR} THEN {best}
                 ELSE {best / 2} END >= {model.weight_of(model.keep)}"""
    )
    con.execute("CREATE OR REPLACE TEMP TABLE grey_name (a BIGINT, b BIGINT, similarity DOUBLE, aligned DOUBLE, "
                "frequency DOUBLE)")  # fmt: skip
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE grey AS
        SELECT a, b, name_a, name_b, token_shares AS shares_b FROM feature JOIN possible USING (a, b)
        WHERE (name_similarity < {_NAME_IS_CLEAR} OR name_length_gap > 2) AND NOT name_sounds_alike"""
    )
    _map_arrow(con, "grey", "grey_name")


def _map_arrow(con: Connection, source: str, target: str) -> None:
    """Run the name kernel over `source` in batches and append what it says to `target`."""
    batches = con.sql(f"FROM {source}").to_arrow_table().to_batches(_BATCH)
    scored = [score(batch) for batch in batches]
    con.register("scored_names", pa.Table.from_batches(scored, schema=SCHEMA))
    con.execute(f"INSERT INTO {target} FROM scored_names")
    con.unregister("scored_names")


def _level(comparison: Comparison) -> str:
    whens = "\n    ".join(f"WHEN {level.when} THEN '{level.name}'" for level in comparison.levels)
    return f"CASE WHEN {comparison.unknown} THEN 'unknown'\n    {whens} END"


def _weight(comparison: Comparison, level: str) -> str:
    whens = " ".join(
        f"WHEN '{item.name}' THEN "
        + (f"log2({item.m / item.u} / {item.per})" if item.per else str(math.log2(item.m / item.u)))
        for item in comparison.levels
    )
    return f"CASE {level} {whens} ELSE 0 END"


def _sum(model: PersonModel, about: str) -> str:
    terms = [_weight(c, f"{c.name}_level") for c in model.comparisons if c.about == about]
    return "(" + (" + ".join(terms) or "0") + ")"


def _cap(model: PersonModel, register_size: int) -> float:
    families = max(register_size, 2 * model.family_members) / model.family_members
    return math.log2(families * (1 - model.in_register) / model.family_outsiders)
