"""Who is joined to whom, told as cases of the field."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.linkage import load_model
from tests.integration.linkage.small_world import kalisat, matched, record, register_row, who_is_who

REGISTER = "dukcapil_penduduk"


def person_of(row: dict[str, object]) -> int | None:
    """Give the register row (by its number) of the person that one more record is joined to, if any."""
    people = who_is_who([*kalisat(), row])
    mine = people[str(row["dataset"]), 10, int(str(row["source_row_no"])), str(row["role"])]
    return next((key[2] for key, person in people.items() if key[0] == REGISTER and person == mine), None)


def toddler(name: str, born: str, **said: object) -> dict[str, object]:
    return record("dinkes_balita", 90, name, born=born, **said)


CASES = {
    "the same NIK and name": (toddler("SITI NAYLA AZZAHRA", "2023-05-25", nik="3509276505230001"), 4),
    "no NIK, the mother and the birth date": (
        toddler("NAYLA", "2023-05-25", sex="P", parent_name="HOLIFAH", rt="003", rw="005"), 4),
    "her mother's NIK typed for the child": (
        toddler("SITI NAYLA AZZAHRA", "2023-05-25", nik="3509275208940001", sex="P", parent_name="HOLIFAH"), 4),
    "a masked NIK": (
        toddler("SITI NAILA", "2023-05-25", nik="350927**********", sex="P", parent_name="HOLIFAH"), 4),
    "day and month exchanged": (
        toddler("AHMAD FAUZAN HAKIM", "2025-02-03", sex="L", parent_name="HOLIFAH", rt="003", rw="005"), 5),
    "one digit of the NIK wrong": (
        toddler("SITI NAYLA AZZAHRA", "2023-05-25", nik="3509276505230001".replace("0001", "0007")), 4),
    "the other twin": (toddler("AHMAD FAUZI R", "2025-03-02", sex="L", parent_name="HOLIFAH"), 6),
    "a baby without a name of its own": (
        toddler("BY NY HOLIFAH", "2023-05-25", sex="P", rt="003", rw="005"), 4),
    "a baby of a pair of twins stays open": (toddler("BY NY HOLIFAH", "2025-03-02", sex="L"), None),
    "a sister the register does not know": (
        toddler("SITI AISYAH", "2026-07-20", sex="P", parent_name="HOLIFAH", rt="003", rw="005"), None),
    "her husband's name appended": (
        record("dinkes_ibu_hamil", 90, "HOLIFAH / SAMSUL", born="1994-08-12", sex="P", spouse_name="SAMSUL ARIFIN"), 3),
    "a mononym with a KK": (record("dtsen_keluarga", 90, "MISNADI", "head", kk="3509272003150001"), 7),
    "a mononym with a village of two namesakes apart": (
        record("dtsen_keluarga", 90, "MISNADI", "head", rt="001", rw="005", dusun="KRAJAN"), 7),
    "a truncated last token": (record("dtsen_anggota", 90, "DEDI ALFIAN M", kk="3509272003150001", sex="L"), 9),
    "a stranger of the same name": (
        record("dtsen_anggota", 90, "DEDI ALFIAN MUJIB", nik="3509210101800009", born="1980-01-01", sex="L"), None),
    "a father is not his son": (
        record("dtsen_anggota", 90, "MISNADI", nik="3509270909900009", kk="3509272003150001", born="1990-09-09"), None),
    "nothing known but the village": (record("dinkes_balita", 90), None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_record_is_joined_to_the_right_person_or_to_nobody(case: str) -> None:
    row, wanted = CASES[case]
    assert person_of(row) == wanted


def test_a_nik_that_contradicts_name_and_birth_date_goes_to_review() -> None:
    row = toddler("BUDI SANTOSO", "2024-01-09", nik="3509275208940001", sex="L")
    con, summary = matched([*kalisat(), row])
    assert con.execute("SELECT reason FROM matched_pairs.review_queue").fetchall() == [("nik_conflict",)]
    assert summary.review == 1


def test_a_member_without_numbers_is_found_through_the_household() -> None:
    household = [
        record("siga_krs", 90, "SAMSUL ARIFIN", "head", nik="3509271203900004", household_ref="row 90"),
        record("siga_krs", 90, "KHOLIFAH", "wife", sex="P", spouse_name="SAMSUL ARIFIN", household_ref="row 90",
               village_code=None),
    ]  # fmt: skip
    people = who_is_who(kalisat() + household)
    assert people["siga_krs", 10, 90, "wife"] == people[REGISTER, 10, 3, "self"]


def test_two_rows_of_one_members_list_are_never_one_person() -> None:
    twins = [
        record("dtsen_anggota", 90, "AHMAD FAUZAN", kk="3509271506170003", born="2025-03-02", sex="L"),
        record("dtsen_anggota", 91, "AHMAD FAUZI", kk="3509271506170003", born="2025-03-02", sex="L"),
    ]
    people = who_is_who(kalisat() + twins)
    assert people["dtsen_anggota", 10, 90, "self"] == people[REGISTER, 10, 5, "self"]
    assert people["dtsen_anggota", 10, 91, "self"] == people[REGISTER, 10, 6, "self"]


def test_months_and_agencies_outside_the_register_are_one_person() -> None:
    child = {"born": "2024-11-02", "sex": "P", "rt": "002", "rw": "001"}
    rows = [
        record("dinkes_balita", 90, "ALMIRA PUTRI", month=9, parent_name="SULASTRI", **child),
        record("dinkes_balita", 90, "ALMIRA PUTRI", month=10, parent_name="SULASTRI", **child),
        record("dinkes_balita", 91, "ALMIRA P", month=10, parent_name="SULASTRI", **child),
        record("dtsen_anggota", 90, "ALMIRA PUTRI", born="2024-11-02", sex="P", kk="3509272202200008"),
        record("dinkes_balita", 92, "SITI JAMILAH", parent_name="SULASTRI", born="2022-01-20", sex="P"),
    ]
    people = who_is_who(kalisat() + rows)
    mine = {person for key, person in people.items() if key[0] != REGISTER and key[2] in (90, 91)}
    assert len(mine) == 1
    assert people["dinkes_balita", 10, 92, "self"] not in mine


def test_twins_with_numbers_stay_two_persons_outside_the_register() -> None:
    twins = [record("dinkes_balita", row, f"BY NY SULASTRI {row - 89}", born="2026-09-01", sex="L") for row in (90, 91)]
    people = who_is_who(kalisat() + twins)
    assert people["dinkes_balita", 10, 90, "self"] != people["dinkes_balita", 10, 91, "self"]


DEGENERATE = {
    "no records": [],
    "only the register": kalisat(),
    "no register": [record("dinkes_balita", row, "SITI AMINAH", born="2024-01-01") for row in range(2, 5)],
    "ten rows of nothing": [record("dtsen_anggota", row) for row in range(2, 12)],
    "one name for everybody": [
        register_row(row, "SITI", f"350927410180{row:04}", f"350927010110{row:04}", "1980-01-01", "P", "1")
        for row in range(2, 120)
    ]
    + [record("dtsen_keluarga", row, "SITI", "head") for row in range(2, 60)],
    "one NIK for five hundred rows": kalisat()
    + [
        record(
            "dinkes_balita", row, f"ANAK {row % 26 + 65:c}{row % 7 + 65:c}", nik="3509275208940001", born="2024-01-01"
        )
        for row in range(2, 502)
    ],
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_strange_data_ends_with_every_record_placed_once(case: str) -> None:
    who_is_who(DEGENERATE[case])


def test_one_name_for_everybody_joins_nobody() -> None:
    people = who_is_who(DEGENERATE["one name for everybody"])
    register = {person for key, person in people.items() if key[0] == REGISTER}
    assert not register & {person for key, person in people.items() if key[0] != REGISTER}


EVERYTHING = kalisat() + [row | {"source_row_no": 100 + n} for n, (row, _) in enumerate(CASES.values())]


@cache
def in_order() -> dict[tuple[str, int, int, str], str]:
    return who_is_who(EVERYTHING)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_the_records_changes_nothing(seed: int) -> None:
    assert who_is_who(EVERYTHING, shuffle=seed) == in_order()


@settings(max_examples=5, deadline=None)
@given(kept=st.sets(st.integers(0, len(EVERYTHING) - 1)))
def test_any_part_of_the_records_is_placed_whole(kept: set[int]) -> None:
    who_is_who([EVERYTHING[number] for number in sorted(kept)])


def test_nothing_temporary_is_left_behind() -> None:
    con, _ = matched(kalisat())
    assert con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall() == []


def test_each_pair_tells_its_evidence() -> None:
    con, _ = matched([*kalisat(), CASES["the same NIK and name"][0]])
    evidence, method, chosen = con.execute(
        "SELECT evidence, match_method, chosen FROM matched_pairs.candidate_pair ORDER BY match_weight DESC"
    ).fetchall()[0]
    assert evidence["nik"] == "same"
    assert set(evidence) == {comparison.name for comparison in load_model().comparisons}
    assert (method, chosen) == ("nik_exact", True)
