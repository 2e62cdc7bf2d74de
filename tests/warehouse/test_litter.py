"""Checkpoints of a night merge row groups only where much was deleted: see what DuckDB does with a real file."""

from pathlib import Path

import duckdb
import pytest

from warehouse.database import Connection, count
from warehouse.litter import merge_only_litter

ROWS = 2_000_000


@pytest.fixture
def home(tmp_path: Path) -> Connection:
    """Give a database with a table of seventeen row groups and one of a few rows."""
    connection = duckdb.connect(tmp_path / "warehouse.duckdb")
    connection.execute("CREATE SCHEMA persons")
    connection.execute(f"CREATE TABLE persons.person AS SELECT range AS person_id FROM range({ROWS})")
    connection.execute("CREATE TABLE persons.family AS SELECT range AS family_id FROM range(20)")
    connection.execute("CHECKPOINT")
    return connection


def _deleted(connection: Connection, share: float) -> int:
    """Delete a share of the persons, from every row group, and give how many of them still lie there."""
    connection.execute(f"DELETE FROM persons.person WHERE person_id % 100 < {100 * share}")
    connection.execute("CHECKPOINT")
    held = "SELECT estimated_size FROM duckdb_tables() WHERE table_name = 'person'"
    return count(connection, held) - count(connection, "SELECT count(*) FROM persons.person")


def test_a_table_that_is_hardly_littered_is_left_as_it_lies(home: Connection) -> None:
    """DuckDB by itself would make three row groups of each four."""
    assert merge_only_litter(home) is False
    assert _deleted(home, 0.3) == 0.3 * ROWS
    assert merge_only_litter(home) is False


def test_a_littered_table_is_cleared_at_the_next_checkpoint_and_then_left_again(home: Connection) -> None:
    merge_only_litter(home)
    lying = _deleted(home, 0.6)
    assert lying == 0.6 * ROWS

    assert merge_only_litter(home) is True
    home.execute("DELETE FROM persons.family")
    assert _deleted(home, 0.6) < lying / 2
    assert merge_only_litter(home) is False


def test_what_duckdb_would_not_take_out_of_a_small_table_is_no_litter(home: Connection) -> None:
    home.execute("CREATE TABLE persons.person_source AS SELECT range AS record_id FROM range(100000)")
    home.execute("CHECKPOINT")
    home.execute("DELETE FROM persons.person_source WHERE record_id % 100 < 60")
    home.execute("CHECKPOINT")
    held = count(home, "SELECT estimated_size FROM duckdb_tables() WHERE table_name = 'person_source'")
    assert held == 100_000
    assert merge_only_litter(home) is False


def test_what_was_deleted_of_few_rows_is_no_litter(home: Connection) -> None:
    home.execute("DELETE FROM persons.family WHERE family_id > 0")
    assert merge_only_litter(home) is False
