"""The waterfall of a pair: its terms are the weight on which the matching decided."""

import dataclasses
import math

import duckdb
import pytest

from integration.explanation.waterfall import Waterfall, in_words, waterfalls
from integration.linkage import Model, load_model
from integration.linkage.duckdb_engine import DuckDBEngine
from tests.integration.explanation.explained_world import described, explained
from warehouse.errors import HomeError

MODEL = load_model()


def of_all(con: duckdb.DuckDBPyConnection, model: Model = MODEL) -> list[Waterfall]:
    pairs = con.execute("SELECT description_a, description_b FROM matched_pairs.candidate_pair").fetchall()
    assert len(pairs) > 8
    found = waterfalls(DuckDBEngine(con), model, pairs)
    assert set(found) == set(pairs)
    return list(found.values())


def one(con: duckdb.DuckDBPyConnection, a: tuple[str, int], b: tuple[str, int]) -> Waterfall:
    (found,) = waterfalls(DuckDBEngine(con), MODEL, [(described(con, *a), described(con, *b))]).values()
    return found


def test_the_terms_of_every_stored_pair_sum_to_its_weight(con: duckdb.DuckDBPyConnection) -> None:
    for pair in of_all(con):
        assert pair.total == pytest.approx(pair.weight, abs=1e-9)
        assert pair.stored == pytest.approx(pair.weight, abs=1e-9)


def test_so_they_do_when_the_model_is_calibrated() -> None:
    calibrated = dataclasses.replace(MODEL, calibration=(0.7, 0.8))

    for pair in of_all(explained(calibrated), calibrated):
        assert pair.total == pytest.approx(pair.weight, abs=1e-9)
        assert pair.stored == pytest.approx(pair.weight, abs=1e-9)
        assert pair.calibrated == pytest.approx(0.7 - 0.2 * pair.evidence)


def test_levels_and_bands_are_those_that_were_stored(con: duckdb.DuckDBPyConnection) -> None:
    stored = {
        (a, b): (evidence, forbidden, band)
        for a, b, evidence, forbidden, band in con.execute(
            "SELECT description_a, description_b, evidence, forbidden, match_band FROM matched_pairs.candidate_pair"
        ).fetchall()
    }
    for pair in of_all(con):
        told = {term.comparison: term.level for term in pair.terms}
        assert (told, pair.forbidden, pair.band(MODEL)) == stored[(pair.a, pair.b)]


def test_every_kind_of_pair_was_looked_at(con: duckdb.DuckDBPyConnection) -> None:
    pairs = of_all(con)

    assert any(pair.capped < 0 for pair in pairs)
    assert any(pair.companions for pair in pairs)
    assert any(pair.forbidden for pair in pairs)
    assert any(not pair.with_register for pair in pairs)
    assert any(term.rarity for pair in pairs for term in pair.terms)


def test_a_rare_value_adds_what_its_frequency_says(con: duckdb.DuckDBPyConnection) -> None:
    pair = one(con, ("dtsen_anggota", 2), ("dukcapil_penduduk", 4))

    name = next(term for term in pair.terms if term.comparison == "name")

    assert name.level == "exact"
    assert name.frequency is not None
    assert name.rarity == pytest.approx(math.log2(1 / name.frequency))
    assert name.level_weight == pytest.approx(MODEL.comparison("name").levels[0].weight)


def test_a_pair_is_the_same_from_either_side(con: duckdb.DuckDBPyConnection) -> None:
    there = one(con, ("dtsen_anggota", 2), ("dukcapil_penduduk", 4))

    assert one(con, ("dukcapil_penduduk", 4), ("dtsen_anggota", 2)) == there
    assert there.a == described(con, "dtsen_anggota", 2)


def test_a_name_alone_is_held_down_and_it_is_said_by_how_much(con: duckdb.DuckDBPyConnection) -> None:
    pair = one(con, ("dinkes_ibu_hamil", 3), ("dukcapil_penduduk", 9))

    assert pair.stored is None
    assert pair.on_a_name_alone < 0
    assert pair.total == pytest.approx(pair.weight)
    assert pair.band(MODEL) == "review"


def test_the_constraint_that_forbids_is_named_in_the_words_of_the_model(con: duckdb.DuckDBPyConnection) -> None:
    pair = one(con, ("dtsen_anggota", 4), ("dukcapil_penduduk", 4))

    assert pair.forbidden == "nik_conflict"
    assert pair.forbidden_by is not None
    assert pair.forbidden_by.startswith("nik = same AND name IN (")
    assert "_level" not in pair.forbidden_by


@pytest.mark.parametrize("constraint", MODEL.constraints)
def test_every_condition_of_the_model_can_be_said_in_words(constraint: object) -> None:
    assert "_level" not in in_words(MODEL, constraint.when)  # type: ignore[attr-defined]


def test_another_model_than_the_one_that_matched_is_found_out(con: duckdb.DuckDBPyConnection) -> None:
    other = dataclasses.replace(MODEL, in_spine=0.5)
    pair = (described(con, "dtsen_anggota", 7), described(con, "dukcapil_penduduk", 5))

    with pytest.raises(HomeError, match="another model"):
        waterfalls(DuckDBEngine(con), other, [pair])
