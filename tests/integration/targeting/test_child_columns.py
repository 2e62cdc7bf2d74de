import datetime as dt

import duckdb
import pytest
from targeting_world import PERIOD_END, World, months_before

from integration.growth.z_scores import compute_z_scores

BORN = months_before(20)
MEASURED = dt.date(2025, 2, 10)


@pytest.fixture(scope="module")
def heights():
    """Give a length for each height-for-age z-score of a girl born on BORN and measured on MEASURED."""
    con = duckdb.connect()
    con.execute(
        f"""CREATE TABLE tried AS SELECT 'P' AS sex, {(MEASURED - BORN).days} AS age_days, 9.0 AS weight_kg,
        55 + i / 1000 AS height_cm, 'L' AS position FROM range(55000) AS r (i)"""
    )
    compute_z_scores(con, "tried", "scored")
    return {float(z): h for z, h in con.execute("SELECT haz, any_value(height_cm) FROM scored GROUP BY 1").fetchall()}


def one_child_each(cases, period_end=PERIOD_END):
    """Targets of families with one child each; `cases` give the weighings by the child's name."""
    world = World()
    for name, weighings in cases.items():
        world.family(name)
        world.child(name, name, birth_date=BORN)
        for weighing in weighings:
            world.h1(name, **weighing)
    rows = world.targets(period_end=period_end)
    return {name: rows[f"balita:{name}"] for name in cases}


def test_boundary_belongs_to_the_milder_class_and_beyond_the_plausible_is_tidak_wajar(heights):
    wanted = {
        -6.01: "tidak_wajar",
        -6.0: "sangat_pendek",
        -3.01: "sangat_pendek",
        -3.0: "pendek",
        -2.01: "pendek",
        -2.0: "normal",
        3.0: "normal",
        3.01: "tinggi",
        6.01: "tidak_wajar",
    }
    rows = one_child_each(
        {str(z): [{"measured_on": MEASURED, "height_cm": heights[z], "position": "L"}] for z in wanted}
    )
    assert {float(name): row["stunting_status"] for name, row in rows.items()} == wanted
    stunted = {float(name): row["is_stunted"] for name, row in rows.items()}
    assert stunted == {
        z: None if status == "tidak_wajar" else status in ("sangat_pendek", "pendek") for z, status in wanted.items()
    }
    assert rows["-6.01"]["z_flag"] == ["haz"]
    assert "Z_IMPLAUSIBLE" in rows["-6.01"]["quality_flags"]


def test_measurement_counts_for_92_days():
    day = {days: PERIOD_END - dt.timedelta(days=days) for days in (92, 93)}
    rows = one_child_each(
        {str(days): [{"measured_on": on, "height_cm": 80.0}] for days, on in day.items()} | {"no": []}
    )
    assert rows["92"]["stunting_status"] != "tidak_diukur"
    old = rows["93"]
    assert (old["stunting_status"], old["wasting_status"], old["underweight_status"]) == ("tidak_diukur",) * 3
    assert old["is_stunted"] is None
    assert old["haz"] is not None
    assert rows["no"]["stunting_status"] == "tidak_diukur"
    assert rows["no"]["z_flag"] is None


def test_newest_usable_height_counts_and_of_one_day_the_last_row():
    rows = one_child_each(
        {
            "no height": [
                {"measured_on": dt.date(2025, 1, 5), "height_cm": 78.0},
                {"measured_on": dt.date(2025, 2, 5), "weight_kg": 9.0},
            ],
            "twice": [
                {"measured_on": MEASURED, "height_cm": 78.0},
                {"measured_on": MEASURED, "height_cm": 79.0},
            ],
            "later": [
                {"measured_on": MEASURED, "height_cm": 78.0},
                {"measured_on": dt.date(2025, 3, 1), "height_cm": 81.0},
            ],
        }
    )
    assert (rows["no height"]["measured_on"], rows["no height"]["height_cm"]) == (dt.date(2025, 1, 5), 78.0)
    assert rows["twice"]["height_cm"] == 79.0
    assert rows["later"]["height_cm"] == 78.0


def test_position_is_assumed_by_age_and_flagged():
    world = World()
    world.family()
    for name, days in (("young", 730), ("old", 731)):
        world.child(name, birth_date=MEASURED - dt.timedelta(days=days))
        world.h1(name, measured_on=MEASURED, height_cm=85.0)
    rows = world.targets()
    assert rows["balita:young"]["position"] == "L"
    assert rows["balita:old"]["position"] == "H"
    assert "POSITION_ASSUMED" in rows["balita:old"]["quality_flags"]


def test_unknown_sex_gives_an_unknown_status_not_a_normal_one():
    world = World()
    world.family()
    world.child(sex=None)
    world.h1("CHILD", height_cm=80.0, weight_kg=10.0)
    row = world.targets()["balita:CHILD"]
    assert row["haz"] is None
    assert row["stunting_status"] is None
    assert row["is_stunted"] is None


def test_height_of_any_size_is_carried_through():
    row = one_child_each({"mm": [{"measured_on": MEASURED, "height_cm": 150.0, "weight_kg": 58.0}]})["mm"]
    assert row["stunting_status"] == "tidak_wajar"
    assert row["underweight_status"] == "tidak_wajar"


@pytest.mark.parametrize(
    ("months", "faltering"),
    [
        (["T", "T"], True),
        (["N", "T"], False),
        (["T", "N"], False),
        ([None, "N"], False),
        ([None, "T"], None),
        (["T", None], None),
        (["N", None], False),
        (["absent", "T"], None),
        (["T", "O"], False),
    ],
)
def test_no_gain_twice_is_faltering_and_a_missing_month_is_unknown(months, faltering):
    days = (dt.date(2025, 1, 10), dt.date(2025, 2, 10))
    weighings = [{"measured_on": d, "weight_gain": g} for d, g in zip(days, months, strict=True) if g != "absent"]
    assert one_child_each({"child": weighings})["child"]["weight_faltering"] is faltering


def test_faltering_of_long_ago_is_unknown_today():
    days = (dt.date(2024, 10, 10), dt.date(2024, 11, 10))
    weighings = [{"measured_on": day, "weight_gain": "T"} for day in days]
    assert one_child_each({"child": weighings})["child"]["weight_faltering"] is None


def test_birth_weight_below_two_and_a_half_kilograms_is_low():
    rows = one_child_each(
        {str(kg): [{"measured_on": MEASURED, "birth_weight_kg": kg}] for kg in (2.49, 2.5)}
        | {"None": [{"measured_on": MEASURED}]}
    )
    assert {name: row["low_birth_weight"] for name, row in rows.items()} == {"2.49": True, "2.5": False, "None": None}


def test_newest_known_value_survives_a_row_without_it():
    rows = one_child_each(
        {
            "child": [
                {"measured_on": dt.date(2025, 1, 5), "vit_a_count": 2, "kia_book": True, "kpsp": "Ya"},
                {"measured_on": dt.date(2025, 2, 5), "kia_book": False},
            ]
        }
    )
    assert [rows["child"][name] for name in ("vit_a_count", "kia_book", "kpsp")] == [2, False, "Ya"]


def test_delivered_class_is_compared_with_the_recomputed_one(heights):
    rows = one_child_each(
        {
            delivered: [{"measured_on": MEASURED, "height_cm": heights[-2.5], "stunting_source": delivered or None}]
            for delivered in ("pendek", "normal", "")
        }
    )
    assert {name: row["stunting_disagree"] for name, row in rows.items()} == {"pendek": False, "normal": True, "": None}


def test_repaired_measurement_is_shown_and_flagged():
    row = one_child_each({"g": [{"measured_on": MEASURED, "height_cm": 80.0, "weight_kg_outside": 9500.0}]})["g"]
    assert row["weight_kg"] == 9.5
    assert row["waz"] is not None
    assert "MEASUREMENT_REPAIRED" in row["quality_flags"]


def test_flags_of_the_table_are_those_of_the_contract():
    # a girl for whom only the BMI is beyond the plausible
    row = one_child_each({"thin": [{"measured_on": MEASURED, "height_cm": 94.0, "weight_kg": 8.7, "position": "L"}]})[
        "thin"
    ]
    assert row["z_flag"] == []
    assert "Z_IMPLAUSIBLE" not in row["quality_flags"]
