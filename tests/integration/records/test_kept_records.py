"""What is kept from the night before and what is made anew are the same tables, row for row, also after a kill."""

import datetime as dt
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, cast

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.cleaning.macros import define_macros
from integration.contracts import Contract, contract, contracts
from integration.records import build_family_records, build_person_records, type_in_force
from integration.records.in_force import collect_cell_issues
from integration.sampling import write_sample
from tests.integration.intake.conftest import ONE_THREAD, Intake
from warehouse.database import Connection, writer
from warehouse.settings import Home

AS_OF = dt.date(2026, 10, 31)
PIECES = 3
RULES = "the rules of this year"
CHANGING = ("dinkes_balita", "dtsen_keluarga", "siga_krs")
"""A dataset of events, one whose rows are told apart by their day, one whose rows name two persons."""
TABLES = [f"clean_records.{name}" for name in (*CHANGING, "cell_issue", "person_record", "family_record")]


class KilledError(Exception):
    """The power went."""


class Mortal:
    """A connection that dies at its n-th statement, or never."""

    def __init__(self, connection: Connection, lives: int | None) -> None:
        self.connection = connection
        self.lives = lives

    def execute(self, *arguments: Any) -> Connection:
        """Run a statement, or die."""
        if self.lives is not None and arguments[0] != "ROLLBACK":
            self.lives -= 1
            if self.lives < 0:
                with suppress(duckdb.Error):  # of a process that died before its COMMIT nothing stays
                    self.connection.execute("ROLLBACK")
                raise KilledError
        return self.connection.execute(*arguments)

    def __getattr__(self, name: str) -> Any:
        """Give what the connection has."""
        return getattr(self.connection, name)


def night(
    connection: Connection, made_from: str | None, datasets: Iterable[str] = CHANGING, *, lives: int | None = None
) -> None:
    """Do the whole stage, of these datasets."""
    mortal = cast("Connection", Mortal(connection, lives))
    with suppress(KilledError):
        for dataset in datasets:
            type_in_force(mortal, contract(dataset), AS_OF, made_from=made_from)
        collect_cell_issues(mortal, list(contracts().values()))
        build_person_records(mortal, made_from=made_from)
        build_family_records(mortal, made_from=made_from)


def digests(intake: Intake) -> dict[str, list[tuple[Any, ...]]]:
    """Give the number of rows of each table and a digest of them that their order does not matter to."""
    return {
        table: intake.rows(f"SELECT count(*), sum(hash(t::VARCHAR)::HUGEINT) FROM {table} AS t") for table in TABLES
    }


@pytest.fixture(scope="module")
def in_pieces(_prepared_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """Give a home with a damaged sample whose deliveries are each in three pieces: two kabupaten, two months."""
    home = Home(tmp_path_factory.mktemp("in_pieces"))
    shutil.copy(_prepared_home.database, home.database)
    with writer(home, ONE_THREAD) as connection:
        define_macros(connection)
        intake = Intake(home, home.path / "extracts", connection)
        write_sample(intake.root, families=25, seed=4)
        for one in contracts().values():
            intake.take(one.dataset)
        for dataset in CHANGING:
            _split(intake, contract(dataset))
        night(connection, RULES, contracts())
        yield intake


def _split(intake: Intake, one: Contract) -> None:
    """Make of the only delivery of a dataset three, and of its files three each."""
    piece = "source_row_no % 3"
    intake.connection.execute(f"UPDATE {one.table} SET source_file_id = source_file_id || {piece}")
    whole = f"(SELECT delivery_id FROM agency_extracts.delivery WHERE dataset = '{one.dataset}')"
    for table, replaced in (
        ("source_file", "source_file_id || piece AS source_file_id, piece || '/' || source_file AS source_file"),
        (
            "delivery",
            "if(piece = 1, '35.08', kab_code) AS kab_code, if(piece = 2, '2026-09', period) AS period, "
            "if(piece = 2, DATE '2025-12-31', snapshot_date) AS snapshot_date",
        ),
    ):
        intake.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE split AS
            SELECT * EXCLUDE (piece) REPLACE (delivery_id || piece AS delivery_id, {replaced})
            FROM agency_extracts.{table}, range({PIECES}) AS pieces (piece) WHERE delivery_id IN {whole}"""
        )
        intake.connection.execute(f"DELETE FROM agency_extracts.{table} WHERE delivery_id IN {whole}")
        intake.connection.execute(f"INSERT INTO agency_extracts.{table} FROM split")


delivered = st.fixed_dictionaries({}, optional={dataset: st.sets(st.integers(0, PIECES - 1)) for dataset in CHANGING})
"""For some datasets the pieces that are in force; of the others all are."""


def deliver(intake: Intake, pieces: dict[str, set[int]]) -> None:
    """Put exactly these pieces in force."""
    intake.connection.execute("UPDATE agency_extracts.delivery SET status = 'in_force'")
    for dataset, chosen in pieces.items():
        for piece in set(range(PIECES)) - chosen:
            intake.connection.execute(
                "UPDATE agency_extracts.delivery SET status = 'superseded' "
                f"WHERE dataset = '{dataset}' AND ends_with(delivery_id, '{piece}')"
            )


@settings(max_examples=3, deadline=None)
@given(before=delivered, last=delivered, lives=st.integers(0, 80))
def test_what_is_kept_is_what_would_be_made_anew(
    in_pieces: Intake, before: dict[str, set[int]], last: dict[str, set[int]], lives: int
) -> None:
    intake = in_pieces
    deliver(intake, before)
    night(intake.connection, RULES)
    deliver(intake, last)
    night(intake.connection, RULES, lives=lives)
    night(intake.connection, RULES)
    kept = digests(intake)
    in_order = "row_number() OVER (ORDER BY dataset, source_file, source_row_no, role) - 1 AS wanted"
    numbered = f"(SELECT record_id, {in_order} FROM clean_records.person_record)"
    assert intake.rows(f"SELECT count(*) FROM {numbered} WHERE record_id <> wanted") == [(0,)]
    night(intake.connection, None)
    assert digests(intake) == kept


def test_rows_of_files_that_stood_are_not_touched_unless_the_rules_are_others(in_pieces: Intake) -> None:
    intake = in_pieces
    marked = "SELECT DISTINCT source_file_id FROM clean_records.{} WHERE name = 'MARKED'"
    deliver(intake, {"dinkes_balita": {0, 1}})
    night(intake.connection, RULES)
    for table in ("dinkes_balita", "person_record"):
        intake.connection.execute(f"UPDATE clean_records.{table} SET name = 'MARKED'")
    deliver(intake, {"dinkes_balita": {0, 2}})
    night(intake.connection, RULES, ["dinkes_balita"])
    assert {file_id[-1] for (file_id,) in intake.rows(marked.format("dinkes_balita"))} == {"0"}
    of_toddlers = " AND dataset = 'dinkes_balita'"
    assert {file_id[-1] for (file_id,) in intake.rows(marked.format("person_record") + of_toddlers)} == {"0"}
    night(intake.connection, "other rules", ["dinkes_balita"])
    assert intake.rows(marked.format("dinkes_balita")) == []
    assert intake.rows(marked.format("person_record")) == []


def come_again(intake: Intake, dataset: str, own: str) -> None:
    """Deliver all files of a dataset again, those for which the condition `own` holds with other rows."""
    connection, table = intake.connection, contract(dataset).table
    of_dataset = f"dataset = '{dataset}'"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE sent AS FROM agency_extracts.source_file SEMI JOIN agency_extracts.delivery "
        f"ON source_file.delivery_id = delivery.delivery_id AND {of_dataset}"
    )
    other = f"if({own}, source_file_id || ' again', source_file_id) AS source_file_id"
    connection.execute(
        "INSERT INTO agency_extracts.source_file "
        f"SELECT * REPLACE (delivery_id || ' again' AS delivery_id, {other}) FROM sent"
    )
    name = next(column.name for column in contract(dataset).columns if column.type == "name")
    connection.execute(
        f"INSERT INTO {table} SELECT * REPLACE ({other}, 'NUR ' || {name} AS {name}) FROM {table} WHERE {own}"
    )
    connection.execute(
        "INSERT INTO agency_extracts.delivery "
        f"SELECT * REPLACE (delivery_id || ' again' AS delivery_id) FROM agency_extracts.delivery WHERE {of_dataset}"
    )
    deliver_again(intake, dataset)


@pytest.mark.parametrize(("dataset", "standing"), [("dinkes_balita", {"1", "2"}), ("siga_krs", {"1"})])
def test_of_a_delivery_that_comes_again_only_the_corrected_files_are_made_anew(
    in_pieces: Intake, dataset: str, standing: set[str]
) -> None:
    intake = in_pieces
    deliver(intake, {})
    night(intake.connection, RULES)
    before = digests(intake)
    come_again(intake, dataset, "ends_with(source_file_id, '0')")
    try:
        night(intake.connection, RULES)
        kept = digests(intake)
        night(intake.connection, None)
        assert digests(intake) == kept
        assert kept != before
        deliver_first(intake, dataset)
        night(intake.connection, RULES)
        marked = (f"clean_records.{dataset}", "clean_records.person_record")
        of_dataset = {marked[1]: f"dataset = '{dataset}' AND"}
        for table in marked:
            intake.connection.execute(f"UPDATE {table} SET kab_code = 'MARKED'")
        deliver_again(intake, dataset)
        night(intake.connection, RULES)
        for table in marked:
            found = intake.rows(
                f"SELECT DISTINCT source_file_id FROM {table} WHERE {of_dataset.get(table, '')} kab_code = 'MARKED'"
            )
            assert {file_id[-1] for (file_id,) in found} == standing
    finally:
        come_no_more(intake, [dataset])


def test_where_hardly_a_record_stands_all_are_made_anew_also_after_kills(in_pieces: Intake) -> None:
    intake = in_pieces
    stands = "p3ke_keluarga"
    again = [dataset for dataset in contracts() if dataset != stands]
    deliver(intake, {})
    night(intake.connection, RULES)
    intake.connection.execute("UPDATE clean_records.person_record SET name = 'MARKED'")
    for dataset in again:
        come_again(intake, dataset, "true")
    try:
        for dataset in again:
            type_in_force(intake.connection, contract(dataset), AS_OF, made_from=RULES)
        for lives in range(8, 40, 4):
            night(intake.connection, RULES, [], lives=lives)
        night(intake.connection, RULES)
        found = f"SELECT count(*) FROM clean_records.person_record WHERE dataset = '{stands}'"
        assert intake.rows(f"{found} AND name = 'MARKED'") == [(0,)]
        assert intake.rows(found) > [(0,)]
        made = digests(intake)
        night(intake.connection, None)
        assert digests(intake) == made
    finally:
        come_no_more(intake, again)


def come_no_more(intake: Intake, datasets: list[str]) -> None:
    """Take back what `come_again` delivered."""
    tables = [(contract(dataset).table, "source_file_id") for dataset in datasets]
    for table, name in (
        *tables,
        ("agency_extracts.source_file", "delivery_id"),
        ("agency_extracts.delivery", "delivery_id"),
    ):
        intake.connection.execute(f"DELETE FROM {table} WHERE ends_with({name}, ' again')")
    deliver(intake, {})
    night(intake.connection, None, datasets)


def deliver_first(intake: Intake, dataset: str) -> None:
    _in_force(intake, dataset, "NOT ends_with(delivery_id, ' again')")


def deliver_again(intake: Intake, dataset: str) -> None:
    _in_force(intake, dataset, "ends_with(delivery_id, ' again')")


def _in_force(intake: Intake, dataset: str, which: str) -> None:
    intake.connection.execute(
        f"UPDATE agency_extracts.delivery SET status = if({which}, 'in_force', 'superseded') "
        f"WHERE dataset = '{dataset}'"
    )
