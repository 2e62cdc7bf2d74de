"""What a view shows, and what no view can show."""

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.entitlements import KECAMATAN, load_policy, recipient_key, view_query
from warehouse.entitlements.masks import masked

KEY = b"k" * 32


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def shown(con: duckdb.DuckDBPyConnection, mask: str, value: object, key: bytes = KEY) -> object:
    query = f"SELECT {masked(mask, 'v', ('G07_NIK',), key)} FROM (SELECT $1 AS v)"
    return con.execute(query, [value]).fetchall()[0][0]


@given(nik=st.from_regex(r"\d{16}", fullmatch=True))
def test_a_masked_number_keeps_region_and_serial_and_hides_the_birth_date(
    con: duckdb.DuckDBPyConnection, nik: str
) -> None:
    assert shown(con, "number", nik) == f"{nik[:6]}******{nik[12:]}"


@given(words=st.lists(st.from_regex(r"[A-Z']{1,12}", fullmatch=True), min_size=1, max_size=5))
def test_a_masked_name_is_its_first_word_and_initials(con: duckdb.DuckDBPyConnection, words: list[str]) -> None:
    assert shown(con, "first_name", " ".join(words)) == " ".join([words[0], *(f"{word[0]}." for word in words[1:])])


@given(text=st.text(alphabet="ABCDEF0123456789", min_size=1, max_size=20))
def test_a_pseudonym_stays_with_its_key_and_tells_nothing(con: duckdb.DuckDBPyConnection, text: str) -> None:
    pseudonym = str(shown(con, "keyed", text))

    assert pseudonym == shown(con, "keyed", text)
    assert pseudonym != shown(con, "keyed", text, b"another key".ljust(32))
    assert re.fullmatch(r"[0-9a-f]{16}", pseudonym)


@pytest.mark.parametrize("mask", ["number", "first_name", "keyed"])
def test_unknown_stays_unknown(con: duckdb.DuckDBPyConnection, mask: str) -> None:
    assert shown(con, mask, None) is None


def test_only_listed_codes_pass(con: duckdb.DuckDBPyConnection) -> None:
    assert shown(con, "listed", ["G03_PMT", "G07_NIK"]) == ["G07_NIK"]


def test_no_two_recipients_share_a_key() -> None:
    keys = {recipient_key(b"s" * 32, one) for one in load_policy().recipients.values()}

    assert len(keys) == len(load_policy().recipients)


def test_a_row_of_which_the_answer_is_unknown_is_not_given(con: duckdb.DuckDBPyConnection) -> None:
    view = load_policy().views["sanitation_officer"]
    columns = ", ".join(
        f"NULL AS {c}" for group in view.table.groups.values() for c in group.columns if c != "subject_type"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE unknown AS SELECT 'keluarga' AS subject_type, {columns}")

    assert con.execute("SELECT count(*) FROM unknown").fetchall() == [(1,)]
    nulls = view_query(
        view, "(SELECT * REPLACE (NULL::VARCHAR[] AS gaps, NULL::VARCHAR[] AS gaps_unknown) FROM unknown)", KEY
    )
    assert con.execute(nulls).fetchall() == []


def test_every_row_table_is_cut_by_kecamatan_for_who_reads_one() -> None:
    for recipient in load_policy().recipients.values():
        if KECAMATAN in recipient.units:
            for view in recipient.views:
                if view.table.name not in ("rule_statement", "measurement_quality", "match_summary"):
                    assert "'35.09.01'" in view_query(view, "x", KEY, "35.09.01"), (recipient.name, view.name)
