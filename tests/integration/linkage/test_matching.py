"""Who is joined to whom, told as cases of the field."""

from functools import cache
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from integration.linkage import load_model
from tests.integration.linkage.small_world import (
    Place,
    Row,
    clusters,
    kalisat,
    left_behind,
    matched,
    record,
    who_is_who,
)
from warehouse.database import Connection

REGISTER = "dukcapil_penduduk"


def toddler(name: str, born: str, **said: Any) -> Row:
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
    "a mononym in a village where no namesake lives": (
        record("p3ke_keluarga", 90, "MISNADI", "head", rt="001", rw="005", dusun="KRAJAN"), 7),
    "a truncated last token": (record("dtsen_anggota", 90, "DEDI ALFIAN M", kk="3509272003150001", sex="L"), 9),
    "a stranger of the same name": (
        record("dtsen_anggota", 90, "DEDI ALFIAN MUJIB", nik="3509210101800009", born="1980-01-01", sex="L"), None),
    "a father is not his son": (
        record("dtsen_anggota", 90, "MISNADI", nik="3509270909900009", kk="3509272003150001", born="1990-09-09"), None),
    "nothing known but the village": (record("dinkes_balita", 90), None),
}  # fmt: skip


def case_rows() -> list[Row]:
    """Give a row for each case, all in one delivery: they speak of other people, or of one in other sources."""
    return [row | {"source_row_no": 100 + n, "household_ref": f"row {n}"} for n, (row, _) in enumerate(CASES.values())]


FIRST_CHILD = {"born": "2024-11-02", "sex": "P", "rt": "002", "rw": "001"}
OTHERS = [
    record("siga_krs", 190, "SAMSUL ARIFIN", "head", nik="3509271203900004", household_ref="row 90"),
    record("siga_krs", 190, "KHOLIFAH", "wife", sex="P", spouse_name="SAMSUL ARIFIN", household_ref="row 90",
           village_code=None),
    record("dtsen_anggota", 191, "AHMAD FAUZAN", kk="3509271506170003", born="2025-03-02", sex="L"),
    record("dtsen_anggota", 192, "AHMAD FAUZI", kk="3509271506170003", born="2025-03-02", sex="L"),
    record("dinkes_balita", 193, "ALMIRA PUTRI", month=9, parent_name="SULASTRI", **FIRST_CHILD),
    record("dinkes_balita", 193, "ALMIRA PUTRI", month=10, parent_name="SULASTRI", **FIRST_CHILD),
    record("dinkes_balita", 194, "ALMIRA P", month=10, parent_name="SULASTRI", **FIRST_CHILD),
    record("dtsen_anggota", 193, "ALMIRA PUTRI", born="2024-11-02", sex="P", kk="3509272202200008"),
    record("dinkes_balita", 195, "SITI JAMILAH", parent_name="SULASTRI", born="2022-01-20", sex="P"),
    record("dinkes_balita", 196, "BY NY SULASTRI 1", born="2026-09-01", sex="L"),
    record("dinkes_balita", 197, "BY NY SULASTRI 2", born="2026-09-01", sex="L"),
    record("dinkes_balita", 198, "BUDI SANTOSO", born="2024-01-09", nik="3509275208940001", sex="L"),
]  # fmt: skip
EVERYTHING = kalisat() + case_rows() + OTHERS


@cache
def world() -> Connection:
    return matched(EVERYTHING)[0]


@cache
def people() -> dict[Place, int]:
    return clusters(world())


def in_register(row: int) -> int:
    return people()[REGISTER, 10, row, "self"]


@pytest.mark.parametrize("case", CASES)
def test_a_record_is_joined_to_the_right_person_or_to_nobody(case: str) -> None:
    row, wanted = CASES[case]
    number = 100 + list(CASES).index(case)
    mine = people()[row["dataset"], 10, number, row["role"]]
    found = [place[2] for place, person in people().items() if place[0] == REGISTER and person == mine]
    assert found == ([] if wanted is None else [wanted])


def test_a_nik_that_contradicts_name_and_birth_date_goes_to_review() -> None:
    asked = world().execute(
        """SELECT reason FROM matched_pairs.review_queue
        JOIN matched_pairs.record_description ON description_id = description_a
        JOIN clean_records.person_record USING (record_id) WHERE name = 'BUDI SANTOSO'"""
    )
    assert asked.fetchall() == [("nik_conflict",)]


def test_a_member_without_numbers_is_found_through_the_household() -> None:
    assert people()["siga_krs", 10, 190, "wife"] == in_register(3)


def test_two_rows_of_one_members_list_are_never_one_person() -> None:
    assert people()["dtsen_anggota", 10, 191, "self"] == in_register(5)
    assert people()["dtsen_anggota", 10, 192, "self"] == in_register(6)


def test_months_and_agencies_outside_the_register_are_one_person() -> None:
    mine = {person for place, person in people().items() if place[0] != REGISTER and place[2] in (193, 194)}
    assert len(mine) == 1
    assert people()["dinkes_balita", 10, 195, "self"] not in mine


def test_twins_with_numbers_stay_two_persons_outside_the_register() -> None:
    assert people()["dinkes_balita", 10, 196, "self"] != people()["dinkes_balita", 10, 197, "self"]


def test_who_is_whom_is_told_by_the_register_or_by_the_smallest_description() -> None:
    wrong = world().execute(
        """SELECT l.description_id
        FROM matched_pairs.person_link AS l
        JOIN matched_pairs.description AS d USING (description_id)
        JOIN matched_pairs.description AS named ON named.description_id = l.cluster
        WHERE d.of_register AND l.cluster <> l.description_id
           OR NOT named.of_register AND l.cluster > l.description_id"""
    )
    assert wrong.fetchall() == []


def test_a_link_says_how_it_came_about() -> None:
    found = world().execute(
        """SELECT of_register, match_method, match_band, linked_to IS NULL, match_probability IS NULL, count(*) > 0
        FROM matched_pairs.person_link JOIN matched_pairs.description USING (description_id)
        GROUP BY ALL"""
    )
    told = {(of_register, method): rest for of_register, method, *rest in found.fetchall()}
    assert told.pop((True, "register")) == ["auto", True, False, True]
    assert told.pop((False, "unlinked")) == ["none", True, True, True]
    assert told == {
        (False, method): ["auto", False, False, True] for method in ("nik_exact", "nik_repair", "kk_name", "prob")
    }


def test_each_pair_tells_its_evidence() -> None:
    row = 100 + list(CASES).index("the same NIK and name")
    evidence, method, chosen = (
        world()
        .execute(
            """SELECT evidence, match_method, chosen FROM matched_pairs.candidate_pair
        JOIN matched_pairs.record_description ON description_id = description_a
        JOIN clean_records.person_record USING (record_id)
        WHERE source_row_no = ? ORDER BY match_weight DESC""",
            [row],
        )
        .fetchall()[0]
    )
    assert evidence["nik"] == "same"
    assert set(evidence) == {comparison.name for comparison in load_model().comparisons}
    assert (method, chosen) == ("nik_exact", True)


def test_each_pair_tells_whether_anything_beside_the_name_speaks_for_it() -> None:
    said = (
        world()
        .execute(
            """SELECT evidence['birth_date'] IN ('exact', 'swapped', 'year_fits', 'one_part', 'near')
          OR evidence['nik'] IN ('same', 'one_digit', 'prefix_long')
          OR evidence['family'] IN ('same_kk', 'household', 'relative_nik', 'near_kk')
          OR evidence['parent'] IN ('same', 'close') OR evidence['spouse'] IN ('same', 'close')
          OR evidence['village'] = 'same' AS as_person_yaml_has_it, beside_name, count(*)
        FROM matched_pairs.candidate_pair GROUP BY ALL"""
        )
        .fetchall()
    )
    assert {(expected, found) for expected, found, _ in said} <= {(True, True), (False, False)}
    assert said


def test_nothing_temporary_is_left_behind() -> None:
    assert world().execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall() == []


# without shrinking: each example is a run of a second or two
@settings(max_examples=2, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 10**6))
def test_the_order_of_the_records_changes_nothing(seed: int) -> None:
    assert left_behind(matched(EVERYTHING, shuffle=seed)[0]) == left_behind(world())


@settings(max_examples=2, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(kept=st.sets(st.integers(0, len(EVERYTHING) - 1)))
def test_any_part_of_the_records_is_placed_whole(kept: set[int]) -> None:
    who_is_who([EVERYTHING[number] for number in sorted(kept)])
