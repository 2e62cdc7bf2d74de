import re
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from warehouse.query.statements import NotAsked, is_whole, readable, without_values

WORDS = {"select", "nik", "name", "from", "targeting_bnba", "where", "and", "count", "like"}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute("CREATE TABLE targeting_bnba (nik VARCHAR, name VARCHAR, tier VARCHAR)")
        yield made


@pytest.mark.parametrize(
    ("sql", "logged"),
    [
        ("SELECT nik FROM targeting_bnba WHERE name = 'SITI'", "select nik from targeting_bnba where name = ?"),
        ("SELECT nik FROM targeting_bnba WHERE name = SITI", "select nik from targeting_bnba where name = ?"),
        ('SELECT "nik" FROM targeting_bnba WHERE name = "SITI ""x"""', "select nik from targeting_bnba where name = ?"),
        ("SELECT nik -- of SITI\nFROM targeting_bnba /* 3509 */", "select nik from targeting_bnba"),
        ("SELECT 3509275505230001, $$SITI$$, $a$SITI$a$, E'SI\\'TI'", "select ?, ?, ?, ?"),
        ("SELECT 'it''s name' LIKE 'SITI", "select ? like ?"),
        ("SELECT count(nik) AS siti", "select count(nik) ? ?"),
    ],
)
def test_a_logged_statement_holds_no_value(sql: str, logged: str) -> None:
    assert without_values(sql, WORDS) == logged


@given(st.text(alphabet=st.sampled_from("'\"$-/*;()., \n\\eEaSITI0123nk?") | st.characters(), max_size=60))
@example("E'\\' SITI '")
@example("/* /* */ SITI */")
@example("$a$ SITI $b$")
def test_whatever_was_typed_only_words_of_the_database_are_logged(sql: str) -> None:
    logged = without_values(sql, WORDS)

    assert set(re.findall(r"\w+", logged)) <= WORDS
    assert logged.isascii()


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT nik FROM targeting_bnba", ["targeting_bnba"]),
        ('FROM main."TARGETING_BNBA"', ["targeting_bnba"]),
        ("WITH a AS (SELECT * FROM targeting_bnba) SELECT count(*) FROM a", ["targeting_bnba"]),
        ("SELECT 1 WHERE EXISTS (FROM targeting_bnba)", ["targeting_bnba"]),
        ("PIVOT targeting_bnba ON tier IN ('P1') USING count(*)", ["targeting_bnba"]),
        ("DESCRIBE targeting_bnba", ["targeting_bnba"]),
        ("EXPLAIN ANALYZE SELECT * FROM targeting_bnba", ["targeting_bnba"]),
        ("EXPLAIN (ANALYZE, FORMAT json) SELECT * FROM targeting_bnba", ["targeting_bnba"]),
        ("SELECT 'targeting_bnba'", []),
        ("SELECT list_transform([1], lambda x: x + 1), unnest(range(3))", []),
        ("VALUES (1)", []),
        ("SHOW TABLES", []),
        ("SELECT * FROM duckdb_columns()", []),
    ],
)
def test_what_reads_may_be_asked_and_its_tables_are_known(
    connection: duckdb.DuckDBPyConnection, sql: str, tables: list[str]
) -> None:
    assert readable(connection, sql, ["targeting_bnba"]).tables == tables


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("DELETE FROM targeting_bnba", "kind DELETE"),
        ("EXPLAIN ANALYZE DELETE FROM targeting_bnba", "kind DELETE"),
        ("EXPLAIN (FORMAT json) DELETE FROM targeting_bnba", "kind DELETE"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("  ", "No statement"),
        ("FROM query('FROM targeting_bnba')", "table function query"),
        ("FROM 'x.csv'", "No file"),
    ],
)
def test_what_does_more_is_refused_in_a_sentence(connection: duckdb.DuckDBPyConnection, sql: str, why: str) -> None:
    with pytest.raises(NotAsked, match=why):
        readable(connection, sql, ["targeting_bnba"])


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("SELECT 1;", True),
        ("SELECT 1; -- done\n", True),
        ("SELECT 1", False),
        ("SELECT ';", False),
        ("SELECT ';'", False),
        ("SELECT 1 -- ;", False),
        ("SELECT 1 /* ;", False),
        (";", True),
        ("", False),
    ],
)
def test_a_statement_ends_with_a_semicolon_of_its_own(typed: str, whole: bool) -> None:
    assert is_whole(typed) is whole
