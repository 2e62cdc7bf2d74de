"""WHO z-scores: against the published formula, WHO's own results, WHO's field tables, and what must always hold."""

import csv
import hashlib
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_formula import standard, z_scores

from integration.growth.z_scores import WHO, compute_z_scores, load_who_tables

HERE = Path(__file__).parent
Z_SCORES = ("haz", "waz", "whz", "bmiz", "muacz")
# sex, age_days, weight_kg, height_cm, position, muac_cm
Child = tuple[str | None, int | None, float | None, float | None, str | None, float | None]

weights = st.one_of(st.none(), st.floats(0.3, 40))
heights = st.one_of(st.none(), st.floats(35, 130), st.sampled_from([45.0, 65.0, 109.3, 110.0, 119.3, 120.0, 120.7]))
ages = st.one_of(st.none(), st.integers(-5, 1900), st.sampled_from([0, 273, 274, 730, 731, 1826, 1827]))
arms = st.one_of(st.none(), st.floats(5, 35))
children = st.tuples(st.sampled_from(["L", "P", None]), ages, weights, heights, st.sampled_from(["L", "H", None]), arms)


def scored(rows: list[Child]) -> list[dict[str, Any]]:
    """Score children, in their order."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE measured AS SELECT * FROM (SELECT unnest(range(?)) AS row_no, unnest(?::VARCHAR[]) AS sex, "
            "unnest(?::INTEGER[]) AS age_days, unnest(?::DOUBLE[]) AS weight_kg, unnest(?::DOUBLE[]) AS height_cm, "
            "unnest(?::VARCHAR[]) AS position, unnest(?::DOUBLE[]) AS muac_cm)",
            [len(rows), *(list(column) for column in zip(*rows, strict=True))],
        )
        compute_z_scores(con, "measured", "scored")
        columns = [name for (name,) in con.execute("SELECT column_name FROM (DESCRIBE scored)").fetchall()]
        found = con.execute("SELECT * FROM scored ORDER BY row_no").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in found]


def score(
    sex: str | None,
    age_days: int | None,
    weight_kg: float | None,
    height_cm: float | None,
    position: str | None = None,
    muac_cm: float | None = None,
) -> dict[str, Any]:
    return scored([(sex, age_days, weight_kg, height_cm, position, muac_cm)])[0]


def cases(name: str) -> list[dict[str, Any]]:
    """Read a file of children with what is expected of them; an empty cell is null."""
    with (HERE / name).open(encoding="utf-8") as file:
        rows: list[dict[str, Any]] = [{key: cell or None for key, cell in row.items()} for row in csv.DictReader(file)]
    for row in rows:
        row["age_days"] = int(row["age_days"])
        for key in ("weight_kg", "height_cm", "muac_cm", *Z_SCORES):
            row[key] = None if row.get(key) is None else float(row[key])
    return rows


@pytest.mark.parametrize(("name", "count"), [("grid.csv", 200), ("who_example_survey.csv", 79)])
def test_frozen_children_have_the_z_scores_written_beside_them(name: str, count: int) -> None:
    # who_example_survey.csv: rows of the example survey WHO distributes with its igrowup macros (MySurvey_z_st.csv),
    # with the z-scores WHO's R macro gave; measurements rounded back from single precision.
    expected = cases(name)
    assert len(expected) == count
    measured = ("sex", "age_days", "weight_kg", "height_cm", "position", "muac_cm")
    found = scored([tuple(child[name] for name in measured) for child in expected])
    for child, row in zip(expected, found, strict=True):
        assert [row[z] for z in Z_SCORES] == [
            child[z] if child[z] is None else pytest.approx(child[z], abs=0.0101) for z in Z_SCORES
        ], child


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        # the contracts' worked example
        (("P", 628, 8.4, 75.2, "L", None), {"haz": -2.66, "waz": -2.09, "whz": -1.01, "z_flag": []}),
        # the tests of WHO's R package anthro
        (("L", 987, None, 72.86, "L", None), {"haz": -6.09, "z_flag": ["haz"]}),
        (("P", 1522, 17.0, None, None, None), {"waz": 0.24, "z_flag": []}),
        (("P", 1, 10.37, None, None, None), {"z_flag": ["waz"], "bmiz": None}),
        (("L", 244, None, 60.0, "H", None), {"haz": -4.81, "corrected_height_cm": 60.0, "position_used": "L"}),
        (("L", 274, None, 60.0, "H", None), {"haz": -5.02, "corrected_height_cm": 60.7, "position_used": "H"}),
        (("P", 731, 8.8, 77.5, "H", None), {"haz": -2.55, "corrected_height_cm": 77.5}),
        (("P", 731, 8.8, 77.5, None, None), {"haz": -2.55, "corrected_height_cm": 77.5}),
        (("L", 730, None, 100.0, "H", None), {"corrected_height_cm": 100.7}),
        (("L", 730, None, 100.0, "L", None), {"corrected_height_cm": 100.0}),
        (("L", 800, None, 100.0, "H", None), {"corrected_height_cm": 100.0}),
        (("L", 800, None, 100.0, "L", None), {"corrected_height_cm": 99.3}),
        # the example of the README of WHO's package
        (
            ("L", 1001, 18.0, 120.0, None, None),
            {"haz": 7.31, "waz": 2.2, "whz": -2.39, "bmiz": -3.01, "z_flag": ["haz"]},
        ),
        (("P", 1000, 15.0, 80.0, None, None), {"haz": -3.5, "waz": 0.95, "whz": 4.13, "bmiz": 4.66, "z_flag": []}),
        # WHO's medians
        (("L", 91, 16.9, 100.0, "L", 13.4779), {"muacz": 0.0}),
        (("P", 1826, 15.2, 100.0, "H", 16.8522), {"muacz": 0.0}),
        (("L", 0, 3.3464, 49.8842, "L", None), {"haz": 0.0, "waz": 0.0}),
        (("P", 0, 3.2322, 49.1477, "L", None), {"haz": 0.0, "waz": 0.0}),
        (("P", 1826, 18.2179, 109.4189, "H", None), {"haz": 0.0, "waz": 0.0}),
    ],
)
def test_published_examples(child: Child, expected: dict[str, Any]) -> None:
    row = scored([child])[0]
    assert {key: row[key] for key in expected} == expected


def test_who_field_tables_lie_where_they_say() -> None:
    # WHO's simplified field tables give measurements to one decimal: half a decimal less and more must enclose the SD.
    with (HERE / "who_field_tables.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    wanted: list[tuple[str, int, dict[str, str]]] = []
    around: list[Child] = []
    for line in lines:
        for sd, column in enumerate(("sd3neg", "sd2neg", "sd1neg", "median", "sd1", "sd2", "sd3"), start=-3):
            wanted.append((line["z_score"], sd, line))
            for half in (-0.0501, 0.0501):
                value, x = float(line[column]) + half, float(line["x"])
                if line["z_score"] == "whz":
                    around.append((line["sex"], 100 if x < 65 else 1000, value, x, None, None))
                else:  # of a child of one metre the weight is the BMI
                    height = 100.0 if line["z_score"] == "bmiz" else value
                    around.append((line["sex"], int(x), value, height, None, None))
    found = scored(around)
    for (z_score, sd, line), less, more in zip(wanted, found[::2], found[1::2], strict=True):
        assert less[z_score] <= sd <= more[z_score], (line, sd)


@settings(max_examples=20, deadline=None)
@given(st.lists(children, min_size=1, max_size=60))
def test_sql_agrees_with_the_published_formula_and_null_gives_null(rows: list[Child]) -> None:
    for child, row in zip(rows, scored(rows), strict=True):
        sex, age, weight, height, position, muac = child
        if sex is None or age is None:
            assert [row[z] for z in Z_SCORES] == [None] * 5
            continue
        # any number stands in for a missing one: what depends on it is not looked at
        expected = z_scores(sex, age, weight or 9.9, height or 77.7, muac or 14.4, position)
        needs = (height, weight, weight and height, weight and height, muac)
        for name, z, needed in zip(Z_SCORES, expected, needs, strict=True):
            assert row[name] == (None if z is None or needed is None else pytest.approx(z, abs=0.0051)), (child, name)


@settings(max_examples=15, deadline=None)
@given(
    sex=st.sampled_from("LP"),
    age=st.integers(0, 1826),
    height=st.floats(66, 109),
    steps=st.lists(st.floats(0.5, 60), min_size=2, max_size=30),
)
def test_more_weight_and_more_height_never_score_less(sex: str, age: int, height: float, steps: list[float]) -> None:
    by_weight = scored([(sex, max(age, 91), weight, height, None, weight) for weight in sorted(steps)])
    for z in ("waz", "whz", "bmiz", "muacz"):
        rising = [row[z] for row in by_weight]
        assert rising == sorted(rising)
    tall = [row["haz"] for row in scored([(sex, age, None, height + step, None, None) for step in sorted(steps)])]
    assert tall == sorted(tall)


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(children, min_size=1, max_size=40), data=st.data())
def test_rows_keep_their_scores_in_any_order_and_none_is_lost_or_doubled(
    rows: list[Child], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    found, shuffled = scored(rows), scored([rows[i] for i in order])
    assert [row["row_no"] for row in found] == list(range(len(rows)))
    for new, old in enumerate(order):
        assert {**shuffled[new], "row_no": old} == found[old]


@settings(max_examples=10, deadline=None)
@given(st.lists(children, min_size=1, max_size=40))
def test_what_is_unknown_of_a_boy_is_unknown_of_a_girl(rows: list[Child]) -> None:
    boys, girls = scored([("L", *row[1:]) for row in rows]), scored([("P", *row[1:]) for row in rows])
    for boy, girl in zip(boys, girls, strict=True):
        assert [boy[z] is None for z in Z_SCORES] == [girl[z] is None for z in Z_SCORES]
        for column in ("position_used", "position_assumed", "corrected_height_cm"):
            assert boy[column] == girl[column]


@pytest.mark.parametrize(
    ("age_days", "position", "used", "assumed"),
    [
        (273, "H", "L", True),
        (274, "H", "H", False),
        (730, None, "L", True),
        (731, None, "H", True),
        (900, "L", "L", False),
        (None, "H", "H", False),
        (None, None, None, False),
        (900, "?", "H", True),
    ],
)
def test_position_is_believed_ignored_or_assumed(
    age_days: int | None, position: str | None, used: str | None, assumed: bool
) -> None:
    row = score("P", age_days, 10.0, 80.0, position)
    assert (row["position_used"], row["position_assumed"]) == (used, assumed)


def test_the_table_changes_at_731_days() -> None:
    length, height = standard("weight_for_length", "L", 88.0), standard("weight_for_height", "L", 88.0)
    assert length is not None
    assert height is not None
    assert score("L", 730, 12.0, 88.0)["whz"] == round(length.z(12.0), 2)
    assert score("L", 731, 12.0, 88.0)["whz"] == round(height.z(12.0), 2)


@pytest.mark.parametrize(
    ("age_days", "height", "position", "known"),
    [
        (100, 44.9, "L", False),
        (100, 45.0, "L", True),
        (700, 110.0, "L", True),
        (700, 110.05, "L", False),
        (700, 109.3, "H", True),  # 110.0 lying
        (700, 109.4, "H", False),
        (800, 65.7, "L", True),  # 65.0 standing
        (800, 65.6, "L", False),
        (800, 120.7, "L", True),
        (800, 120.1, "H", False),
    ],
)
def test_weight_for_height_ends_with_its_table(age_days: int, height: float, position: str, known: bool) -> None:
    assert (score("P", age_days, 10.0, height, position)["whz"] is not None) == known


@pytest.mark.parametrize("bad", [0.0, -3.0, float("nan"), float("inf")])
def test_a_measurement_that_is_none_gives_null(bad: float) -> None:
    no_weight, no_height = score("L", 400, bad, 75.0), score("L", 400, 9.0, bad)
    assert (no_weight["waz"], no_weight["whz"]) == (None, None)
    assert (no_height["haz"], no_height["whz"], no_height["corrected_height_cm"]) == (None, None, None)


def test_absurd_measurements_are_scored_and_flagged_not_refused() -> None:
    row = score("L", 100, 1e6, 1e9, None, 1e6)
    assert row["z_flag"] == ["haz", "waz", "bmiz", "muacz"]
    assert score("P", 1800, 1e-9, 100.0)["z_flag"] == ["waz", "whz", "bmiz"]


@pytest.mark.parametrize(("age_days", "known"), [(90, False), (91, True), (1826, True), (1827, False)])
def test_arm_circumference_is_scored_from_91_days(age_days: int, known: bool) -> None:
    assert (score("L", age_days, None, None, None, 13.0)["muacz"] is not None) == known


def test_oedema_hides_the_weight_and_only_the_weight() -> None:
    # the child 145 of WHO's example survey
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE measured AS SELECT 'L' AS sex, 0 AS age_days, 4.5 AS weight_kg, 52.4 AS height_cm, "
            "'L' AS position, unnest([true, false, NULL]) AS oedema"
        )
        compute_z_scores(con, "measured", "scored")
        found = con.execute("SELECT haz, waz, whz, bmiz, z_flag FROM scored ORDER BY oedema NULLS FIRST").fetchall()
    unknown, without, hidden = found
    assert hidden == (1.33, None, None, None, [])
    assert unknown == without
    assert None not in without


def test_other_columns_are_carried_along() -> None:
    with duckdb.connect() as con:
        con.execute(
            "CREATE VIEW measured AS SELECT 'a.csv' AS source_file, 7 AS source_row_no, 'P' AS sex, 628 AS age_days, "
            "8.4::DOUBLE AS weight_kg, 75.2::DOUBLE AS height_cm, 'L' AS position"
        )
        compute_z_scores(con, "measured", "scored")
        columns = [name for (name,) in con.execute("SELECT column_name FROM (DESCRIBE scored)").fetchall()]
    assert columns == [
        *("source_file", "source_row_no", "sex", "age_days", "weight_kg", "height_cm", "position"),
        *("muac_cm", "oedema", "position_used", "corrected_height_cm", "position_assumed", *Z_SCORES, "z_flag"),
    ]


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("length_height_for_age", "cf32c51f37dee9cf"),
        ("weight_for_age", "3d991c4422220916"),
        ("bmi_for_age", "e036f3102b60b955"),
        ("arm_circumference_for_age", "f0b0c9553d55bc00"),
        ("weight_for_length", "064da4f1864f3b15"),
        ("weight_for_height", "d17ea48880684549"),
    ],
)
def test_no_cell_of_a_who_table_was_changed(name: str, digest: str) -> None:
    text = (WHO / f"{name}.csv").read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest().startswith(digest)


def test_who_tables_hold_every_day_and_every_millimetre() -> None:
    with duckdb.connect() as con:
        load_who_tables(con)
        by_age = con.execute("SELECT sex, count(*), min(age_days), max(age_days) FROM who_for_age GROUP BY sex")
        assert sorted(by_age.fetchall()) == [("L", 1827, 0, 1826), ("P", 1827, 0, 1826)]
        by_height = con.execute(
            "SELECT sex, position, count(*), min(millimetres), max(millimetres) FROM who_weight_for_height GROUP BY ALL"
        )
        assert sorted(by_height.fetchall()) == [
            *(("L", "H", 551, 650, 1200), ("L", "L", 651, 450, 1100)),
            *(("P", "H", 551, 650, 1200), ("P", "L", 651, 450, 1100)),
        ]
        by_arm = "SELECT sex, count(arm_m), min(age_days) FROM who_for_age WHERE arm_m IS NOT NULL GROUP BY sex"
        assert sorted(con.execute(by_arm).fetchall()) == [("L", 1736, 91), ("P", 1736, 91)]
        # the formula has no value at L = 0
        at_zero = "SELECT count(*) FROM who_for_age WHERE 0 IN (height_l, weight_l, bmi_l, arm_l)"
        assert con.execute(at_zero).fetchall() == [(0,)]
