import datetime as dt
import json
from decimal import Decimal

import pytest
from targeting_world import KEY, PERIOD_END, World

from integration.targeting import JUDGED, build_targeting
from warehouse.database import rows as rows_of


@pytest.fixture(scope="module")
def rows():
    """Build the example of the contracts, §6.5: a child, her pregnant mother, her family."""
    world = World()
    world.family(head_person_id="FATHER")
    world.head()
    world.wife()
    world.child(birth_date=dt.date(2023, 5, 25), mother_person_id="MOTHER")
    world.person("BROTHER", birth_date=dt.date(2016, 3, 1), relationship="4", sex="L")
    world.h1(
        "CHILD",
        weight_kg=8.4,
        height_cm=75.2,
        position="L",
        haz_source=-2.66,
        stunting_source="pendek",
        birth_weight_kg=2.7,
        weight_gain="T",
    )
    world.h2("MOTHER", last_period_on=dt.date(2024, 8, 18), registered_on=dt.date(2024, 10, 20))
    world.s1("F1", "FATHER", desil_nasional=1, water_source=6, latrine_facility=6)
    world.k1("F1", "FATHER", "MOTHER", water_inadequate="2", latrine_inadequate="1", has_baduta="1", pregnant="1",
             krs_category="BERISIKO", verified_on=dt.date(2025, 2, 1))  # fmt: skip
    return world.targets()


def test_each_subject_has_one_row(rows):
    assert set(rows) == {"balita:CHILD", "ibu:MOTHER", "keluarga:F1"}


def test_child_is_measured_as_in_the_contract(rows):
    child = rows["balita:CHILD"]
    assert child["measurement_age_days"] == 628
    assert (child["haz"], child["waz"], child["whz"]) == (Decimal("-2.66"), Decimal("-2.09"), Decimal("-1.01"))
    assert [child[name] for name in ("stunting_status", "underweight_status", "wasting_status")] == [
        "pendek",
        "bb_kurang",
        "gizi_baik",
    ]
    assert child["is_stunted"] is True
    assert child["stunting_disagree"] is False


def test_faltering_waits_for_the_row_of_january(rows):
    assert rows["balita:CHILD"]["weight_faltering"] is None


def test_family_is_at_risk(rows):
    for row in rows.values():
        assert (row["desil"], row["extreme_poverty"]) == (1, True)
        assert (row["latrine_adequate"], row["has_pregnant"], row["too_close"], row["krs"]) == (False, True, True, True)
        assert row["krs_rule"] == "core"
        assert row["risk_factors"] == ["AIR", "JAMBAN", "DEKAT"]
        assert row["krs_disagree"] is False


def test_disagreement_on_water_is_flagged_and_the_newer_evidence_wins(rows):
    assert rows["keluarga:F1"]["water_adequate"] is False
    assert "WATER_CONFLICT" in rows["keluarga:F1"]["quality_flags"]


def test_child_comes_first(rows):
    assert rows["balita:CHILD"]["tier"] == "P1"
    assert rows["balita:CHILD"]["tier_reasons"][0] == "STUNTING_MISKIN"
    assert rows["ibu:MOTHER"]["tier"] == "P2"
    assert rows["keluarga:F1"]["tier"] == "P3"


def test_row_says_what_it_rests_on(rows):
    child = rows["balita:CHILD"]
    assert child["sources"] == ["C1", "H1", "K1", "S1"]
    assert child["source_count"] == 4
    assert (child["match_method"], child["match_band"]) == ("nik_exact", "auto")
    references = json.loads(child["source_refs"])
    assert {one["dataset"]: one["as_of"] for one in references} == {
        "dukcapil_penduduk": "2025-02-28",
        "dinkes_balita": "2025-02-11",
        "siga_krs": "2025-02-01",
        "dtsen_keluarga": "2025-02-28",
    }
    assert child["freshness_days"] == 27
    assert child["published_at"] is None


@pytest.mark.parametrize(("keep_judged", "left"), [(False, set()), (True, {JUDGED})])
def test_the_build_leaves_no_temporary_table_but_the_one_asked_for(keep_judged, left):
    con = World().load()
    con.execute("CREATE TEMP TABLE of_the_caller AS SELECT 1")
    build_targeting(con, period="2025-02", period_end=PERIOD_END, target_key=KEY, run_id="run", keep_judged=keep_judged)
    assert {name for (name,) in rows_of(con, "SELECT table_name FROM duckdb_tables() WHERE temporary")} == {
        "of_the_caller",
        *left,
    }
