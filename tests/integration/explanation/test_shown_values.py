"""What the operator sees: nothing of a person in full unless it was asked for."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.explanation import cluster_graph, explain_pair, explain_person, pair_text, person_text
from integration.explanation.masking import initials, number, shown_columns
from integration.linkage import load_model
from tests.integration.explanation.explained_world import CANARY_NAMES, HEAD, OUTSIDE, SITI, described, rows
from warehouse.tables import table

MODEL = load_model()


@pytest.fixture(scope="module")
def texts(con: duckdb.DuckDBPyConnection) -> dict[bool, str]:
    """Everything that can be said of the small world, masked and in full."""
    every = [
        str(one)
        for (one,) in con.execute(
            "SELECT DISTINCT cluster FROM matched_pairs.person_link WHERE match_method <> 'register'"
        ).fetchall()
    ]
    pairs = con.execute("SELECT description_a, description_b FROM matched_pairs.candidate_pair").fetchall()
    persons = [explain_person(con, MODEL, one) for one in every]
    found = [explain_pair(con, MODEL, str(a), str(b)) for a, b in pairs[:5]]
    return {
        in_full: "\n".join(
            [person_text(one, MODEL, in_full=in_full) for one in persons]
            + [pair_text(one, MODEL, in_full=in_full) for one in found]
            + [cluster_graph(one) for one in persons]
        )
        for in_full in (False, True)
    }


def test_masked_text_holds_no_number_name_or_date(texts: dict[bool, str]) -> None:
    said = rows()
    numbers = {one[key] for one in said for key in ("nik", "no_kk") if one.get(key) and "*" not in one[key]}
    dates = {str(one["birth_date"]) for one in said if one.get("birth_date")}

    assert not [secret for secret in (*numbers, *dates, *CANARY_NAMES, "KRAJAN") if secret in texts[False]]
    assert "Values are masked" in texts[False]


def test_values_are_shown_when_asked_for(texts: dict[bool, str]) -> None:
    assert all(value in texts[True] for value in (SITI, HEAD, OUTSIDE, "SITI NAYLA AZZAHRA", "2023-05-25", "KRAJAN"))
    assert "do not pass this on" in texts[True]


def test_the_graph_names_nobody(con: duckdb.DuckDBPyConnection) -> None:
    drawn = cluster_graph(explain_person(con, MODEL, str(described(con, "dtsen_anggota", 2))))

    assert str(described(con, "dtsen_anggota", 2)) in drawn
    assert not [name for name in (*CANARY_NAMES, SITI) if name in drawn]


@given(st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_a_masked_number_keeps_region_and_serial_only(nik: str) -> None:
    assert number(nik) == nik[:6] + "******" + nik[12:]


@given(st.from_regex(r"[0-9]{4,15}", fullmatch=True))
def test_of_a_part_of_a_number_only_the_region_is_shown(prefix: str) -> None:
    assert set(number(prefix)[6:]) <= {"*"}
    assert len(number(prefix)) == len(prefix)


@given(st.lists(st.from_regex(r"[A-Z']{1,12}", fullmatch=True), max_size=6))
def test_a_masked_name_is_its_initials(words: list[str]) -> None:
    assert initials(" ".join(words)) == " ".join(f"{word[0]}." for word in words)


def test_whatever_is_shown_of_an_identifier_or_name_is_masked() -> None:
    columns = {name: mask for columns in shown_columns().values() for name, mask in columns.items()}
    declared = {column.name: column for column in table("matched_pairs.description").columns}

    assert set(columns) <= set(declared)
    assert all(columns[name] == "number" for name in columns if declared[name].privacy == "identifier")
    assert all(columns[name] == "initials" for name in ("name", "name_alias", "parent_1", "parent_2", "spouse"))
    assert columns["birth_date"] == "year"


def test_every_comparison_of_the_model_has_its_values() -> None:
    assert set(shown_columns()) == {comparison.name for comparison in MODEL.comparisons}
