"""The growth table over the months, and what measurement quality says of those who measured."""

import datetime as dt

import pytest
from targeting_world import PERIOD_END, World, months_before

BORN = months_before(20)
JANUARY, FEBRUARY = dt.date(2025, 1, 10), dt.date(2025, 2, 10)


def growth(*weighings, period_end=PERIOD_END, born=BORN):
    """Give the growth table of one child, by day and row."""
    world = World()
    world.family()
    world.child(birth_date=born)
    for weighing in weighings:
        world.h1("CHILD", **weighing)
    con = world.build(period_end=period_end)
    found = con.sql("FROM targeting.child_growth ORDER BY measured_on, source_row_no").to_arrow_table()
    return found.to_pylist()


def quality(world, period_end=PERIOD_END):
    """Give measurement quality by (level, area)."""
    found = world.build(period_end=period_end).sql("FROM targeting.measurement_quality").to_arrow_table().to_pylist()
    rows = {(row["level"], row["area"]): row for row in found}
    assert len(rows) == len(found)
    return rows


def test_every_measurement_stands_there_beside_the_one_before():
    rows = growth(
        {"measured_on": dt.date(2024, 12, 10), "weight_kg": 8.0, "height_cm": 74.0, "weight_gain": "N"},
        {"measured_on": JANUARY, "muac_cm": 13.0},
        {"measured_on": FEBRUARY, "weight_kg": 8.3, "height_cm": 75.5, "weight_gain": "T"},
        {"measured_on": dt.date(2025, 3, 1), "weight_kg": 9.0, "height_cm": 76.0},
        {"measured_on": JANUARY, "weight_gain": "O"},
    )
    assert [row["measured_on"].month for row in rows] == [12, 1, 2]
    assert [row["weight_change_kg"] for row in rows] == [None, None, 0.3]
    assert [row["length_change_cm"] for row in rows] == [None, None, 1.5]
    assert [row["weight_gain"] for row in rows] == ["N", None, "T"]
    assert [row["counts"] for row in rows] == [False, False, True]
    assert [row["muacz"] is None for row in rows] == [True, False, True]
    assert all(row["bmiz"] is not None for row in rows[::2])


@pytest.mark.parametrize(("second", "flagged"), [(69.2, True), (73.2, True), (73.3, False), (75.2, False)])
def test_a_height_that_shrinks_is_flagged_and_the_newest_still_counts(second, flagged):
    rows = growth(
        {"measured_on": JANUARY, "height_cm": 75.2, "position": "L"},
        {"measured_on": FEBRUARY, "height_cm": second, "position": "L"},
    )
    assert [row["implausible_change"] for row in rows] == [[], ["TINGGI_TURUN"] if flagged else []]
    assert [row["counts"] for row in rows] == [False, True]


def test_standing_up_is_no_shrinking():
    rows = growth(
        {"measured_on": JANUARY, "height_cm": 84.5, "position": "L"},
        {"measured_on": FEBRUARY, "height_cm": 82.5, "position": "H"},
        born=months_before(24),
    )
    assert rows[1]["length_change_cm"] == -1.3
    assert rows[1]["implausible_change"] == []


def test_an_absurd_height_does_not_make_the_next_one_shrink():
    rows = growth(
        {"measured_on": dt.date(2024, 12, 10), "height_cm": 74.0},
        {"measured_on": JANUARY, "height_cm": 149.0},
        {"measured_on": FEBRUARY, "height_cm": 75.0},
    )
    assert rows[1]["z_flag"] == ["haz"]
    assert [row["implausible_change"] for row in rows] == [[], [], []]
    assert rows[2]["length_change_cm"] == 1.0


def test_two_heights_on_one_day_are_flagged_and_the_last_of_the_file_counts():
    rows = growth(
        {"measured_on": FEBRUARY, "height_cm": 75.0, "weight_kg": 8.0},
        {"measured_on": FEBRUARY, "height_cm": 81.0, "weight_kg": 8.1},
        {"measured_on": FEBRUARY, "weight_kg": 8.2},
    )
    assert [row["implausible_change"] for row in rows] == [["DUA_TINGGI"], ["DUA_TINGGI"], []]
    assert [row["counts"] for row in rows] == [False, True, False]
    assert [row["weight_change_kg"] for row in rows] == [None] * 3
    same = growth({"measured_on": FEBRUARY, "height_cm": 75.0}, {"measured_on": FEBRUARY, "height_cm": 75.0})
    assert [row["implausible_change"] for row in same] == [[], []]


def test_repaired_measurements_count_and_what_was_delivered_stays():
    (swapped,) = growth({"measured_on": FEBRUARY, "weight_kg_outside": 81.9, "height_cm_outside": 8.6})
    assert (swapped["weight_kg"], swapped["height_cm"]) == (8.6, 81.9)
    assert (swapped["weight_source"], swapped["height_source"]) == (81.9, 8.6)
    assert swapped["repairs"] == ["TERTUKAR"]
    assert swapped["counts"]
    (grams,) = growth({"measured_on": FEBRUARY, "weight_kg_outside": 8600.0, "height_cm": 81.9})
    assert (grams["weight_kg"], grams["repairs"]) == (8.6, ["GRAM"])
    assert grams["whz"] == swapped["whz"]
    (hopeless,) = growth({"measured_on": FEBRUARY, "weight_kg_outside": 300.0, "height_cm_outside": 5.0})
    assert (hopeless["weight_kg"], hopeless["height_cm"], hopeless["weight_source"]) == (None, None, 300.0)
    assert (hopeless["repairs"], hopeless["counts"]) == ([], False)


def test_z_scores_of_any_size_are_kept():
    (row,) = growth({"measured_on": BORN, "height_cm": 149.0, "weight_kg": 57.0})
    assert row["haz"] > 50
    assert row["z_flag"] == ["haz", "waz", "bmiz"]


def test_no_toddler_no_growth_and_nobody_measured_is_unknown_not_zero():
    assert growth() == []
    world = World()
    world.family()
    world.child()
    assert quality(world) == {}
    world.h1("CHILD", measured_on=dt.date(2024, 12, 5), height_cm=75.0, puskesmas="Kalisat")
    rows = quality(world)
    assert set(rows) == {("kabupaten", "35.09"), ("kecamatan", "35.09.27"), ("puskesmas", "KALISAT")}
    for row in rows.values():
        assert (row["children_listed"], row["children_weighed"], row["children_measured"], row["rows"]) == (1, 0, 0, 0)
        shares = [value for name, value in row.items() if name.endswith("_share") or name == "haz_sd"]
        assert shares == [None] * 8


def test_measurement_quality_counts_what_each_puskesmas_did():
    world = World()
    world.family()
    for number, height in enumerate((75.0, 76.5, 77.2, 77.0)):
        child = world.child(f"C{number}", birth_date=BORN)
        world.h1(child, measured_on=JANUARY, height_cm=76.4, puskesmas="KALISAT", position="L")
        world.h1(
            child,
            measured_on=FEBRUARY,
            height_cm=height,
            weight_kg=9.3,
            puskesmas="kalisat",
            position="L" if number else None,
            stunting_source="normal" if number else "sangat_pendek",
        )
    world.h1("C3", measured_on=FEBRUARY, height_cm=70.0, weight_kg_outside=9300.0, puskesmas="KALISAT", position="L")
    other = world.child("OTHER", birth_date=BORN)
    world.h1(other, measured_on=FEBRUARY, height_cm_outside=12.0, puskesmas=None)
    rows = quality(world)
    kalisat = rows["puskesmas", "KALISAT"]
    assert kalisat == pytest.approx(
        {
            "period": "2025-02",
            "level": "puskesmas",
            "kab_code": "35.09",
            "area": "KALISAT",
            "children_listed": 4,
            "children_weighed": 4,
            "children_measured": 4,
            "rows": 5,
            "repeated_rows": 1,
            "height_0_5_share": 4 / 5,
            "weight_0_5_share": 0.0,
            "implausible_share": 0.0,
            "haz_sd": kalisat["haz_sd"],
            "position_missing_share": 1 / 5,
            "position_assumed_share": 1 / 5,
            "repaired_share": 1 / 5,
            "class_disagrees_share": kalisat["class_disagrees_share"],
            "shrinking_heights": 1,
            "days_with_two_heights": 1,
        }
    )
    assert kalisat["haz_sd"] > 0.5
    assert kalisat["class_disagrees_share"] >= 1 / 4
    unnamed = rows["puskesmas", "-"]
    assert (unnamed["children_weighed"], unnamed["children_measured"], unnamed["haz_sd"]) == (1, 0, None)
    assert rows["kabupaten", "35.09"]["children_listed"] == 5
