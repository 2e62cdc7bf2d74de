"""One matched world for all tests that only look at it."""

import duckdb
import pytest

from tests.integration.explanation.explained_world import explained


@pytest.fixture(scope="session")
def con() -> duckdb.DuckDBPyConnection:
    """Give the world after a night, without decisions of people; tests must not change it."""
    return explained()
