"""The matching run from person records to candidate pairs and the review queue."""

import math
from dataclasses import dataclass

from integration.linkage import assignment, blocking, comparisons, descriptions, families, unregistered
from integration.linkage.model import PersonModel
from integration.linkage.scratch import scratch
from warehouse.database import Connection, count, value
from warehouse.progress import Say, silent
from warehouse.tables import table


@dataclass(frozen=True)
class MatchSummary:
    """What a matching run did, in numbers.

    `left_out` counts pairs that were never compared because too many records share their key: lost recall, at most.
    """

    records: int
    register_persons: int
    descriptions: int
    compared: int
    left_out: int
    placed: int
    unplaced: int
    review: int


def match_records(con: Connection, model: PersonModel, say: Say = silent) -> MatchSummary:
    """Compare the person records and write `matched_pairs.candidate_pair` and `matched_pairs.review_queue`.

    Reads `clean_records.person_record`. First every description is looked for in the civil register, then once more
    with the families found as evidence; what is left is compared with itself. A pair is `chosen` when the assignment
    joined the two. The result does not depend on the order of the rows.
    """
    with scratch(con):
        return _match(con, model, say)


def _match(con: Connection, model: PersonModel, say: Say) -> MatchSummary:
    size = descriptions.describe(con)
    say(f"{size:,} register persons; {value(con, 'SELECT count(*) FROM entity WHERE NOT of_register'):,} descriptions")
    blocking.write_keys(con, model)
    assignment.begin(con, model)
    prior = math.log2(model.in_register / (1 - model.in_register) / max(size, 1))

    con.execute("DROP TABLE IF EXISTS register_pair")
    compared, left_out = 0, 0
    for step, strong in (("strong keys", True), ("all keys", False)):
        blocks = blocking.pair_with_register(con, model, strong)
        compared, left_out = compared + blocks.pairs, left_out + blocks.left_out
        say(f"By {step}: {blocks.pairs:,} pairs with the register, {blocks.left_out:,} left out as too common")
        families.pair_with_families(con)
        comparisons.weigh(con, model, "family_pair", prior, size, say)
        _place(con, model)
    families.pair_with_families(con)
    comparisons.weigh(con, model, "family_pair", prior, size, say)
    _place(con, model)
    con.execute("INSERT INTO register_pair FROM weighed WHERE a NOT IN (SELECT a FROM link)")

    con.execute(
        """CREATE OR REPLACE TEMP TABLE unplaced AS
        SELECT entity_id FROM entity WHERE NOT of_register AND entity_id NOT IN (SELECT a FROM link)"""
    )
    among = _match_unregistered(con, model, size, say)
    _write_candidates(con, model)
    _write_review(con, model)
    return MatchSummary(
        records=count(con, "SELECT count(*) FROM record_entity"),
        register_persons=size,
        descriptions=count(con, "SELECT count(*) FROM entity WHERE NOT of_register"),
        compared=compared + among.pairs,
        left_out=left_out + among.left_out,
        placed=count(con, "SELECT count(*) FROM link"),
        unplaced=count(con, "SELECT count(*) FROM unplaced"),
        review=count(con, "SELECT count(*) FROM matched_pairs.review_queue"),
    )


def _place(con: Connection, model: PersonModel) -> None:
    """Assign from `weighed` and keep the pairs of what was placed in `register_pair`."""
    con.execute("CREATE OR REPLACE TEMP TABLE placed_before AS SELECT a FROM link")
    assignment.assign(con, model, "weighed")
    con.execute("CREATE TEMP TABLE IF NOT EXISTS register_pair AS FROM weighed LIMIT 0")
    con.execute(
        """INSERT INTO register_pair FROM weighed
        WHERE a IN (SELECT a FROM link) AND a NOT IN (SELECT a FROM placed_before)"""
    )


def _match_unregistered(con: Connection, model: PersonModel, size: int, say: Say) -> blocking.Blocks:
    """Compare the unplaced descriptions with each other; fills `other_pair` and `joined`."""
    among = blocking.pair_among(con, model, "unplaced")
    say(f"{among.pairs:,} pairs outside the register to compare, {among.left_out:,} left out as too common")
    people = max(count(con, "SELECT count(*) FROM unplaced"), model.others_at_least, size // 20)
    prior = -math.log2(people)
    con.execute("CREATE OR REPLACE TEMP TABLE first_pair AS SELECT a, b, 0 AS companions FROM pair")
    comparisons.weigh(con, model, "first_pair", prior, people, say, contradictions=True)
    con.execute("CREATE OR REPLACE TEMP TABLE other_pair AS FROM weighed")
    unregistered.propose(con, model)
    comparisons.weigh(con, model, "cluster_pair", prior, people, say, contradictions=True)
    both = "(FROM other_pair UNION FROM weighed)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE contradiction AS SELECT DISTINCT a, b FROM {both} WHERE forbidden IS NOT NULL"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE may_repeat AS SELECT DISTINCT a, b FROM {both} WHERE {model.repeats_when}"
    )
    unregistered.cluster(con, model)
    return among


def _write_candidates(con: Connection, model: PersonModel) -> None:
    """Write every pair worth knowing, for each record of the description; and what holds a description together."""
    levels = ", ".join(f"{comparison.name}_level" for comparison in model.comparisons)
    evidence = ", ".join(f"'{comparison.name}': {comparison.name}_level" for comparison in model.comparisons)
    declared = table("matched_pairs.candidate_pair")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE entity_pair AS
        SELECT w.a, w.b, {levels}, weight, forbidden, link.a IS NOT NULL AS chosen
        FROM register_pair AS w LEFT JOIN link ON link.a = w.a AND link.b = w.b
        UNION ALL
        SELECT w.a, w.b, {levels}, weight, forbidden,
               coalesce(x.cluster = y.cluster AND weight >= {model.weight_of(model.auto)} AND forbidden IS NULL, false)
        FROM other_pair AS w
        LEFT JOIN joined AS x ON x.entity_id = w.a
        LEFT JOIN joined AS y ON y.entity_id = w.b
        WHERE weight >= {model.weight_of(model.keep)} OR forbidden = 'nik_conflict'"""
    )
    candidate = f"""(
        SELECT r.record_id AS record_id_a, d.record_id AS record_id_b, MAP {{{evidence}}} AS evidence,
               weight AS match_weight, {_PROBABILITY} AS match_probability, {_METHOD} AS match_method,
               {_band(model)} AS match_band, chosen
        FROM entity_pair
        JOIN record_entity AS r ON r.entity_id = a
        JOIN described AS d ON d.entity_id = b
        JOIN described AS own ON own.entity_id = a
        WHERE a IN (SELECT a FROM link) OR r.record_id = own.record_id
        UNION ALL
        SELECT r.record_id, d.record_id, MAP {{'description': 'same'}}, weight, {_PROBABILITY},
               CASE WHEN d.nik IS NOT NULL THEN 'nik_exact' WHEN d.kk IS NOT NULL THEN 'kk_name' ELSE 'prob' END,
               'auto', true
        FROM (SELECT *, {_SAME_DESCRIPTION} AS weight FROM record_entity) AS r
        JOIN described AS d USING (entity_id)
        WHERE r.record_id <> d.record_id AND entity_id NOT IN (SELECT a FROM link))"""
    con.execute(declared.ddl())
    con.execute(f"INSERT INTO {declared.full_name} {declared.select(candidate)}")


_SAME_DESCRIPTION = 30.0
"""Bits of a pair of records with the very same identifying content."""

_PROBABILITY = "1 / (1 + pow(2, -weight))"

_METHOD = """CASE WHEN nik_level = 'same' THEN 'nik_exact' WHEN nik_level LIKE 'one_digit%' THEN 'nik_repair'
  WHEN family_level = 'same_kk' THEN 'kk_name' ELSE 'prob' END"""


def _band(model: PersonModel) -> str:
    return (
        f"CASE WHEN forbidden IS NOT NULL THEN 'none' WHEN weight >= {model.weight_of(model.auto)} THEN 'auto' "
        f"WHEN weight >= {model.weight_of(model.review)} THEN 'review' ELSE 'none' END"
    )


def _write_review(con: Connection, model: PersonModel) -> None:
    """Queue one pair for each description that was not placed though something speaks for it."""
    declared = table("matched_pairs.review_queue")
    auto, review = model.weight_of(model.auto), model.weight_of(model.review)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE taken AS
        WITH holder AS (SELECT DISTINCT link.b, snapshot FROM link JOIN exclusive_snapshot ON entity_id = link.a)
        SELECT DISTINCT p.a, p.b
        FROM entity_pair AS p
        JOIN exclusive_snapshot AS own ON own.entity_id = p.a
        JOIN holder ON holder.b = p.b AND holder.snapshot = own.snapshot
        WHERE NOT chosen"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE doubtful AS
        SELECT p.a, p.b, weight, CASE
          WHEN forbidden = 'nik_conflict' THEN 'nik_conflict'
          WHEN forbidden IS NOT NULL THEN 'contradiction'
          WHEN weight < {auto} THEN 'middling_probability'
          WHEN taken.a IS NOT NULL THEN 'already_taken'
          ELSE 'close_runner_up' END AS reason
        FROM entity_pair AS p
        LEFT JOIN taken ON taken.a = p.a AND taken.b = p.b
        LEFT JOIN joined AS x ON x.entity_id = p.a
        LEFT JOIN joined AS y ON y.entity_id = p.b
        WHERE NOT chosen
          AND p.a IN (FROM unplaced)
          AND (weight >= {review} OR forbidden = 'nik_conflict')
          AND coalesce(x.cluster <> y.cluster, true)
        QUALIFY row_number() OVER (PARTITION BY p.a ORDER BY forbidden IS NOT NULL, weight DESC, p.b) = 1"""
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE queued AS
        WITH touched AS (
          SELECT entity_id, count(*) AS targets
          FROM record_entity JOIN mention USING (record_id)
          WHERE dataset IN ('dinkes_balita', 'dinkes_ibu_hamil')
          GROUP BY entity_id
        )
        SELECT x.record_id AS record_id_a, y.record_id AS record_id_b, reason, {_PROBABILITY} AS match_probability,
               coalesce(targets, 0) AS targets_touched
        FROM doubtful
        JOIN described AS x ON x.entity_id = a
        JOIN described AS y ON y.entity_id = b
        LEFT JOIN touched ON touched.entity_id = a
        ORDER BY targets_touched DESC, match_probability DESC, record_id_a"""
    )
    con.execute(declared.ddl())
    con.execute(f"INSERT INTO {declared.full_name} {declared.select('queued')}")
