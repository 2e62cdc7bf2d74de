"""What is missing and whose task it is, and how targets are ordered, on facts as agencies deliver them."""

import datetime as dt

import pytest
from targeting_world import PERIOD_END, World, months_before


def family(**s1):
    """Build a family of parents and one small child whom every agency knows; nothing is missing but what is said."""
    world = World()
    world.family(head_person_id="FATHER")
    world.head()
    world.wife()
    world.child(nik_status="valid")
    world.s1("F1", "FATHER", **{"water_source": 1, "latrine_facility": 1, "closet": 1, "sewage": 1,
                                "desil_nasional": 5, "programmes": "PBI", **s1})  # fmt: skip
    return world


def measured(world, **values):
    world.h1("CHILD", **{"weight_kg": 10.6, "height_cm": 82.5, "position": "L", "vit_a_count": 1, **values})
    return world


def test_measured_child_of_a_family_without_want_has_no_gap_but_its_certificate():
    world = family()
    world.k1("F1", "FATHER", "MOTHER", pregnant="2", not_modern_fp="2", assistance="3")
    child = measured(world, weight_gain="N").targets()["balita:CHILD"]
    assert child["gaps"] == []
    assert child["gaps_unknown"] == ["G08_AKTA"]  # the column is not delivered: nobody's certificate is known
    assert (child["gap_count"], child["lead_agency"], child["score"]) == (0, None, 10)


def test_certificate_is_missing_where_others_have_one():
    world = measured(family())
    for row, number in zip(world.rows["clean_records.dukcapil_penduduk"], ("1", "2", None), strict=True):
        row["birth_certificate_no"] = number
    child = world.targets()["balita:CHILD"]
    assert (child["gaps"], child["lead_agency"]) == (["G08_AKTA"], "Dukcapil")
    assert "G08_AKTA" not in child["gaps_unknown"]


@pytest.mark.parametrize(
    ("days_before", "gap"),
    [(0, False), (31, False), (32, True), (91, True)],
)
def test_child_is_to_be_measured_every_month(days_before, gap):
    child = measured(family(), measured_on=PERIOD_END - dt.timedelta(days_before)).targets()["balita:CHILD"]
    assert ("G01_UKUR" in child["gaps"]) is gap


def test_child_that_health_never_saw_is_not_measured():
    child = family().targets()["balita:CHILD"]
    assert child["gaps"][0] == "G01_UKUR"
    assert "G04_VITA" in child["gaps_unknown"]
    assert child["lead_agency"] == "Dinkes"


@pytest.mark.parametrize(
    ("born", "count", "gap", "unknown"),
    [
        (months_before(20), 0, True, False),
        (months_before(20), 2, False, False),
        (months_before(20), None, False, True),
        (dt.date(2024, 9, 1), 0, False, False),  # not yet six months old on the first of February
    ],
)
def test_vitamin_a_is_missing_of_who_was_old_enough_in_february(born, count, gap, unknown):
    world = family()
    world.rows["persons.person"][-1]["birth_date"] = born
    child = measured(world, vit_a_count=count).targets()["balita:CHILD"]
    assert ("G04_VITA" in child["gaps"], "G04_VITA" in child["gaps_unknown"]) == (gap, unknown)


def test_severely_stunted_child_is_to_be_referred_unless_k1_says_so():
    def child(assistance):
        world = measured(family(), height_cm=70.0, weight_kg=8.0)
        if assistance is not None:
            world.k1("F1", "FATHER", "MOTHER", assistance=assistance)
        return world.targets()["balita:CHILD"]

    assert "G02_RUJUK" in child("3,7")["gaps"]
    assert "G02_RUJUK" not in child("1,3")["gaps"]
    assert "G02_RUJUK" in child(None)["gaps_unknown"]
    assert "G16_KRS" in child(None)["gaps"]
    assert "G16_KRS" not in child("8")["gaps"]


def test_help_is_missing_only_where_programmes_are_listed():
    poor = {"desil_nasional": 1}
    assert "G09_BANSOS" in family(**poor, programmes="PBI").targets()["keluarga:F1"]["gaps"]
    assert "G09_BANSOS" not in family(**poor, programmes="pkh; PBI").targets()["keluarga:F1"]["gaps"]
    unknown = family(**poor, programmes=None).targets()["keluarga:F1"]
    assert "G09_BANSOS" in unknown["gaps_unknown"]
    assert [unknown[name] for name in ("pkh", "bpnt", "blt_dd", "pbi_jkn")] == [None] * 4


@pytest.mark.parametrize(
    ("programmes", "flags", "pbi"),
    [
        ("PKH", [(False, False), (False, False)], False),
        ("PKH", [(False, False), (True, False)], True),
        (None, [(False, False), (False, False)], False),
        (None, [(False, None), (False, False)], None),
        (None, [], None),
        ("PKH,PBI JKN", [(False, False)], True),
    ],
)
def test_health_insurance_of_the_poor_is_known_from_the_family_or_its_members(programmes, flags, pbi):
    world = family(desil_nasional=1, programmes=programmes)
    for person, (national, local) in zip(("FATHER", "MOTHER"), flags, strict=False):
        world.s2(person, pbi_national=national, pbi_local=local)
    assert world.targets()["keluarga:F1"]["pbi_jkn"] is pbi


@pytest.mark.parametrize(("assistance", "assisted"), [("3,7", True), ("8", False), (None, None), ("3,8", True)])
def test_assistance_by_a_tpk(assistance, assisted):
    world = family(desil_nasional=1)
    world.k1("F1", "FATHER", "MOTHER", assistance=assistance)
    assert world.targets()["keluarga:F1"]["tpk_assisted"] is assisted


def test_score_adds_what_holds_and_at_most_three_gaps():
    world = family(desil_nasional=1, water_source=6, latrine_facility=6, programmes="PBI")
    world.k1("F1", "FATHER", "MOTHER", assistance="8")
    child = measured(world, height_cm=70.0, weight_kg=8.0).targets()["balita:CHILD"]
    assert child["gap_count"] >= 3
    # sangat_pendek 30, desil 1 15, under two years 10, latrine 7, water 5, three gaps 15
    assert child["score"] == 30 + 15 + 10 + 7 + 5 + 15


def test_lead_is_the_agency_of_the_first_gap():
    world = family(water_source=6, latrine_facility=6, desil_nasional=1, programmes="PBI")
    row = world.targets()["keluarga:F1"]
    assert row["gaps"] == ["G09_BANSOS", "G14_JAMBAN", "G15_AIR"]
    assert row["lead_agency"] == "Dinsos"
