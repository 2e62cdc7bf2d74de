import datetime as dt
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from targeting_world import PERIOD_END, World, months_before

ASKED = ("has_baduta", "has_balita", "has_pus", "has_pregnant", "too_young", "too_old", "too_close", "too_many")
FLAGS = ("desil", "extreme_poverty", "water_adequate", "latrine_adequate", "open_defecation", *ASKED, "pus_4t", "krs")


def years_before(years):
    return PERIOD_END.replace(year=PERIOD_END.year - years)


def a_day_short_of(years):
    return dt.date(PERIOD_END.year - years, 3, 1)


def flags(build, names):
    """Give the flags of many families in one world; each has a baby of 3 months, which makes its flags visible."""
    world = World()
    for name in names:
        world.family(name, head_person_id=f"head {name}")
        world.head(f"head {name}", name)
        world.child(f"baby {name}", name, months=3)
        build(world, name)
    rows = world.targets()
    return {name: rows[f"balita:baby {name}"] for name in names}


def test_desil_is_dtsen_then_p3ke_and_never_invented():
    s1 = {"both": 4, "dtsen says nothing": None, "one": 1, "two": 2}
    s3 = {"both": 1, "dtsen says nothing": 1, "p3ke only": 3}

    def build(world, name):
        if name in s1:
            world.s1(name, f"head {name}", desil_nasional=s1[name], cut_off=dt.date(2024, 12, 31))
        if name in s3:
            world.s3(name, f"head {name}", desil_kesejahteraan=s3[name], snapshot_date=dt.date(2024, 6, 30))

    rows = flags(build, [*s1, "p3ke only", "nothing"])
    assert {name: (row["desil"], row["extreme_poverty"], row["poverty_source"]) for name, row in rows.items()} == {
        "both": (4, False, "dtsen_keluarga"),
        "dtsen says nothing": (1, True, "p3ke_keluarga"),
        "one": (1, True, "dtsen_keluarga"),
        "two": (2, False, "dtsen_keluarga"),
        "p3ke only": (3, False, "p3ke_keluarga"),
        "nothing": (None, None, None),
    }
    assert rows["one"]["poverty_as_of"] == dt.date(2024, 12, 31)


def test_newest_row_of_a_family_speaks_then_the_last_of_the_file():
    def build(world, name):
        days = [dt.date(2025, 1, 1)] * 2 if name == "same day" else [dt.date(2025, 2, 1), dt.date(2025, 1, 1)]
        for desil, day in zip((2, 3), days, strict=True):
            world.s1(name, f"head {name}", desil_nasional=desil, cut_off=day)

    rows = flags(build, ["same day", "newest first"])
    assert {name: row["desil"] for name, row in rows.items()} == {"same day": 3, "newest first": 2}


def test_water_and_latrine_of_dtsen_by_code():
    water = dict(zip(map(str, range(1, 12)), [True] * 5 + [False, True] + [False] * 4, strict=True)) | {"None": None}

    def build(world, name):
        world.s1(name, f"head {name}", water_source=None if name == "None" else int(name))

    assert {name: row["water_adequate"] for name, row in flags(build, list(water)).items()} == water


def test_latrine_and_open_defecation_of_every_answer_of_dtsen():
    answers = {
        f"{f}/{c}/{s}": (f, c, s)
        for f, c, s in itertools.product([None, 1, 2, 3, 5, 6], [None, 1, 4], [None, 1, 2, 3, 4, 6])
    }

    def build(world, name):
        facility, closet, sewage = answers[name]
        world.s1(name, f"head {name}", latrine_facility=facility, closet=closet, sewage=sewage)

    rows = flags(build, list(answers))
    for name, (facility, closet, sewage) in answers.items():
        parts = [
            None if facility is None else facility in (1, 2),
            None if closet is None else closet == 1,
            None if sewage is None else sewage in (1, 2),
        ]
        adequate = False if False in parts else None if None in parts else True
        assert rows[name]["latrine_adequate"] is adequate, name
        if facility in (5, 6):
            wanted = "babs_terbuka"
        elif facility is None or sewage is None or (sewage == 4 and closet is None):
            wanted = None
        elif sewage in (3, 6) or (sewage == 4 and closet == 4):
            wanted = "babs_tertutup"
        else:
            wanted = "tidak_babs"
        assert rows[name]["open_defecation"] == wanted, name


def test_newer_known_evidence_of_water_wins_and_a_tie_goes_to_dtsen():
    older, newer = dt.date(2024, 6, 1), dt.date(2024, 9, 1)
    cases = {
        # S1 code and day, K1 code and day -> adequate
        "k1 newer": ((6, older), ("2", newer), True),
        "s1 newer": ((6, newer), ("2", older), False),
        "tie": ((6, newer), ("2", newer), False),
        "k1 not applicable": ((6, older), ("3", newer), False),
        "k1 empty": ((1, older), (None, newer), True),
        "s1 empty": ((None, newer), ("1", older), False),
        "nothing": ((None, newer), (None, newer), None),
    }

    def build(world, name):
        (code, day), (risk, verified), _ = cases[name]
        world.s1(name, f"head {name}", water_source=code, cut_off=day)
        world.k1(name, f"head {name}", water_inadequate=risk, verified_on=verified)

    rows = flags(build, list(cases))
    assert {name: row["water_adequate"] for name, row in rows.items()} == {n: case[2] for n, case in cases.items()}
    assert {name for name, row in rows.items() if "WATER_CONFLICT" in row["quality_flags"]} == {
        "k1 newer", "s1 newer", "tie",
    }  # fmt: skip


def test_p3ke_speaks_of_water_only_where_nobody_else_does_and_never_calls_a_latrine_adequate():
    cases = {"SUMUR BOR": True, "AIR HUJAN": False, "LAINNYA": None}

    def build(world, name):
        world.s3(name, f"head {name}", water_text=name.removeprefix("k1 "), latrine_text="MILIK SENDIRI")
        if name.startswith("k1 "):
            world.k1(name, f"head {name}", water_inadequate="2")

    rows = flags(build, [*cases, "k1 AIR HUJAN"])
    assert {name: rows[name]["water_adequate"] for name in cases} == cases
    assert rows["k1 AIR HUJAN"]["water_adequate"] is True
    assert rows["SUMUR BOR"]["latrine_adequate"] is None


def test_age_of_the_wife_decides_pus_too_young_and_too_old():
    ages = {15: years_before(15), 14: a_day_short_of(15), 20: years_before(20), 19: a_day_short_of(20),
            34: a_day_short_of(35), 35: years_before(35), 40: a_day_short_of(41), 41: years_before(41),
            49: a_day_short_of(50), 50: years_before(50), None: None}  # fmt: skip

    def build(world, name):
        world.wife(f"wife {name}", name, birth_date=ages[None if name == "None" else int(name)])

    rows = flags(build, [str(age) for age in ages])
    for age in ages:
        row = rows[str(age)]
        known = age is not None
        assert row["has_pus"] is ((15 <= age <= 49) if known else None), age
        assert row["too_young"] is ((age < 20) if known else None), age
        assert row["too_old"] is ((35 <= age <= 40) if known else None), age


def test_interval_between_the_two_youngest_births():
    youngest = months_before(10)
    cases = {
        "23 months": ([youngest, dt.date(2022, 5, 2)], True),
        "24 months": ([youngest, dt.date(2022, 4, 1)], False),
        "twins and an elder": ([youngest, youngest, dt.date(2018, 1, 1)], False),
        "twins over midnight": ([youngest, youngest - dt.timedelta(days=1)], False),
        "one": ([youngest], False),
        "long ago": ([months_before(60), months_before(70)], False),
        "not so long ago": ([months_before(59), months_before(70)], True),
        "undated child": ([youngest, None], None),
    }
    world = World()
    for name, (births, _) in cases.items():
        world.family(name)
        world.wife(f"wife {name}", name)
        world.h2(f"wife {name}", pregnancy_status="NIFAS", delivered_on=PERIOD_END)
        for number, born in enumerate(births):
            world.child(f"{name} {number}", name, birth_date=born)
    rows = world.targets()
    assert {name: rows[f"ibu:wife {name}"]["too_close"] for name in cases} == {n: case[1] for n, case in cases.items()}


def test_pregnant_with_a_child_under_24_months_is_too_close():
    world = World()
    for months in (23, 24):
        world.family(str(months))
        world.wife(f"wife {months}", str(months))
        world.h2(f"wife {months}", last_period_on=dt.date(2024, 12, 1))
        world.child(f"child {months}", str(months), months=months)
    rows = world.targets()
    assert rows["ibu:wife 23"]["too_close"] is True
    assert rows["ibu:wife 24"]["too_close"] is False


def test_three_children_are_too_many_and_who_is_unplaced_leaves_it_open():
    def build(world, name):
        children, unplaced = map(int, name.split("+"))
        for number in range(children - 1):
            world.child(f"child {name} {number}", name, months=100 + 30 * number)
        for number in range(unplaced):
            world.person(f"unplaced {name} {number}", name, in_register=False, birth_date=months_before(130))

    rows = flags(build, ["2+0", "3+0", "2+1", "1+1"])
    assert {name: row["too_many"] for name, row in rows.items()} == {
        "2+0": False, "3+0": True, "2+1": None, "1+1": False,
    }  # fmt: skip


def test_newborn_outside_the_register_is_a_child_of_its_mother():
    world = World()
    world.family()
    world.wife()
    world.child("elder", months=20)
    world.person("newborn", in_register=False, birth_date=months_before(1), mother_person_id="MOTHER")
    world.h1("newborn", measured_on=dt.date(2025, 2, 20))
    row = world.targets()["balita:newborn"]
    assert (row["has_baduta"], row["too_close"]) == (True, True)


def test_k1_answers_where_the_members_are_not_all_known():
    world = World()
    for name in ("1", "2", "None"):
        world.family(name, registered=False, head_person_id=f"head {name}")
        world.head(f"head {name}", name, in_register=False)
        code = None if name == "None" else name
        world.s1(name, f"head {name}", desil_nasional=1)
        world.k1(name, f"head {name}", has_baduta=code, has_balita=code, has_pus=code, pregnant=code,
                 too_young=code, too_old=code, too_close=code, too_many=code, not_modern_fp=code)  # fmt: skip
    rows = world.targets()
    asked = (*ASKED, "not_modern_fp")
    for name, wanted in (("1", True), ("2", False), ("None", None)):
        assert {flag: rows[f"keluarga:{name}"][flag] for flag in asked} == dict.fromkeys(asked, wanted)


def test_register_wins_over_k1():
    def build(world, name):
        world.k1(name, f"head {name}", has_baduta="2", has_balita="1", too_many="1")

    row = flags(build, ["F1"])["F1"]
    assert (row["has_baduta"], row["has_balita"], row["too_many"]) == (True, False, False)


@pytest.mark.parametrize("code", ["1", "2", "3", None])
def test_contraception_not_applicable_is_a_no_only_without_a_couple(code):
    def build(world, name):
        if name == "couple":
            world.wife("wife", name)
        world.k1(name, f"head {name}", not_modern_fp=code)

    rows = flags(build, ["couple", "widower"])
    assert rows["couple"]["not_modern_fp"] is {"1": True, "2": False}.get(code)
    assert rows["widower"]["not_modern_fp"] is {"1": True, "2": False, "3": False}.get(code)


def test_delivered_category_is_compared():
    def build(world, name):
        risk = "1" if name.startswith("risk") else "2"
        category = "BERISIKO" if name.endswith("yes") else None if name.endswith("none") else "TIDAK BERISIKO"
        world.k1(name, f"head {name}", water_inadequate=risk, latrine_inadequate=risk, krs_category=category)

    rows = flags(build, ["risk yes", "risk no", "safe no", "risk none"])
    assert {name: (row["krs"], row["krs_disagree"]) for name, row in rows.items()} == {
        "risk yes": (True, False),
        "risk no": (True, True),
        "safe no": (False, False),
        "risk none": (True, None),
    }


facts = st.fixed_dictionaries(
    {
        "desil": st.sampled_from([None, 1, 2, 7]),
        "water": st.sampled_from([None, 1, 6]),
        "latrine": st.tuples(
            st.sampled_from([None, 1, 3, 6]), st.sampled_from([None, 1, 4]), st.sampled_from([None, 1, 4])
        ),
        "wife_born": st.sampled_from([None, years_before(18), years_before(30), years_before(36), years_before(52)]),
        "wife_relationship": st.sampled_from([None, "3"]),
        "child_born": st.sampled_from([None, months_before(5), months_before(30), months_before(90)]),
        "child_relationship": st.sampled_from([None, "4", "6"]),
        "pregnancy": st.sampled_from([None, "HAMIL", "BERSALIN"]),
    }
)


@settings(max_examples=4, deadline=None)
@given(st.lists(st.tuples(facts, st.randoms(use_true_random=False)), min_size=15, max_size=40))
def test_losing_a_value_never_turns_unknown_into_no(cases):
    world = World()
    for number, (known, chance) in enumerate(cases):
        lost = {key: None if chance.random() < 0.5 else value for key, value in known.items()}
        lost["latrine"] = tuple(None if chance.random() < 0.5 else part for part in known["latrine"])
        for name, told in ((f"known {number}", known), (f"lost {number}", lost)):
            world.family(name)
            world.head(f"head {name}", name)
            world.wife(f"wife {name}", name, birth_date=told["wife_born"], relationship=told["wife_relationship"])
            world.child(f"child {name}", name, birth_date=told["child_born"], relationship=told["child_relationship"])
            # What makes the flags visible, the same in both.
            world.child(f"baby {name}", name, birth_date=months_before(3))
            world.h2(f"wife {name}", pregnancy_status=told["pregnancy"], last_period_on=dt.date(2024, 9, 1))
            facility, closet, sewage = told["latrine"]
            world.s1(name, f"head {name}", desil_nasional=told["desil"], water_source=told["water"],
                     latrine_facility=facility, closet=closet, sewage=sewage)  # fmt: skip
    rows = world.targets()
    for number in range(len(cases)):
        before, after = rows[f"balita:baby known {number}"], rows[f"balita:baby lost {number}"]
        for flag in FLAGS:
            assert after[flag] is None or after[flag] == before[flag], flag
        if before["krs"]:
            assert after["krs"] is not False
