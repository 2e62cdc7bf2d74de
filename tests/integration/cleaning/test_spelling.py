"""The one mechanism that reads each distinct spelling once."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.cleaning import spelling
from integration.cleaning.names import standardise_name
from integration.cleaning.spelling import SpellingKind, read_spellings

KINDS = [spelling.names(), spelling.dates(2026), spelling.numbers(), spelling.rt_rws(), spelling.addresses()]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def write(connection: duckdb.DuckDBPyConnection, relation: str, texts: list[str | None]) -> None:
    connection.register("texts", pa.table({"Nama Ibu": pa.array(texts, pa.string())}))
    connection.execute(f"CREATE OR REPLACE TABLE {relation} AS FROM texts")
    connection.unregister("texts")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@settings(max_examples=25, deadline=None)
@given(
    one=st.lists(st.none() | st.text().filter(lambda text: "\0" not in text), max_size=8),
    other=st.lists(st.sampled_from(["SITI", "3", "12/05/2024", "DSN KRAJAN RT 1 RW 2", "8,4 kg", None]), max_size=8),
)
def test_no_spelling_is_lost_or_doubled(
    connection: duckdb.DuckDBPyConnection, kind: SpellingKind, one: list[str | None], other: list[str | None]
) -> None:
    write(connection, "one", one)
    write(connection, "other", other)
    count = read_spellings(connection, kind, [("one", "Nama Ibu"), ("other", "Nama Ibu")])
    found = [row[0] for row in connection.execute(f"SELECT spelling FROM {kind.table}").fetchall()]
    assert sorted(found) == sorted({text for text in one + other if text is not None})
    assert count == len(found)


def test_the_columns_hold_what_the_function_reads(connection: duckdb.DuckDBPyConnection) -> None:
    texts = ["MOCH. ALI", "BY NY SITI 1/2", "SITI / AHMAD", "-", "PAK ALI"]
    write(connection, "written", [*texts])
    kind = spelling.names()
    read_spellings(connection, kind, [("written", "Nama Ibu")])
    for text in texts:
        row = connection.execute(
            f"SELECT * EXCLUDE (spelling) FROM {kind.table} WHERE spelling = ?", [text]
        ).fetchall()[0]
        name = standardise_name(text)
        assert row == tuple(getattr(name, field) for field in kind.fields.names)


def test_unreadable_texts_have_null_fields(connection: duckdb.DuckDBPyConnection) -> None:
    write(connection, "written", ["besok", "2024-05-06", "-"])
    read_spellings(connection, spelling.dates(2026), [("written", "Nama Ibu")])
    found = dict(
        connection.execute(
            "SELECT spelling, coalesce(day_first::TEXT, says_none::TEXT) FROM clean_records.spelling_date"
        ).fetchall()
    )
    assert found == {"besok": None, "2024-05-06": "2024-05-06", "-": "true"}


def test_progress_is_told_from_nothing_to_all(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spelling, "BATCH_SIZE", 10)
    write(connection, "written", [f"SITI {chr(65 + number)}" for number in range(25)])
    told: list[tuple[int, int]] = []
    read_spellings(
        connection, spelling.names(), [("written", "Nama Ibu")], lambda done, total: told.append((done, total))
    )
    assert told[0] == (0, 25)
    assert told[-1] == (25, 25)
    assert told == sorted(told)


def test_without_columns_the_table_is_there_and_empty(connection: duckdb.DuckDBPyConnection) -> None:
    assert read_spellings(connection, spelling.numbers(), []) == 0
    assert connection.execute("SELECT value, unit FROM clean_records.spelling_number").fetchall() == []
