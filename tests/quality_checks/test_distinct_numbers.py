"""Sorting shows that nothing is repeated only where nothing is, and says no wherever it cannot tell."""

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality_checks.distinct_numbers import same_and_distinct
from warehouse.database import Connection


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


def _query(numbers: list[int | None]) -> str:
    return f"SELECT unnest({[*numbers]}::BIGINT[])".replace("None", "NULL")


few = st.lists(st.one_of(st.none(), st.integers(-3, 3), st.just(2**63 - 1)), max_size=5)


@settings(deadline=None)
@given(st.lists(few, min_size=1, max_size=3))
def test_it_says_yes_exactly_where_all_give_the_same_numbers_once(
    connection: Connection, columns: list[list[int | None]]
) -> None:
    first = columns[0]
    wanted = (
        None not in first
        and len(set(first)) == len(first)
        and all(set(one) == set(first) and len(one) == len(first) for one in columns)
    )

    assert same_and_distinct(connection, [_query(one) for one in columns]) is wanted


@pytest.mark.parametrize(
    "query", ["SELECT 'a' AS a", "SELECT 0.5::DOUBLE AS a", "SELECT nothing FROM nowhere", "SELECT true AS a"]
)
def test_what_it_cannot_read_it_does_not_show(connection: Connection, query: str) -> None:
    assert same_and_distinct(connection, [query]) is False


def test_a_null_is_a_key_like_any_other(connection: Connection) -> None:
    assert same_and_distinct(
        connection, ["SELECT hash(a, b) FROM (VALUES (1, 'a'), (1, NULL), (NULL, 'a')) AS t (a, b)"]
    )
    assert not same_and_distinct(connection, ["SELECT hash(a) FROM (VALUES (NULL::INT), (NULL)) AS t (a)"])
