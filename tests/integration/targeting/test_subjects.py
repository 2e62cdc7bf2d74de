import base64
import datetime as dt
import hashlib
import hmac

from targeting_world import KEY, PERIOD_END, World, months_before

from warehouse.tables import table


def test_table_has_exactly_the_declared_columns():
    world = World()
    world.family()
    world.child()
    row = world.targets()["balita:CHILD"]
    assert tuple(row) == table("targeting.targeting").column_names


def test_child_is_a_target_until_59_completed_months():
    world = World()
    world.family()
    world.child("eve", birth_date=dt.date(2020, 3, 1))
    world.child("today", birth_date=PERIOD_END)
    world.child("sixty", birth_date=dt.date(2020, 2, 28))
    world.child("unborn", birth_date=dt.date(2025, 3, 1))
    world.child("unknown", birth_date=None)
    rows = world.targets()
    assert {name: row["age_months"] for name, row in rows.items() if row["subject_type"] == "balita"} == {
        "balita:eve": 59,
        "balita:today": 0,
    }


def test_who_died_or_moved_out_by_the_reference_day_has_no_row():
    world = World()
    world.family()
    world.child("died", died_on=PERIOD_END)
    world.child("moved", moved_out_on=dt.date(2025, 2, 3))
    world.child("died later", died_on=dt.date(2025, 3, 1))
    world.child("lives")
    assert set(world.targets()) == {"balita:died later", "balita:lives"}


def test_family_whose_people_are_all_gone_has_no_row():
    world = World()
    world.family("gone")
    world.head("head", "gone", moved_out_on=dt.date(2025, 2, 3))
    world.s1("gone", "head", desil_nasional=1)
    world.family("here")
    world.head("other", "here")
    world.s1("here", "other", desil_nasional=1)
    assert set(world.targets()) == {"keluarga:here"}


def test_dead_child_does_not_count_as_child_of_the_family():
    world = World()
    world.family()
    world.head()
    world.wife()
    world.child("dead", months=10, died_on=dt.date(2025, 1, 1))
    world.s1("F1", "FATHER", desil_nasional=1)
    row = world.targets()["keluarga:F1"]
    assert (row["has_baduta"], row["has_balita"]) == (False, False)


def test_pregnancy_is_believed_until_308_days_after_the_last_period():
    world = World()
    days = dt.timedelta
    cases = {
        "308": {"last_period_on": PERIOD_END - days(308)},
        "309": {"last_period_on": PERIOD_END - days(309)},
        "252 from registration": {"registered_on": PERIOD_END - days(252)},
        "253 from registration": {"registered_on": PERIOD_END - days(253)},
        "42 after": {"pregnancy_status": "NIFAS", "delivered_on": PERIOD_END - days(42)},
        "43 after": {"pregnancy_status": "NIFAS", "delivered_on": PERIOD_END - days(43)},
        "died in childbed": {"pregnancy_status": "MENINGGAL", "delivered_on": PERIOD_END - days(3)},
        "unknown status": {"pregnancy_status": None, "last_period_on": PERIOD_END - days(100)},
    }
    for name, values in cases.items():
        world.family(name)
        world.wife(name, name)
        world.h2(name, **values)
    listed = {name.removeprefix("ibu:") for name in world.targets() if name.startswith("ibu:")}
    assert listed == {"308", "252 from registration", "42 after"}


def test_k1_tells_of_a_pregnancy_only_where_the_woman_has_no_h2_row():
    world = World()
    for name in ("k1 only", "both"):
        world.family(name)
        world.wife(name, name)
        world.head(f"head {name}", name)
        world.k1(name, f"head {name}", name, pregnant="1")
    world.h2("both", pregnancy_status="BERSALIN", delivered_on=dt.date(2024, 11, 1))
    rows = world.targets()
    assert [name for name in rows if name.startswith("ibu:")] == ["ibu:k1 only"]


def test_every_flagged_family_has_exactly_one_row_named_by_its_head():
    world = World()
    cases = {
        "poor": {"desil_nasional": 1},
        "open": {"latrine_facility": 6},
        "closed": {"latrine_facility": 1, "sewage": 3},
        "fine": {"desil_nasional": 5, "water_source": 3, "latrine_facility": 1, "closet": 1, "sewage": 1},
        "unknown": {},
    }
    for name, values in cases.items():
        world.family(name, head_person_id=f"head {name}", head_name="BUDI")
        world.head(f"head {name}", name, nik="3509271203900004")
        world.s1(name, f"head {name}", **values)
    rows = world.targets()
    assert set(rows) == {"keluarga:poor", "keluarga:open", "keluarga:closed"}
    for row in rows.values():
        assert (row["name"], row["nik"], row["person_id"]) == ("BUDI", "3509271203900004", None)
        assert (row["sex"], row["birth_date"], row["age_months"]) == (None, None, None)


def test_target_id_is_a_keyed_hash_that_does_not_change_with_the_month():
    world = World()
    world.family()
    world.child(months=3)
    first = world.targets()["balita:CHILD"]["target_id"]
    later = world.targets(period_end=dt.date(2025, 3, 31))["balita:CHILD"]["target_id"]
    digest = hmac.digest(KEY, b"35.09balitaCHILD", hashlib.sha256)
    assert first == later == "T" + base64.b32encode(digest).decode()[:16]


def test_child_outside_the_register_is_kept_and_flagged():
    world = World()
    world.child("stray", None, in_register=False)
    world.h1("stray", height_cm=80.0, link=("unlinked", None, "none"), village_code="35.09.27.2001")
    row = world.targets()["balita:stray"]
    assert row["family_id"] is None
    assert "UNREGISTERED" in row["quality_flags"]
    assert (row["match_method"], row["match_probability"], row["match_band"]) == ("unlinked", None, "none")
    assert row["village_name"] == "AJUNG"
    assert row["krs"] is None
    assert row["risk_factors"] is None


def test_weakest_link_of_the_sources_is_shown():
    world = World()
    world.family()
    world.head()
    world.child()
    world.h1("CHILD", height_cm=80.0, link=("prob", 0.97, "auto"))
    world.s1("F1", "FATHER", desil_nasional=4, link=("prob", 0.85, "review"))
    world.child("SISTER", months=40)
    rows = world.targets()
    assert [rows["balita:CHILD"][f"match_{part}"] for part in ("method", "probability", "band")] == [
        "prob",
        0.85,
        "review",
    ]


def test_village_that_differs_between_sources_is_flagged():
    world = World()
    for name, village in (("same", "35.09.27.2006"), ("other", "35.09.27.2001")):
        world.family(name)
        world.child(name, name)
        world.h1(name, height_cm=80.0, village_code=village)
    rows = world.targets()
    assert rows["balita:same"]["address_conflict"] is False
    other = rows["balita:other"]
    assert other["address_conflict"] is True
    assert "ADDRESS_CONFLICT" in other["quality_flags"]
    assert other["village_code"] == "35.09.27.2006"


def test_service_rule_takes_the_address_where_health_met_the_child(tmp_path):
    from integration.rules import DEFAULT_RULES

    rules = tmp_path / "rules.yaml"
    text = DEFAULT_RULES.read_text(encoding="utf-8").replace("domicile_rule: C1", "domicile_rule: service")
    rules.write_text(text, encoding="utf-8")
    world = World()
    world.family()
    world.child()
    world.h1("CHILD", height_cm=80.0, village_code="35.09.27.2001")
    assert world.targets(rules)["balita:CHILD"]["village_code"] == "35.09.27.2001"


def test_unknown_village_is_flagged():
    world = World()
    world.family(village_code=None, kec_code=None)
    world.child("CHILD", in_register=False)
    world.h1("CHILD", height_cm=80.0, village_code="99.99.99.9999")
    assert "VILLAGE_UNKNOWN" in world.targets()["balita:CHILD"]["quality_flags"]


def test_facts_of_the_person_become_flags():
    world = World()
    world.family(no_head=True)
    world.child(sex_conflict=True, birth_date_conflict=True, nik_contradicts_birth_date=True, duplicate_in_source=True)
    world.h1("CHILD", height_cm=80.0, position="L", measured_on_ambiguous=True)
    flags = world.targets()["balita:CHILD"]["quality_flags"]
    assert flags == ["SEX_CONFLICT", "DOB_CONFLICT", "NIK_MISMATCH_DOB", "DATE_AMBIGUOUS", "DUP_IN_SOURCE", "NO_HEAD"]


def test_birth_date_is_ambiguous_unless_another_source_writes_it_plainly():
    born = months_before(20)
    world = World()
    world.family()
    for name, in_register in (("alone", False), ("confirmed", True)):
        world.child(name, in_register=in_register, birth_date=born)
        world.h1(name, birth_date=born, birth_date_swapped=dt.date(2023, 1, 6), position="L", height_cm=80.0)
    rows = world.targets()
    assert "DATE_AMBIGUOUS" in rows["balita:alone"]["quality_flags"]
    assert "DATE_AMBIGUOUS" not in rows["balita:confirmed"]["quality_flags"]
