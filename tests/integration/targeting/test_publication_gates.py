import datetime as dt

import pytest
from targeting_world import KEY, PERIOD_END, World

from integration.targeting.build import build_targeting
from integration.targeting.gates import publication_gates

REQUIRED = ("dinkes_balita", "dukcapil_penduduk", "dtsen_keluarga", "dtsen_anggota", "siga_krs")


@pytest.fixture(scope="module")
def con():
    """Load a month of ten children, one measured, with every required delivery in force."""
    world = World()
    world.family()
    for number in range(10):
        world.child(f"child {number}")
    world.h1("child 0", height_cm=80.0, position="L", measured_on=dt.date(2025, 2, 11))
    for dataset in REQUIRED:
        world.rows["agency_extracts.delivery"].append(
            {
                "delivery_id": dataset,
                "agency": "health",
                "dataset": dataset,
                "kab_code": "35.09",
                "period": "2025-02",
                "snapshot_date": PERIOD_END,
                "status": "in_force",
                "manifest": True,
                "received_at": dt.datetime(2025, 3, 1, 2),
                "run_id": "run",
            }
        )
    con = world.load()
    build_targeting(con, period="2025-02", period_end=PERIOD_END, target_key=KEY, run_id="run")
    return con


@pytest.fixture
def changed(con):
    """Lend the same to be changed; everything is taken back afterwards."""
    con.execute("BEGIN")
    yield con
    con.execute("ROLLBACK")


def outcomes(con, **given):
    return {gate.name: gate.outcome for gate in publication_gates(con, **given)}


def test_healthy_month_passes_and_what_has_no_baseline_is_not_evaluable(con):
    found = outcomes(con)
    without_baseline = {"balita_like_last_month", "match_precision", "match_recall"}
    assert {name for name, outcome in found.items() if outcome == "not_evaluable"} == without_baseline
    assert {outcome for name, outcome in found.items() if name not in without_baseline} == {"passed"}
    assert {f"delivery_in_force_{dataset}" for dataset in REQUIRED} <= set(found)


@pytest.mark.parametrize(
    ("previous", "outcome"),
    [(8, "failed"), (9, "passed"), (10, "passed"), (12, "passed"), (13, "failed"), (0, "not_evaluable")],
)
def test_number_of_children_must_be_like_last_month(con, previous, outcome):
    assert outcomes(con, previous_balita=previous)["balita_like_last_month"] == outcome


def test_labelled_sample_is_held_to_its_targets(con):
    good = outcomes(con, precision=0.99, recall=0.95)
    assert (good["match_precision"], good["match_recall"]) == ("passed", "passed")
    bad = outcomes(con, precision=0.989, recall=0.949)
    assert (bad["match_precision"], bad["match_recall"]) == ("failed", "failed")


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ("DELETE FROM agency_extracts.delivery WHERE dataset = 'siga_krs'", "delivery_in_force_siga_krs"),
        ("INSERT INTO targeting.targeting SELECT * FROM targeting.targeting LIMIT 1", "key_unique"),
        ("UPDATE targeting.targeting SET village_code = '35.99.99.9999'", "village_known_or_flagged"),
        ("UPDATE targeting.targeting SET village_code = NULL", "village_known_or_flagged"),
        ("UPDATE targeting.targeting SET sources = []", "rows_complete"),
        ("UPDATE targeting.targeting SET stunting_status = 'tidak_wajar'", "implausible_share"),
    ],
)
def test_broken_month_fails_exactly_its_gate(changed, change, gate):
    changed.execute(change)
    assert [name for name, outcome in outcomes(changed).items() if outcome == "failed"] == [gate]


def test_gate_says_what_it_measured_and_what_was_wanted(con):
    [gate] = [gate for gate in publication_gates(con, previous_balita=20) if gate.name == "balita_like_last_month"]
    assert (gate.measured, gate.wanted) == (0.5, "at least 0.8 and at most 1.2")
    assert gate.sentence.endswith(".")
