"""Who was erased is on no list of a later night, and in no count of it."""

import datetime as dt

import duckdb
from targeting_world import World

from integration.privacy.tombstones import bury, tombstones
from warehouse.settings import Home


def world() -> World:
    world = World()
    world.family(head_person_id="FATHER")
    world.head(nik="3509270101850001")
    world.wife(nik="3509275208940001")
    for child, nik in (("CHILD", "3509275505230001"), ("TWIN", "3509275505230002")):
        world.child(child, nik=nik, mother_person_id="MOTHER", mother_nik="3509275208940001")
        world.h1(child, height_cm=76.5, weight_kg=9.5, position="L")
    world.h2("MOTHER")
    world.s1("F1", "FATHER", desil_nasional=1)
    return world


def built(world: World, home: Home) -> tuple[duckdb.DuckDBPyConnection, set[str]]:
    con = world.build(erased=tombstones(home))
    found = con.sql("SELECT subject_type || ':' || coalesce(person_id, family_id) FROM targeting.targeting").fetchall()
    return con, {name for (name,) in found}


def test_an_erased_child_has_no_row_and_no_measurement_and_the_twin_has(tmp_path):
    bury(Home(tmp_path), ["CHILD"], None, "request")
    con, names = built(world(), Home(tmp_path))

    assert names == {"balita:TWIN", "ibu:MOTHER", "keluarga:F1"}
    assert con.sql("SELECT DISTINCT person_id FROM targeting.child_growth").fetchall() == [("TWIN",)]
    measured = "SELECT DISTINCT children_measured FROM targeting.measurement_quality"
    assert con.sql(measured).fetchall() == [(1,)]


def test_a_person_whose_id_changed_is_known_by_the_nik(tmp_path):
    bury(Home(tmp_path), ["AS THEY WERE CALLED BEFORE"], "3509275505230001", "request")

    assert built(world(), Home(tmp_path))[1] == {"balita:TWIN", "ibu:MOTHER", "keluarga:F1"}


def test_the_nik_of_who_was_erased_stands_in_no_other_row(tmp_path):
    bury(Home(tmp_path), ["MOTHER"], "3509275208940001", "request")
    bury(Home(tmp_path), ["FATHER"], "3509270101850001", "request")
    con, names = built(world(), Home(tmp_path))

    assert names == {"balita:CHILD", "balita:TWIN", "keluarga:F1"}
    rows = con.sql("SELECT subject_type, mother_nik, nik IS NULL, nik_status FROM targeting.targeting ORDER BY ALL")
    assert set(rows.fetchall()) == {("balita", None, False, "valid"), ("keluarga", None, True, "missing")}


def test_who_was_a_target_and_erased_since_is_no_exit(tmp_path):
    one = world()
    one.before("balita", "CHILD", "P1")
    bury(Home(tmp_path), ["CHILD"], None, "request")
    con, _ = built(one, Home(tmp_path))

    assert con.sql("FROM targeting.target_exit").fetchall() == []


def test_the_death_of_who_was_erased_is_not_listed(tmp_path):
    one = world()
    one.child("DEAD", months=8, died_on=dt.date(2025, 2, 20), mother_person_id="MOTHER")
    one.h3("DEAD", "POSTNEONATAL", dt.date(2025, 2, 20))
    assert len(built(one, Home(tmp_path))[0].sql("FROM targeting.mortality_event").fetchall()) == 1

    bury(Home(tmp_path), ["MOTHER"], None, "request")
    con, _ = built(one, Home(tmp_path))
    assert con.sql("SELECT mother_person_id FROM targeting.mortality_event").fetchall() == [(None,)]

    bury(Home(tmp_path), ["DEAD"], None, "request")
    assert built(one, Home(tmp_path))[0].sql("FROM targeting.mortality_event").fetchall() == []


def test_without_erasures_nothing_is_left_out(tmp_path):
    assert len(built(world(), Home(tmp_path))[1]) == 4
