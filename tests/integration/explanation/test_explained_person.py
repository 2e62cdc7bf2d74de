"""A person explained: who is on it, why, and who was refused."""

import duckdb
import pytest

from integration.explanation import PersonExplanation, UnknownSubject, explain_pair, explain_person
from integration.explanation.competition import Candidate
from integration.explanation.graph import strongest_trees
from integration.explanation.subjects import find_description, find_person
from integration.linkage import load_model
from tests.integration.explanation.explained_world import described, explained
from warehouse.errors import HomeError

MODEL = load_model()


def explanation(con: duckdb.DuckDBPyConnection, dataset: str, row: int) -> PersonExplanation:
    return explain_person(con, MODEL, str(described(con, dataset, row)))


def candidate(con: duckdb.DuckDBPyConnection, of: tuple[str, int], who: tuple[str, int]) -> Candidate:
    placed = next(p for p in explanation(con, *of).placements if p.described.id == described(con, *of))
    return next(one for one in placed.candidates if one.other == described(con, *who))


def test_all_three_names_of_a_person_give_the_same_explanation(con: duckdb.DuckDBPyConnection) -> None:
    by_description = explanation(con, "dtsen_anggota", 2)
    by_row = explain_person(con, MODEL, "dtsen_anggota:dtsen_anggota_3509_202610.csv:2:self")

    assert by_description.person_id is not None
    assert explain_person(con, MODEL, by_description.person_id) == by_description == by_row


def test_what_placed_a_description_comes_first_and_its_chance_is_a_share(con: duckdb.DuckDBPyConnection) -> None:
    for row in (2, 5, 6):
        placed = next(
            one for one in explanation(con, "dtsen_anggota", row).placements
            if one.described.id == described(con, "dtsen_anggota", row)
        )  # fmt: skip
        assert placed.candidates[0].other == placed.described.linked_to
        assert (placed.candidates[0].chance or 0) >= MODEL.auto
        assert sum(one.chance or 0 for one in placed.candidates) <= 1
        assert placed.reason is None


def test_a_second_row_of_a_source_that_holds_each_once_is_told_who_took_the_place(
    con: duckdb.DuckDBPyConnection,
) -> None:
    closed = candidate(con, ("dtsen_anggota", 3), ("dukcapil_penduduk", 4))

    assert closed.chance is None
    assert closed.closed is not None
    assert f"taken: {described(con, 'dtsen_anggota', 2)} was placed there" in closed.closed
    assert explanation(con, "dtsen_anggota", 3).placements[0].reason == "taken"


def test_a_forbidden_candidate_is_told_with_the_condition(con: duckdb.DuckDBPyConnection) -> None:
    refused = candidate(con, ("dtsen_anggota", 4), ("dukcapil_penduduk", 4))

    assert refused.closed is not None
    assert refused.closed.startswith("forbidden as nik_conflict: nik = same")


def test_nobodys_row_says_why_and_by_which_keys_it_was_looked_for(con: duckdb.DuckDBPyConnection) -> None:
    found = explanation(con, "dinkes_balita", 3)

    (placed,) = found.placements
    assert not placed.described.registered
    assert placed.reason in {"no_candidate", "below_band"}
    assert "birth_date+village" in {key.name for key in placed.keys}


def test_people_outside_the_register_are_joined_without_competition(con: duckdb.DuckDBPyConnection) -> None:
    found = explanation(con, "p3ke_keluarga", 2)

    assert {one.described.said["dataset"] for one in found.placements} == {"p3ke_keluarga", "dinkes_ibu_hamil"}
    assert len(found.joined) == 1
    assert all(one.candidates[0].chance is None for one in found.placements)


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_decisions_of_people_that_counted_are_told(verdict: str) -> None:
    con = explained(toddler=verdict)

    found = explanation(con, "dinkes_balita", 3)
    pair = explain_pair(
        con, MODEL, *(str(described(con, *row)) for row in (("dinkes_balita", 3), ("dukcapil_penduduk", 9)))
    )

    assert [(one.verdict, one.decided_by) for one in found.decisions] == [(verdict, "ANI WIJAYA")]
    assert pair.decisions == found.decisions
    assert pair.pair.chosen == (verdict == "same")
    assert {one.described.said["dataset"] for one in found.placements} == (
        {"dinkes_balita", "dukcapil_penduduk"} if verdict == "same" else {"dinkes_balita"}
    )


def test_two_that_share_no_key_were_never_compared_but_can_be_asked_about(con: duckdb.DuckDBPyConnection) -> None:
    pair = explain_pair(
        con, MODEL, *(str(described(con, *row)) for row in (("dinkes_balita", 3), ("dukcapil_penduduk", 7)))
    )

    assert pair.keys == ()
    assert pair.pair.stored is None
    assert not pair.pair.chosen


def test_an_id_that_merged_stands_for_what_it_became() -> None:
    con = explained()
    person, descriptions = find_person(con, str(described(con, "dtsen_anggota", 2)))
    old = "P" + "A" * 16
    con.execute("INSERT INTO persons.person_alias VALUES (?, ?)", [old, person])

    assert find_person(con, old) == (person, descriptions)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("P" + "A" * 16, "No row of this home"),
        ("12345", "no description"),
        ("99999999999999999999", "Wanted is"),
        ("dtsen_anggota:dtsen_anggota_3509_202610.csv:999", "No row 999"),
        ("dtsen_anggota:other.csv:2", "No row 2"),
        ("something else", "Wanted is"),
        ("", "Wanted is"),
    ],
)
def test_who_is_not_there_is_said_in_a_sentence(con: duckdb.DuckDBPyConnection, asked: str, words: str) -> None:
    with pytest.raises(UnknownSubject, match=words):
        find_person(con, asked)


def test_a_row_that_names_two_people_asks_for_the_role() -> None:
    from tests.integration.linkage.small_world import matched, record

    con, _ = matched(
        [record("siga_krs", 2, "SAMSUL ARIFIN", role="head"), record("siga_krs", 2, "HOLIFAH", role="wife")]
    )

    with pytest.raises(UnknownSubject, match=":head or :wife"):
        find_description(con, "siga_krs:siga_krs_3509_202610.csv:2")
    assert find_description(con, "siga_krs:siga_krs/2026-10/siga_krs_3509_202610.csv:2:wife")


def test_one_and_the_same_is_no_pair(con: duckdb.DuckDBPyConnection) -> None:
    same = str(described(con, "dtsen_anggota", 2))

    with pytest.raises(UnknownSubject, match="one description"):
        explain_pair(con, MODEL, same, same)


def test_homes_that_cannot_be_explained_say_why() -> None:
    con = duckdb.connect()
    con.execute("CREATE SCHEMA matched_pairs")
    with pytest.raises(HomeError, match="no matched pairs yet"):
        explain_person(con, MODEL, "1")

    con = explained()
    con.execute("UPDATE linkage_memory.state SET complete = false")
    with pytest.raises(HomeError, match="broke off"):
        explain_person(con, MODEL, "1")
    con.execute("DROP SCHEMA linkage_memory CASCADE")
    with pytest.raises(HomeError, match="another version"):
        explain_person(con, MODEL, "1")


def test_a_tree_takes_the_strongest_pairs_and_every_node_once() -> None:
    trees = strongest_trees([1, 2, 3, 4], [(5.0, 1, 2), (9.0, 2, 3), (1.0, 3, 1)])

    assert trees == {1: {1: [(5.0, 2)], 2: [(9.0, 3)], 3: []}, 4: {4: []}}
