"""A home for each test: regions loaded, tables prepared, nothing delivered."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.cleaning.macros import define_macros
from integration.cleaning.regions import load_regions
from integration.contracts import contract, contracts
from integration.intake import DatasetIntake, find_deliveries, prepare, take_in
from warehouse.database import Connection, rows, writer
from warehouse.settings import Home, Resources

ONE_THREAD = Resources(memory_limit="1GB", threads=1)


@pytest.fixture(scope="session")
def _prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("prepared"))
    with writer(home, ONE_THREAD) as connection:
        load_regions(connection)
        prepare(connection, list(contracts().values()))
    return home


class Intake:
    """A home, a folder of extracts, and what the tests ask of them."""

    def __init__(self, home: Home, root: Path, connection: Connection) -> None:
        self.home = home
        self.root = root
        self.connection = connection

    def take(self, dataset: str) -> DatasetIntake:
        """Find and take in one dataset; whatever comes of it, the books must balance."""
        found = find_deliveries(self.root)
        result = take_in(self.connection, self.home, self.root, contract(dataset), found.of(dataset), "run")
        self.check_books(dataset)
        return result

    def check_books(self, dataset: str) -> None:
        """Read + refused + skipped = physical, manifest rows = read + refused, and each row is where it is counted."""
        unbalanced = rows(
            self.connection,
            f"""
            WITH kept AS (SELECT source_file_id, count(*) AS n FROM {contract(dataset).table} GROUP BY ALL),
            refused AS (SELECT source_file_id, count(*) AS n FROM agency_extracts.quarantine GROUP BY ALL)
            SELECT source_file FROM agency_extracts.source_file AS f
            JOIN agency_extracts.delivery USING (delivery_id)
            LEFT JOIN kept USING (source_file_id) LEFT JOIN refused USING (source_file_id)
            WHERE dataset = '{dataset}' AND (
                physical_rows <> read_rows + refused_rows + skipped_title + skipped_header + skipped_blank
                    + skipped_footer
                OR manifest_rows <> read_rows + refused_rows
                OR coalesce(kept.n, 0) <> read_rows OR coalesce(refused.n, 0) <> refused_rows)
            """,
        )
        assert unbalanced == []
        for table, other in (
            ("quarantine", "source_row_no"),
            ("source_file", "delivery_id"),
            (dataset, "source_row_no"),
        ):
            assert not self.rows(
                f"SELECT source_file_id FROM agency_extracts.{table} GROUP BY source_file_id, {other} "
                "HAVING count(*) > 1"
            )
        in_force = "SELECT dataset FROM agency_extracts.delivery WHERE status = 'in_force'"
        assert not self.rows(f"{in_force} GROUP BY dataset, kab_code, period HAVING count(*) > 1")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query."""
        return rows(self.connection, query)

    def statuses(self) -> list[str]:
        """Give the status of every delivery in the order of their arrival."""
        return [status for (status,) in self.rows("SELECT status FROM agency_extracts.delivery ORDER BY received_at")]

    def names_in_force(self, dataset: str, column: str = "name") -> list[str]:
        """Give one column of the raw rows of the deliveries in force."""
        found = self.rows(
            f"SELECT {column} FROM {contract(dataset).table} JOIN agency_extracts.source_file USING (source_file_id) "
            "JOIN agency_extracts.delivery USING (delivery_id) WHERE status = 'in_force' ORDER BY ALL"
        )
        return [text for (text,) in found]

    def landed(self) -> list[Path]:
        """Give every file of the landing folder."""
        return [path for path in self.home.landing.rglob("*") if path.is_file()]


@pytest.fixture
def new_home(_prepared_home: Home, tmp_path: Path) -> Callable[[], Home]:
    """Give a prepared home that nobody has used."""

    def copy() -> Home:
        home = Home(tmp_path / "home")
        home.path.mkdir()
        shutil.copy(_prepared_home.database, home.database)
        return home

    return copy


@pytest.fixture
def intake(new_home: Callable[[], Home], tmp_path: Path) -> Iterator[Intake]:
    """Give a prepared home with an empty folder of extracts."""
    home, root = new_home(), tmp_path / "extracts"
    root.mkdir()
    with writer(home, ONE_THREAD) as connection:
        define_macros(connection)
        yield Intake(home, root, connection)
