"""A unit's columns are compressed as those of the publication, where DuckDB has found the best way already."""

from pathlib import Path

import duckdb

from warehouse.database import Connection, in_memory
from warehouse.publication import STORAGE_VERSION
from warehouse.snapshots.compression import compressions
from warehouse.snapshots.unchanged import Unchanged
from warehouse.snapshots.unit_database import column_definitions, write_database

_ROWS = """
SELECT
  i % 7 AS weekday,
  ['Bangsalsari', 'Sukowono', 'Kalisat'][i % 3 + 1] AS kecamatan,
  lpad((i * 7919)::VARCHAR, 16, '3') AS nik,
  [i % 2, i % 3] AS gaps,
  'balita' AS subject_type,
  NULL::DOUBLE AS haz
FROM range(30000) AS numbers(i)
"""


def _compressions(path: Path) -> dict[str, str]:
    with in_memory() as connection:
        connection.execute(f"ATTACH '{path}' AS published (READ_ONLY)")
        return compressions(connection, "published", ["targeting", "no_such_table"])["targeting"]


def _written(connection: Connection, path: Path, told: dict[str, str]) -> Path:
    queries = {"targeting": _ROWS}
    definitions = column_definitions(connection, queries, {"targeting": told})
    rows = write_database(connection, path, "unit", queries, Unchanged(), [], definitions)
    assert rows == {"targeting": 30_000}
    return path


def test_what_duckdb_found_is_told_of_columns_that_can_be_declared_so(tmp_path: Path) -> None:
    """A list, a constant column and one of nulls are left to DuckDB, and so is a table that is not there."""
    path = tmp_path / "padan.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS found (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute(f"CREATE TABLE found.targeting AS {_ROWS}")

    found = _compressions(path)

    assert found["kecamatan"] == "Dictionary"
    assert found["weekday"] == "BitPacking"
    assert not {"gaps", "haz"} & found.keys()
    with in_memory() as connection:
        connection.execute(f"ATTACH '{path}' AS published (READ_ONLY)")
        assert compressions(connection, "published", ["no_such_table"]) == {"no_such_table": {}}


def test_a_column_is_compressed_as_told_and_holds_the_same(tmp_path: Path) -> None:
    """DuckDB by itself would pack the weekday's bits: told otherwise it obeys, and no row is another."""
    with in_memory() as connection:
        path = _written(connection, tmp_path / "told.duckdb", {"weekday": "RLE", "nik": "FSST", "haz": "ALP"})
        beside = _written(connection, tmp_path / "found.duckdb", {})

    assert (_compressions(path)["weekday"], _compressions(beside)["weekday"]) == ("RLE", "BitPacking")
    with duckdb.connect(str(path), read_only=True) as told:
        held = told.execute("FROM targeting ORDER BY ALL").fetchall()
        kinds = told.execute("DESCRIBE targeting").fetchall()
    with duckdb.connect(str(beside), read_only=True) as found:
        assert held == found.execute("FROM targeting ORDER BY ALL").fetchall()
        assert kinds == found.execute("DESCRIBE targeting").fetchall()
