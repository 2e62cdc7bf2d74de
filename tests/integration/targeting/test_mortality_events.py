import datetime as dt

import pytest
from targeting_world import KEY, PERIOD_END, VILLAGE, World

from integration.targeting.build import build_targeting

DAY = dt.timedelta(1)
DIED = dt.date(2025, 2, 10)


def built(world, name, **options):
    """Build the stage and give the rows of one of its tables."""
    con = world.load()
    options = {"period": "2025-02", "period_end": PERIOD_END, "kab_code": None, "target_key": KEY, **options}
    build_targeting(con, run_id="run", **options)
    return con.sql(f"SELECT * FROM targeting.{name} ORDER BY ALL").to_arrow_table().to_pylist()


def events(world, **options):
    found = built(world, "mortality_event", **options)
    rows = {row["person_id"]: row for row in found}
    assert len(rows) == len(found), "one event per death"
    return rows


def births(world, **options):
    return {row["period"]: row for row in built(world, "live_births", **options)}


@pytest.fixture
def world():
    """Give a family with a mother."""
    world = World()
    world.family()
    world.head()
    world.wife()
    return world


def test_child_is_classified_by_age_at_death(world):
    kinds = {
        0: "neonatal_dini", 6: "neonatal_dini", 7: "neonatal_lanjut", 27: "neonatal_lanjut", 28: "postneonatal",
        364: "postneonatal", 366: "balita",
    }  # fmt: skip
    for days in kinds:
        world.person(f"{days}", birth_date=DIED - days * DAY, died_on=DIED, mother_person_id="MOTHER")
        world.h3(f"{days}", "NEONATAL_DINI", DIED)
    found = events(world)
    assert {int(name): row["kind"] for name, row in found.items()} == kinds
    assert {int(name): row["age_days"] for name, row in found.items()} == {days: days for days in kinds}
    assert {name for name, row in found.items() if not row["kind_disagree"]} == {"0", "6"}
    assert {row["mother_person_id"] for row in found.values()} == {"MOTHER"}


def test_age_that_is_not_known_leaves_the_delivered_kind(world):
    world.person("undated", in_register=False)
    world.h3("undated", "POSTNEONATAL", DIED)
    row = events(world)["undated"]
    assert (row["kind"], row["age_days"], row["kind_disagree"]) == ("postneonatal", None, None)


def test_five_years_old_is_no_balita(world):
    world.person("old", birth_date=dt.date(2019, 1, 1), died_on=DIED)
    world.h3("old", "BALITA", DIED)
    world.person("older", birth_date=dt.date(2019, 1, 1), died_on=DIED)
    world.c2("older", "MATI", DIED)
    found = events(world)
    assert list(found) == ["old"], "the civil register alone makes no event of it"
    assert (found["old"]["kind"], found["old"]["kind_disagree"]) == (None, True)


def test_stillbirth_stays_one_and_knows_the_risks_of_the_mother(world):
    world.h2("MOTHER", last_period_on=DIED - 270 * DAY, delivered_on=DIED, pregnancy_status="NIFAS", muac_cm=21.0,
             anc_visits=3, live_births=0, still_births=1)  # fmt: skip
    world.person("baby", in_register=False, birth_date=DIED, mother_person_id="MOTHER")
    world.h3("baby", "LAHIR_MATI", DIED, birth_date=DIED)
    row = events(world)["baby"]
    assert (row["kind"], row["kind_disagree"]) == ("lahir_mati", False)
    assert (row["high_risk_pregnancy"], row["risti_reasons"], row["anc_visits"]) == (True, ["KEK"], 3)


def test_death_that_both_agencies_report_is_one_event(world):
    world.child("child", months=20, died_on=DIED)
    world.h3("child", "BALITA", DIED, place="RS", cause="DIARE")
    world.h3("child", "BALITA", DIED)
    world.c2("child", "MATI", DIED + DAY, reported_on=dt.date(2025, 3, 3), snapshot_date=dt.date(2025, 3, 31))
    row = events(world)["child"]
    assert row["sources"] == ["C2", "H3"]
    assert (row["died_on"], row["place"], row["cause"]) == (DIED, "RS", "DIARE")
    assert (row["period"], row["late"], row["village_code"]) == ("2025-02", False, VILLAGE)


def test_report_of_an_earlier_month_is_late(world):
    for name in ("January", "February", "by its own word"):
        world.child(name, months=20)
    world.h3("January", "BALITA", dt.date(2025, 1, 30))
    world.h3("February", "BALITA", dt.date(2025, 2, 1))
    world.h3("by its own word", "BALITA", dt.date(2025, 2, 1), late=True)
    found = events(world)
    assert {name for name, row in found.items() if row["late"]} == {"January", "by its own word"}
    assert found["January"]["period"] == "2025-01"


def test_woman_dies_a_maternal_death_within_pregnancy_and_42_days():
    world = World()
    lying_in = {"pregnancy_status": "MENINGGAL", "last_period_on": DIED - 300 * DAY}
    cases = {
        "pregnant": ({"last_period_on": DIED - 100 * DAY, "pregnancy_status": "MENINGGAL"}, ("ibu", "HAMIL")),
        "at delivery": ({**lying_in, "delivered_on": DIED}, ("ibu", "BERSALIN")),
        "42 days after": ({**lying_in, "delivered_on": DIED - 42 * DAY}, ("ibu", "NIFAS")),
        "43 days after": ({**lying_in, "delivered_on": DIED - 43 * DAY}, None),
        "long ago": ({"last_period_on": DIED - 900 * DAY, "delivered_on": DIED - 620 * DAY}, None),
    }
    for name, (told, _) in cases.items():
        world.family(name)
        world.wife(name, name, died_on=DIED)
        world.h2(name, **told)
        world.c2(name, "MATI", DIED)
    found = {name: (row["kind"], row["phase"]) for name, row in events(world).items()}
    assert found == {name: kind for name, (_, kind) in cases.items() if kind}


def test_birth_in_the_register_shows_childbed_where_h2_has_forgotten_it(world):
    world.child("baby", birth_date=DIED - 10 * DAY, mother_person_id="MOTHER")
    world.c2("MOTHER", "MATI", DIED)
    assert events(world)["MOTHER"]["kind"] == "ibu"


def test_reported_maternal_death_that_is_none_is_kept_and_disagrees():
    world = World()
    cases = {
        "unknown to H2": ({"cause": "PERDARAHAN", "maternal_phase": "BERSALIN"}, None, ("ibu", False)),
        "accident": ({"cause": "Kecelakaan lalu lintas"}, DIED - 5 * DAY, (None, True)),
        "too late": ({"maternal_phase": "NIFAS"}, DIED - 43 * DAY, (None, True)),
        "pregnant again": ({"maternal_phase": "HAMIL"}, DIED - 200 * DAY, ("ibu", False)),
    }
    for name, (told, delivered_on, _) in cases.items():
        world.family(name)
        world.wife(name, name, died_on=DIED)
        if delivered_on:
            world.h2(name, delivered_on=delivered_on, last_period_on=delivered_on - 280 * DAY,
                     pregnancy_status="NIFAS")  # fmt: skip
        world.h3(name, "IBU", DIED, **told)
    found = {name: (row["kind"], row["kind_disagree"]) for name, row in events(world).items()}
    assert found == {name: expected for name, (_, _, expected) in cases.items()}


def test_child_reported_under_another_birth_date_is_still_a_child(world):
    world.h3("MOTHER", "NEONATAL_DINI", DIED, birth_date=DIED - 2 * DAY)
    row = events(world)["MOTHER"]
    assert (row["kind"], row["age_days"]) == ("neonatal_dini", 2)


def test_event_keeps_its_id_and_deaths_after_the_day_are_not_told(world):
    world.child("child", months=20)
    world.h3("child", "BALITA", DIED)
    world.child("later", months=20)
    world.h3("later", "BALITA", PERIOD_END + DAY)
    first = events(world)
    again = events(world, period="2025-03", period_end=dt.date(2025, 3, 31))
    assert set(first) == {"child"}
    assert set(again) == {"child", "later"}
    assert first["child"]["event_id"] == again["child"]["event_id"]
    assert first["child"]["event_id"].startswith("M")


def test_other_kabupaten_is_left_out(world):
    world.child("child", months=20)
    world.h3("child", "BALITA", DIED)
    assert events(world, kab_code="35.14") == {}
    assert births(world, kab_code="35.14") == {}


def test_births_registered_and_reported_are_counted_once(world):
    world.child("registered", birth_date=dt.date(2025, 2, 3), mother_person_id="MOTHER")
    world.h2("MOTHER", delivered_on=dt.date(2025, 2, 4), live_births=2, pregnancy_status="NIFAS")
    world.family("F2")
    world.wife("OTHER", "F2")
    world.h2("OTHER", delivered_on=dt.date(2025, 2, 20), live_births=1, pregnancy_status="NIFAS")
    world.child("nobody's", "F2", birth_date=dt.date(2025, 2, 20))
    world.child("earlier", birth_date=dt.date(2024, 3, 3), mother_person_id="MOTHER")
    world.child("long ago", birth_date=dt.date(2023, 2, 28))
    found = births(world)
    assert set(found) == {"2024-03", "2025-02"}
    now = found["2025-02"]
    assert (now["registered"], now["reported"], now["reported_unregistered"]) == (2, 3, 1)
    assert (now["live_births"], now["difference"], now["fully_reported"]) == (3, 1, True)
    assert (found["2024-03"]["live_births"], found["2024-03"]["difference"]) == (1, None)
    assert {row["village_code"] for row in found.values()} == {VILLAGE}


def test_birth_that_only_the_mutations_tell_of_is_registered(world):
    world.person("newborn", in_register=False, birth_date=dt.date(2025, 2, 26))
    world.c2("newborn", "LAHIR", dt.date(2025, 2, 26))
    assert births(world)["2025-02"]["registered"] == 1
