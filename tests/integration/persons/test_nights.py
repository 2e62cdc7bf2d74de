"""The same person and family tomorrow: whole nights, matched and built one after the other in one home."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from integration.contracts import contracts
from integration.linkage import load_model, match_records
from integration.persons import build_persons, persons
from tests.integration.linkage.small_world import KEY, Row, deliver, kalisat, record, warehouse
from warehouse.database import Connection, rows

MISNADI, SUPIYATI, DEDI = 7, 8, 9
CORRECTED = {"nik": "3509273110960077", "nik_prefix": "3509273110960077"}
SECOND_NIGHT = dt.date(2026, 11, 3)


def first_night(records: list[Row]) -> Connection:
    con = warehouse(records)
    match_records(con, load_model())
    build_persons(con, KEY, run_id="first")
    return con


def next_night(con: Connection, records: list[Row], shuffle: int | None = None) -> None:
    deliver(con, records, shuffle)
    match_records(con, load_model())
    build_persons(con, KEY, on=SECOND_NIGHT, run_id="second")


def ids(con: Connection) -> dict[tuple[str, int, str], tuple[str, str | None]]:
    """Give person and family by dataset, row and role."""
    found = rows(
        con,
        "SELECT dataset, source_row_no, role, person_id, family_id "
        "FROM persons.person_source JOIN persons.person USING (person_id)",
    )
    return {(dataset, row, role): (person, family) for dataset, row, role, person, family in found}


def history(con: Connection, of: str = "person") -> list[tuple[Any, ...]]:
    return rows(con, f"SELECT event, {of}_id, other_{of}_id FROM persons.{of}_history ORDER BY ALL")


def changed(records: list[Row], row: int, **said: Any) -> list[Row]:
    """Give the records with what another night's register says of one row."""
    return [one | said if one["source_row_no"] == row else one for one in records]


def dedi_elsewhere(**said: Any) -> Row:
    said = {"nik": "3509273110960004", "kk": "3509272003150001", "born": "1996-10-31", "sex": "L"} | said
    return record("dtsen_anggota", 90, "DEDI ALFIAN MUJIB", relationship="4", **said)


def test_the_same_rows_in_another_order_are_the_same_persons_and_nothing_happened() -> None:
    records = [*kalisat(), dedi_elsewhere(), record("dinkes_balita", 91, "ALMIRA", born="2026-01-02")]
    con = first_night(records)
    before = ids(con)
    next_night(con, records, shuffle=3)
    assert ids(con) == before
    assert history(con) == history(con, "family") == []


def test_a_home_without_a_past_names_by_content() -> None:
    records = [*kalisat(), dedi_elsewhere(), record("dinkes_balita", 91, "ALMIRA", born="2026-01-02")]
    elsewhere = [row | {"source_file": "other/" + row["source_file"], "source_file_id": "9"} for row in records]
    one, other = first_night(records), warehouse(elsewhere, shuffle=5)
    match_records(other, load_model())
    build_persons(other, KEY)
    assert ids(one) == ids(other)


def test_a_register_person_who_moves_house_and_is_spelt_anew_stays_the_same() -> None:
    con = first_night(kalisat())
    before = ids(con)
    next_night(con, changed(kalisat(), DEDI, rt="009", name="DEDY", name_canonical="DEDY", dusun="BARAT"))
    assert ids(con) == before
    assert history(con) == []


def test_a_corrected_nik_is_the_same_person_when_other_records_say_so() -> None:
    con = first_night([*kalisat(), dedi_elsewhere()])
    before = ids(con)
    assert before["dukcapil_penduduk", DEDI, "self"] == before["dtsen_anggota", 90, "self"]
    next_night(con, [*changed(kalisat(), DEDI, **CORRECTED), dedi_elsewhere()])
    assert ids(con) == before


def test_a_corrected_nik_that_nobody_else_knows_is_somebody_new() -> None:
    con = first_night(kalisat())
    before = ids(con)
    next_night(con, changed(kalisat(), DEDI, **CORRECTED))
    after = ids(con)
    (old, family), (new, same_family) = (found["dukcapil_penduduk", DEDI, "self"] for found in (before, after))
    assert new != old
    assert same_family == family
    assert history(con) == [("gone", old, None), ("new", new, None)]
    told = rows(con, "SELECT DISTINCT happened_on, run_id FROM persons.person_history")
    assert told == [(SECOND_NIGHT, "second")]


def test_a_child_outside_the_register_stays_the_same_when_its_row_is_corrected_and_when_it_is_registered() -> None:
    def child(rt: str) -> Row:
        return record("dinkes_balita", 91, "ALMIRA", nik="3509274201260009", born="2026-01-02", sex="P", rt=rt)

    con = first_night([*kalisat(), child("001")])
    before = ids(con)["dinkes_balita", 91, "self"]
    next_night(con, [*kalisat(), child("002")])
    assert ids(con)["dinkes_balita", 91, "self"] == before
    registered = record(
        "dukcapil_penduduk",
        12,
        "ALMIRA",
        nik="3509274201260009",
        kk="3509272003150001",
        born="2026-01-02",
        sex="P",
        relationship="4",
    )
    next_night(con, [*kalisat(), child("002"), registered])
    assert ids(con)["dukcapil_penduduk", 12, "self"][0] == before[0]
    assert history(con) == []


def test_two_persons_found_to_be_one_are_one_and_the_old_id_leads_to_it() -> None:
    unlike = record("dtsen_anggota", 90, "SUHARTONO", kk="3509279999990001", born="1961-02-03", sex="L")
    con = first_night([*kalisat(), unlike])
    before = ids(con)
    old, kept = before["dtsen_anggota", 90, "self"][0], before["dukcapil_penduduk", DEDI, "self"][0]
    assert old != kept
    unregistered = rows(con, "SELECT cluster FROM matched_pairs.person_link WHERE match_method = 'unlinked'")[0][0]
    register = rows(con, "SELECT description_id FROM matched_pairs.description WHERE nik = '3509273110960004'")[0][0]
    con.execute(
        "UPDATE matched_pairs.person_link SET cluster = ?, match_method = 'manual', match_probability = 1, "
        "match_band = 'auto' WHERE cluster = ?",
        [register, unregistered],
    )
    build_persons(con, KEY, on=SECOND_NIGHT, run_id="second")
    assert ids(con)["dtsen_anggota", 90, "self"][0] == kept
    assert rows(con, "SELECT * FROM persons.person_alias") == [(old, kept)]
    assert rows(con, "SELECT * FROM persons.person_history") == [
        (old, "merged", kept, SECOND_NIGHT, "manual", "second"),
    ]
    match_records(con, load_model())
    build_persons(con, KEY, on=SECOND_NIGHT + dt.timedelta(1), run_id="third")
    assert ids(con) == before
    assert rows(con, "SELECT * FROM persons.person_alias") == []
    assert ("split", old, kept) in history(con)


def test_a_family_with_a_new_card_is_the_same_family() -> None:
    con = first_night(kalisat())
    before = ids(con)
    records = kalisat()
    for row in (MISNADI, SUPIYATI, DEDI):
        records = changed(records, row, no_kk="3509270101260055", household_ref="3509270101260055")
    next_night(con, records)
    assert ids(con) == before
    assert history(con, "family") == []


def test_a_son_who_founds_a_family_leaves_the_old_one_its_id() -> None:
    con = first_night(kalisat())
    before = ids(con)
    card = {"no_kk": "3509270101260055", "household_ref": "3509270101260055", "relationship": "1"}
    next_night(con, changed(kalisat(), DEDI, **card))
    after = ids(con)
    (person, old), (same_person, new) = (found["dukcapil_penduduk", DEDI, "self"] for found in (before, after))
    assert same_person == person
    assert after["dukcapil_penduduk", MISNADI, "self"] == before["dukcapil_penduduk", MISNADI, "self"]
    assert history(con, "family") == [("split", new, old)]


def test_a_night_that_breaks_off_leaves_persons_and_their_memory_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    con = first_night(kalisat())
    before = ids(con)

    def broken(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(persons, "remember", broken)
        with pytest.raises(MemoryError):
            next_night(con, kalisat()[:4])
    assert ids(con) == before
    next_night(con, kalisat())
    assert ids(con) == before
    assert history(con) == []


def test_every_dataset_that_names_persons_has_its_place_in_the_order_of_sources() -> None:
    order = Path(persons.__file__).with_name("source_order.csv")
    with order.open(encoding="utf-8", newline="") as file:
        listed = [row["dataset"] for row in csv.DictReader(file)]
    assert sorted(listed) == sorted(contracts())
