"""Reading a file in a test: the reading, the rows, and that the counts add up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration.contracts import contract
from integration.reading import FileReading, delivered_rows, read_file


@dataclass(frozen=True)
class Read:
    """What a file held."""

    reading: FileReading
    rows: list[dict[str, Any]]


@pytest.fixture(scope="session")
def _reader() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


@pytest.fixture
def read(_reader: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Read]:
    """Read a file under a contract; every reading must account for each physical row and leave no copy behind."""
    scratch = tmp_path_factory.mktemp("scratch")

    def read_one(path: Path, dataset: str) -> Read:
        one = contract(dataset)
        reading = None
        try:
            reading = read_file(path, one, scratch, lambda _: None)
            with delivered_rows(_reader, reading, one):
                found = _reader.execute("FROM delivered_rows ORDER BY source_row_no")
                names = [column[0] for column in found.description]
                rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        finally:
            if reading:
                reading.discard()
            assert not list(scratch.iterdir())
        assert (
            len(rows) + len(reading.broken) + reading.title + reading.header_rows + reading.blank + reading.footer
            == reading.physical
        )
        return Read(reading, rows)

    return read_one
