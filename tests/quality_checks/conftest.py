"""A small warehouse in memory with which all rules agree, to be damaged by one test each."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.database import Connection
from warehouse.settings import STAGES
from warehouse.tables.declaration import stage_tables


@pytest.fixture(scope="session")
def _healthy_tables() -> Iterator[Connection]:
    with duckdb.connect(config={"threads": 2}) as connection:
        for stage in STAGES:
            connection.execute(f"CREATE SCHEMA {stage}")
            for table in stage_tables(stage).values():
                # NOT NULL would keep the damage out before a rule can see it
                connection.execute(table.ddl().replace(" NOT NULL", ""))
        connection.execute(Path(__file__).with_name("healthy.sql").read_text(encoding="utf-8"))
        yield connection


@pytest.fixture
def healthy(_healthy_tables: Connection) -> Iterator[Connection]:
    """Every table of every stage, filled so that no rule finds anything; what a test changes is undone after it."""
    _healthy_tables.execute("BEGIN")
    yield _healthy_tables
    _healthy_tables.execute("ROLLBACK")
