"""A home of an older Padan keeps what it remembers; a kill in between is finished by the next."""

import json
from pathlib import Path

import duckdb
import pytest

from warehouse.database import rows, writer
from warehouse.errors import HomeError
from warehouse.settings import Home
from warehouse.tables import stage_tables, table
from warehouse.upgrade import LAYOUT, written_by
from warehouse.upgrade.memories import MEMORIES
from warehouse.upgrade.migrations import MIGRATIONS


def older(home: Home, *statements: str) -> None:
    home.path.mkdir(parents=True)
    with duckdb.connect(str(home.database)) as connection:
        for statement in ("CREATE SCHEMA agency_extracts", "CREATE SCHEMA persons", *statements):
            connection.execute(statement)


def test_a_new_home_is_of_today(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    with writer(home):
        pass

    assert written_by(home).layout == LAYOUT == MIGRATIONS[-1].layout


def test_migrations_are_numbered_without_gaps() -> None:
    assert [one.layout for one in MIGRATIONS] == list(range(1, LAYOUT + 1))


def test_a_memory_gets_the_columns_it_lacked_in_their_order_and_keeps_its_rows(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    declared = table("agency_extracts.delivery_measure")
    older(
        home,
        """CREATE TABLE agency_extracts.delivery_measure AS
        SELECT 'ok' AS verdict, 'x' AS "no longer", 'a rule' AS rule, 'some' AS dataset, 'one' AS delivery_id""",
    )

    with writer(home) as connection:
        found = rows(connection, "FROM agency_extracts.delivery_measure")
        names = [one[0] for one in rows(connection, "DESCRIBE agency_extracts.delivery_measure")]

    assert names == list(declared.column_names)
    assert found == [("one", "some", "a rule", None, "ok")]


def test_a_column_that_must_be_filled_needs_a_migration(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    older(home, "CREATE TABLE agency_extracts.delivery_measure AS SELECT 'one' AS delivery_id")

    for _ in range(2):
        with pytest.raises(HomeError, match="a migration is missing"), writer(home):
            pass

    assert written_by(home).layout == 0


def test_who_was_who_in_a_home_of_the_first_release_is_kept_for_the_night(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    older(home, "CREATE TABLE persons.person_source AS SELECT 7 AS record_id, 'PABC' AS person_id")

    for _ in range(2):  # the second one after a kill before the note
        with writer(home) as connection:
            assert rows(connection, "FROM persons.person_before") == [(7, "PABC")]
        (home.path / "padan.json").unlink()


def test_raw_rows_of_a_delivery_become_those_of_its_files(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    older(
        home,
        """CREATE TABLE agency_extracts.dinkes_balita AS
        SELECT 'D1' AS delivery_id, 'S1' AS source_file_id, 7 AS source_row_no, 'SITI' AS name""",
    )

    for _ in range(2):  # the second one after a kill before the note
        with writer(home) as connection:
            assert rows(connection, "FROM agency_extracts.dinkes_balita") == [("S1", 7, "SITI")]
        (home.path / "padan.json").unlink()


def test_every_memory_is_a_declared_table() -> None:
    assert all(name.partition(".")[2] in stage_tables(name.partition(".")[0]) for name in MEMORIES)


def test_a_damaged_note_is_a_sentence(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    older(home)
    (home.path / "padan.json").write_text(json.dumps([1]))

    with pytest.raises(HomeError, match="cannot be read"), writer(home):
        pass
