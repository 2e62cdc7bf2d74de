import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st
from targeting_world import PERIOD_END, World

DAY = dt.timedelta(1)
SAFE = {
    "last_period_on": PERIOD_END - 100 * DAY,
    "gravida": 2,
    "parity": 1,
    "interval_years": 4.0,
    "height_cm": 155.0,
    "muac_cm": 26.0,
    "hb": 12.0,
    "blood_pressure": "110/70",
    "kspr": 2,
    "anc_visits": 2,
    "iron_tablets": 60,
    "jkn": "PBI",
}


def before(days):
    """Give the day so many days before the reference day; None for None."""
    return None if days is None else PERIOD_END - days * DAY


def mothers(cases, **person):
    """Build a world with one mother per case (a row of H2, or several) and give her row of targeting by its name."""
    world = World()
    for name, told in cases.items():
        world.family(name)
        world.wife(name, name, **person)
        for values in told if isinstance(told, list) else [told]:
            world.h2(name, **values)
    return {name.removeprefix("ibu:"): row for name, row in world.targets().items() if name.startswith("ibu:")}


def test_example_of_the_contract():
    told = {
        "last_period_on": dt.date(2024, 8, 18), "registered_on": dt.date(2024, 10, 20), "gravida": 3, "parity": 2,
        "interval_years": 1.2, "height_cm": 148.0, "muac_cm": 22.8, "hb": 10.4, "blood_pressure": "110/70", "kspr": 10,
        "k1_on": dt.date(2024, 10, 20), "anc_visits": 4, "iron_tablets": 60, "jkn": "PBI",
    }  # fmt: skip
    row = mothers({"HOLIFAH": told})["HOLIFAH"]
    assert (row["pregnant"], row["pregnant_source"], row["gestational_weeks"]) == (True, "H2", 27)
    assert (row["kek"], row["anemia"], row["high_risk_pregnancy"]) == (True, True, True)
    assert row["risti_reasons"] == ["DEKAT", "KEK", "ANEMIA", "KSPR"]
    assert row["tier"] == "P1", "her last contact is more than 42 days ago"
    assert "G06_TTD" in row["gaps"], "60 tablets are fewer than 90 x 27/40"
    assert "G05_ANC" not in row["gaps"]


def test_each_reason_begins_at_its_limit():
    born = dt.date(1994, 8, 12)
    cases = {
        "none": ({}, []),
        "145 cm": ({"height_cm": 145.0}, []),
        "below 145 cm": ({"height_cm": 144.9}, ["PENDEK"]),
        "fourth birth behind her": ({"parity": 4}, ["PARITAS"]),
        "two years": ({"interval_years": 2.0}, []),
        "under two years": ({"interval_years": 1.9}, ["DEKAT"]),
        "first pregnancy": ({"gravida": 1, "parity": 0, "interval_years": None}, []),
        "LILA 23.5": ({"muac_cm": 23.5}, []),
        "LILA 23.4": ({"muac_cm": 23.4}, ["KEK"]),
        "systolic": ({"blood_pressure": "140/80"}, ["TENSI"]),
        "diastolic": ({"blood_pressure": "138 / 9O mmHg"}, ["TENSI"]),
        "score": ({"kspr": 6}, ["KSPR"]),
        "complication": ({"complication": "PREEKLAMPSIA"}, ["KOMPLIKASI"]),
        "no complication": ({"complication": "Tidak ada"}, []),
    }
    rows = mothers({name: {**SAFE, **values} for name, (values, _) in cases.items()}, birth_date=born)
    assert {name: rows[name]["risti_reasons"] for name in cases} == {name: found for name, (_, found) in cases.items()}
    assert {name: rows[name]["high_risk_pregnancy"] for name in cases} == {
        name: bool(found) for name, (_, found) in cases.items()
    }


def test_age_counts_on_the_day_of_the_last_period():
    start = SAFE["last_period_on"]
    ages = {
        "19 then, 20 now": start.replace(year=start.year - 20) + DAY,
        "20 then": start.replace(year=start.year - 20),
        "34 then, 35 now": start.replace(year=start.year - 35) + DAY,
        "35 then": start.replace(year=start.year - 35),
        "eleven": start.replace(year=start.year - 11),
    }
    world = World()
    for name, born in ages.items():
        world.family(name)
        world.wife(name, name, birth_date=born)
        world.h2(name, **SAFE)
    rows = world.targets()
    found = {name: rows[f"ibu:{name}"]["risti_reasons"] for name in ages}
    assert found == {
        "19 then, 20 now": ["MUDA"],
        "20 then": [],
        "34 then, 35 now": [],
        "35 then": ["TUA"],
        "eleven": ["MUDA"],
    }


def test_anemia_begins_lower_in_the_second_trimester():
    cases = [
        (90, 10.9, True), (91, 10.9, False), (91, 10.4, True), (195, 10.5, False), (196, 10.5, True),
        (196, 11.0, False), (None, 10.4, True), (None, 10.7, None), (None, 11.0, False),
    ]  # fmt: skip
    rows = mothers({f"{days} {hb}": {**SAFE, "last_period_on": before(days), "hb": hb} for days, hb, _ in cases})
    assert {name: row["anemia"] for name, row in rows.items()} == {f"{days} {hb}": found for days, hb, found in cases}


def test_what_is_not_known_is_no_reason_and_no_comfort():
    rows = mothers(
        {
            "nothing known": {"last_period_on": SAFE["last_period_on"]},
            "arm unknown": {**SAFE, "muac_cm": None},
            "arm unknown, anaemic": {**SAFE, "muac_cm": None, "hb": 9.0},
            "score and complications unsaid": {**SAFE, "kspr": None, "complication": None},
        }
    )
    found = {name: (row["high_risk_pregnancy"], row["risti_reasons"]) for name, row in rows.items()}
    assert found == {
        "nothing known": (None, []),
        "arm unknown": (None, []),
        "arm unknown, anaemic": (True, ["ANEMIA"]),
        "score and complications unsaid": (False, []),
    }
    assert rows["nothing known"]["kek"] is None
    assert rows["nothing known"]["anemia"] is None


def test_pregnancy_of_sixty_weeks_is_not_believed():
    assert mothers({"M": {**SAFE, "last_period_on": PERIOD_END - 420 * DAY}}) == {}


def test_pregnancy_that_k1_alone_tells_of_is_known_by_age_alone():
    world = World()
    for name, born in {"young": dt.date(2007, 1, 1), "thirty": dt.date(1994, 8, 12)}.items():
        world.family(name)
        world.head(f"head {name}", name)
        world.wife(name, name, birth_date=born)
        world.k1(name, f"head {name}", name, pregnant="1")
    rows = world.targets()
    young, thirty = rows["ibu:young"], rows["ibu:thirty"]
    assert (young["pregnant_source"], young["gestational_weeks"], young["risti_reasons"]) == ("K1", None, ["MUDA"])
    assert (thirty["high_risk_pregnancy"], thirty["risti_reasons"]) == (None, [])


def gap_of(code, rows):
    """Give whether the gap is known to be there, by the mother's name; None where that is open."""
    return {
        name: True if code in row["gaps"] else None if code in row["gaps_unknown"] else False
        for name, row in rows.items()
    }


def test_visits_follow_the_schedule():
    delivered = {"delivered_on": PERIOD_END, "pregnancy_status": "NIFAS"}
    cases = {
        "12 weeks, none": (90, {"anc_visits": 0}, False),
        "13 weeks, none": (91, {"anc_visits": 0}, True),
        "13 weeks, one": (91, {"anc_visits": 1}, False),
        "35 weeks, three": (251, {"anc_visits": 3}, False),
        "36 weeks, three": (252, {"anc_visits": 3}, True),
        "36 weeks, four": (252, {"anc_visits": 4}, False),
        "36 weeks, number unknown, K4 dated": (252, {"anc_visits": None, "k4_on": PERIOD_END - 5 * DAY}, False),
        "36 weeks, nothing known": (252, {"anc_visits": None}, None),
        "HPHT unknown, two": (None, {"anc_visits": 2}, None),
        "delivered, five": (280, {"anc_visits": 5, **delivered}, True),
        "delivered, six": (280, {"anc_visits": 6, **delivered}, False),
    }
    rows = mothers({name: {**SAFE, "last_period_on": before(days), **told} for name, (days, told, _) in cases.items()})
    assert gap_of("G05_ANC", rows) == {name: behind for name, (_, _, behind) in cases.items()}


def test_tablets_are_due_in_proportion_to_the_weeks():
    cases = [(140, 45, False), (140, 44, True), (294, 90, False), (294, 89, True), (140, None, None), (None, 90, False),
             (None, 50, None)]  # fmt: skip
    rows = mothers(
        {f"{n}": {**SAFE, "last_period_on": before(cases[n][0]), "iron_tablets": cases[n][1]} for n in range(7)}
    )
    assert gap_of("G06_TTD", rows) == {f"{n}": cases[n][2] for n in range(7)}


def test_contact_is_the_newest_date_or_without_dates_the_schedule():
    first = {"registered_on": PERIOD_END - 60 * DAY}
    cases = {
        "42 days ago": ({**first, "k1_on": PERIOD_END - 42 * DAY}, "sedang"),
        "43 days ago": ({**first, "k1_on": PERIOD_END - 43 * DAY}, "tinggi"),
        "42 days ago, no JKN": ({**first, "k1_on": PERIOD_END - 42 * DAY, "jkn": "TIDAK"}, "tinggi"),
        "no dates, on schedule": ({**first, "anc_visits": 2}, "sedang"),
        "no dates, behind": ({**first, "anc_visits": 0}, "tinggi"),
    }
    rows = mothers({name: {**SAFE, "hb": 9.0, **told} for name, (told, _) in cases.items()})
    assert {name: row["mortality_risk_level"] for name, row in rows.items()} == {
        name: level for name, (_, level) in cases.items()
    }


def test_open_pregnancy_counts_before_an_earlier_one():
    earlier = {**SAFE, "last_period_on": PERIOD_END - 700 * DAY, "delivered_on": PERIOD_END - 430 * DAY,
               "pregnancy_status": "BERSALIN", "hb": 8.0}  # fmt: skip
    row = mothers({"M": [SAFE, earlier]})["M"]
    assert (row["gestational_weeks"], row["hb"], row["postpartum"]) == (14, 12.0, False)


def test_delivery_ends_a_pregnancy_that_another_puskesmas_still_holds_open():
    delivered = {**SAFE, "last_period_on": PERIOD_END - 280 * DAY, "delivered_on": PERIOD_END - 5 * DAY,
                 "pregnancy_status": "NIFAS", "muac_cm": None}  # fmt: skip
    held_open = {**delivered, "last_period_on": PERIOD_END - 274 * DAY, "delivered_on": None,
                 "pregnancy_status": "HAMIL", "muac_cm": 22.0}  # fmt: skip
    row = mothers({"M": [delivered, held_open]})["M"]
    assert (row["pregnant"], row["postpartum"], row["gestational_weeks"]) == (False, True, None)
    assert row["muac_cm"] == 22.0, "what one row leaves out the other tells"


def test_new_pregnancy_soon_after_a_miscarriage_is_seen():
    lost = {**SAFE, "last_period_on": PERIOD_END - 170 * DAY, "pregnancy_status": "ABORTUS"}
    row = mothers({"M": [lost, SAFE]})["M"]
    assert (row["pregnant"], row["gestational_weeks"]) == (True, 14)


ANY_PREGNANCY = st.fixed_dictionaries(
    {
        **{name: st.just(value) for name, value in SAFE.items()},
        "hb": st.none() | st.floats(3, 20),
        "muac_cm": st.none() | st.floats(10, 50),
        "parity": st.none() | st.integers(0, 12),
        "blood_pressure": st.none() | st.text(max_size=12) | st.just("150/95"),
        "last_period_on": st.none() | st.dates(PERIOD_END - 300 * DAY, PERIOD_END),
    }
)


@given(st.lists(ANY_PREGNANCY, min_size=20, max_size=40))
@settings(max_examples=4, deadline=None)
def test_reasons_and_flag_never_contradict_each_other(pregnancies):
    rows = mothers({f"{n}": told for n, told in enumerate(pregnancies)}).values()
    assert len(rows) == len(pregnancies)
    for row in rows:
        assert bool(row["risti_reasons"]) == (row["high_risk_pregnancy"] is True)
        assert ("KEK" in row["risti_reasons"]) == (row["kek"] is True)
        assert ("ANEMIA" in row["risti_reasons"]) == (row["anemia"] is True)
