"""How a period follows the one before: changed tiers, who left and why."""

import datetime as dt

import duckdb
import pytest
from targeting_world import PERIOD_END, World, months_before

from integration.targeting import remember_published
from warehouse.database import writer
from warehouse.pointer import ROLLBACK, point_to
from warehouse.publication import Snapshot, publish
from warehouse.settings import Home


def stunted():
    world = World()
    world.family(head_person_id="FATHER")
    world.head()
    world.child()
    world.h1("CHILD", height_cm=76.5, weight_kg=9.5, position="L")  # pendek: P2
    return world


@pytest.mark.parametrize(("before", "change"), [("P1", "turun"), ("P2", "tetap"), ("P3", "naik"), ("P5", "naik")])
def test_tier_is_compared_with_the_month_before(before, change):
    world = stunted()
    world.before("balita", "CHILD", "P1", period="2024-12")
    world.before("balita", "CHILD", before)
    child = world.targets()["balita:CHILD"]
    assert (child["tier"], child["prev_tier"], child["tier_change"]) == ("P2", before, change)


def test_who_was_no_target_is_new_and_without_an_earlier_period_nothing_is_said():
    world = stunted()
    assert world.targets()["balita:CHILD"]["tier_change"] is None
    world.before("balita", "OTHER", "P1")
    child = world.targets()["balita:CHILD"]
    assert (child["prev_tier"], child["tier_change"]) == (None, "baru")


def test_weeks_are_compared_with_weeks():
    world = stunted()
    world.before("balita", "CHILD", "P5", period="2025-W08")
    world.before("balita", "CHILD", "P1", period="2025-01")
    con = world.build(period="2025-W09")
    found = con.sql("SELECT period_kind, prev_tier FROM targeting.targeting WHERE subject_type = 'balita'").fetchall()
    assert found == [("week", "P5")]


def test_person_that_merged_keeps_the_more_urgent_tier_of_both():
    world = stunted()
    world.before("balita", "CHILD", "P4")
    world.before("balita", "OLD", "P1")
    world.rows["persons.person_alias"].append({"old_person_id": "OLD", "person_id": "CHILD"})
    assert world.targets()["balita:CHILD"]["prev_tier"] == "P1"


@pytest.mark.parametrize(
    ("kind", "who", "reason"),
    [
        ("balita", {"birth_date": months_before(60)}, "aged_out"),
        ("balita", {"died_on": dt.date(2025, 2, 3)}, "died"),
        ("balita", {"moved_out_on": dt.date(2025, 2, 3)}, "moved"),
        ("balita", None, "unmatched"),
        ("ibu", {"birth_date": dt.date(1994, 1, 1), "died_on": PERIOD_END}, "died"),
    ],
)
def test_person_who_left_has_a_reason(kind, who, reason):
    world = stunted()
    if who is not None:
        world.person("GONE", **who)
    world.before(kind, "GONE", "P3")
    found = world.build().sql("SELECT target_id, last_period, last_tier, reason FROM targeting.target_exit").fetchall()
    assert found == [(f"T{kind}GONE", "2025-01", "P3", reason)]


def test_mother_leaves_when_her_six_weeks_are_over():
    world = stunted()
    world.wife()
    world.h2("MOTHER", pregnancy_status="BERSALIN", delivered_on=PERIOD_END - dt.timedelta(43))
    world.before("ibu", "MOTHER", "P2")
    assert world.build().sql("SELECT reason FROM targeting.target_exit").fetchall() == [("delivered",)]


@pytest.mark.parametrize(
    ("gone", "reason"), [({}, "recovered"), ({"moved_out_on": PERIOD_END}, "moved"), ({"died_on": PERIOD_END}, "died")]
)
def test_family_leaves_when_its_flags_do_or_its_people(gone, reason):
    world = World()
    world.family("F2", head_person_id="HEAD")
    world.head("HEAD", "F2", **gone)
    world.before("keluarga", "F2", "P4")
    assert world.build().sql("SELECT reason FROM targeting.target_exit").fetchall() == [(reason,)]


def test_exits_and_targets_account_for_every_target_of_the_period_before():
    world = stunted()
    for name, tier in (("CHILD", "P1"), ("GONE", "P2"), ("LOST", "P5")):
        world.before("balita", name, tier)
    con = world.build()
    left = con.sql("SELECT count(*) FROM targeting.target_exit").fetchall()
    stayed = con.sql("SELECT count(prev_tier) FROM targeting.targeting").fetchall()
    assert (left, stayed) == ([(2,)], [(1,)])


def published(home, run_id, period, tier):
    query = f"""SELECT '{period}' AS period, 'month' AS period_kind, '35.09' AS kab_code, 'T1234567890123456' AS
        target_id, 'balita' AS subject_type, 'P' AS person_id, 'F' AS family_id, NULL AS village_code,
        '{tier}' AS tier"""
    with duckdb.connect() as con:
        return publish(con, home, [Snapshot("targeting", query)], run_id, {"period": period})


def remembered(con, home):
    remember_published(con, home)
    return con.sql("SELECT period, tier FROM targeting.published_target ORDER BY ALL").fetchall()


def test_newest_publication_of_each_period_is_remembered(tmp_path):
    home = Home(tmp_path)
    published(home, "run-1", "2025-01", "P1")
    published(home, "run-2", "2025-02", "P2")
    with writer(home) as con:
        remember_published(con, home)
        published(home, "run-3", "2025-01", "P3")
        remember_published(con, home)
        assert remembered(con, home) == [("2025-01", "P3"), ("2025-02", "P2")]


def test_what_was_rolled_back_is_not_remembered_until_it_is_put_in_force_again(tmp_path):
    home = Home(tmp_path)
    january = published(home, "run-1", "2025-01", "P1")
    published(home, "run-2", "2025-01", "P2")
    february = published(home, "run-3", "2025-02", "P3")
    with writer(home) as con:
        assert remembered(con, home) == [("2025-01", "P2"), ("2025-02", "P3")]
        point_to(home, january.version, ROLLBACK)
        assert remembered(con, home) == [("2025-01", "P1")]
        point_to(home, february.version, ROLLBACK)
        assert remembered(con, home) == [("2025-01", "P2"), ("2025-02", "P3")]
