"""What survives of a person and a family, and what their identifiers are worth."""

import datetime as dt
import re
from collections.abc import Iterator

import duckdb
import pytest

from integration.persons import build_persons
from integration.persons.identifiers import keyed_id
from tests.integration.linkage.small_world import KEY, Row, kalisat, matched, record
from warehouse.tables import stage_tables


def built(rows: list[Row], key: bytes = KEY) -> duckdb.DuckDBPyConnection:
    con, _ = matched(rows)
    build_persons(con, key)
    return con


def person(
    con: duckdb.DuckDBPyConnection, row: int, columns: str, dataset: str = "dukcapil_penduduk"
) -> tuple[object, ...]:
    found = con.execute(
        f"""SELECT {columns} FROM persons.person JOIN persons.person_source AS s USING (person_id)
        WHERE dataset = ? AND source_row_no = ?""",
        [dataset, row],
    ).fetchall()
    assert len(found) == 1
    return tuple(found[0])


@pytest.fixture(scope="module")
def with_child() -> Iterator[duckdb.DuckDBPyConnection]:
    """Build a register of three families, and a toddler row that contradicts it."""
    with built([*kalisat(), CHILD]) as con:
        yield con


@pytest.fixture(scope="module")
def with_event() -> Iterator[duckdb.DuckDBPyConnection]:
    """Match the same register, and a row that says what happened to MISNADI; each test builds the persons."""
    with matched([*kalisat(), EVENT])[0] as con:
        yield con


EVENT = record("dukcapil_mutasi", 90, "MISNADI", nik="3509270107650002", kk="3509272003150001")
CHILD = record("dinkes_balita", 90, "NAYLA", nik="3509276505230001", born="2023-05-26", sex="L", parent_name="HOLIFAH")


def test_the_register_speaks_before_others_and_conflicts_are_told(with_child: duckdb.DuckDBPyConnection) -> None:
    wanted = ("SITI NAYLA AZZAHRA", "P", dt.date(2023, 5, 25), True, True, True)
    assert person(with_child, 4, "name, sex, birth_date, sex_conflict, birth_date_conflict, s.registered") == wanted


def test_what_nobody_says_stays_unknown() -> None:
    con = built([*kalisat(), record("dinkes_balita", 90, "ALMIRA", born="2024-01-01", village_code=None)])
    columns = "family_id, nik, nik_status, sex, died_on, moved_out_on, nik_contradicts_birth_date, s.registered"
    assert person(con, 90, columns, "dinkes_balita") == (None, None, "missing", None, None, None, None, False)


def test_a_childs_mother_is_found_in_her_family(with_child: duckdb.DuckDBPyConnection) -> None:
    (mother,) = person(with_child, 3, "person_id")
    assert person(with_child, 4, "mother_person_id, mother_nik, mother_name") == (mother, "3509275208940001", "HOLIFAH")


def test_a_mothers_nik_is_not_her_unregistered_childs() -> None:
    child = record("dinkes_balita", 90, "BUDI SANTOSO", nik="3509275208940001", born="2025-12-01", sex="L")
    assert person(built([*kalisat(), child]), 90, "nik, s.registered", "dinkes_balita") == (None, False)


def test_an_unregistered_child_joins_the_family_it_is_written_in() -> None:
    child = record("dtsen_anggota", 90, "ALMIRA", kk="3509271506170003", born="2026-05-05", sex="P", relationship="4")
    con = built([*kalisat(), child])
    assert person(con, 90, "family_id", "dtsen_anggota") == person(con, 2, "family_id")


def test_a_family_outside_the_register_is_one_family() -> None:
    rows = [
        record("dtsen_keluarga", 90, "SUTRISNO", "head", kk="3509270909090001"),
        record("dtsen_anggota", 90, "SUTRISNO", kk="3509270909090001", born="1980-09-01", sex="L", relationship="1"),
        record("dtsen_anggota", 91, "LILIK", kk="3509270909090001", born="1982-02-03", sex="P", relationship="3"),
    ]
    con = built(kalisat() + rows)
    found = con.execute(
        "SELECT registered, no_kk, head_name, no_head FROM persons.family WHERE NOT registered"
    ).fetchall()
    assert found == [(False, "3509270909090001", "SUTRISNO", False)]


def test_a_register_card_without_a_head_says_so_and_takes_the_oldest() -> None:
    con = built([row for row in kalisat() if row["source_row_no"] != 2])
    family = person(con, 3, "family_id")
    found = con.execute("SELECT no_head, head_name FROM persons.family WHERE family_id = ?", family).fetchall()
    assert found == [(True, "HOLIFAH")]


@pytest.mark.parametrize(
    ("mutation", "destination", "wanted"),
    [
        ("MATI", (None, None), (dt.date(2026, 10, 9), None)),
        ("PINDAH", (35, 14), (None, dt.date(2026, 10, 9))),
        ("PINDAH", (35, 9), (None, None)),
        ("PINDAH", (None, None), (None, None)),
        ("LAHIR", (None, None), (None, None)),
    ],
)
def test_deaths_and_moves_out_of_the_kabupaten_are_told(
    with_event: duckdb.DuckDBPyConnection,
    mutation: str,
    destination: tuple[int | None, int | None],
    wanted: tuple[object, object],
) -> None:
    con = with_event
    con.execute(
        """CREATE OR REPLACE TABLE clean_records.dukcapil_mutasi (
        source_file_id VARCHAR, source_row_no BIGINT, mutation VARCHAR, event_on DATE, dest_prov INTEGER,
        dest_kab INTEGER)"""
    )
    con.execute(
        "INSERT INTO clean_records.dukcapil_mutasi VALUES (?, 90, ?, '2026-10-09', ?, ?)",
        [EVENT["source_file_id"], mutation, *destination],
    )
    build_persons(con, KEY)
    assert person(con, 7, "died_on, moved_out_on") == wanted


def test_identifiers_mean_nothing_without_the_key() -> None:
    assert keyed_id("P", KEY, "nik 1") == keyed_id("P", KEY, "nik 1")
    assert keyed_id("P", KEY, "nik 1") != keyed_id("P", b"another", "nik 1")
    assert re.fullmatch("P[A-Z2-7]{16}", keyed_id("P", KEY, "nik 1"))


def test_every_table_is_as_declared(with_child: duckdb.DuckDBPyConnection) -> None:
    con = with_child
    tables = (table for stage in ("matched_pairs", "persons") for table in stage_tables(stage).values())
    for table in tables:
        columns = [name for (name, *_) in con.execute(f"DESCRIBE {table.full_name}").fetchall()]
        assert columns == list(table.column_names)
        key = ", ".join(table.key)
        repeated = con.execute(f"SELECT {key} FROM {table.full_name} GROUP BY {key} HAVING count(*) > 1").fetchall()
        assert repeated == [], table.full_name


def test_every_reference_holds() -> None:
    con = built([*kalisat(), CHILD, record("siga_krs", 90, "MISNADI", "head", kk="3509272003150001")])
    for child, column, parent in [
        ("person_source", "person_id", "person"),
        ("person", "family_id", "family"),
        ("family", "head_person_id AS person_id", "person"),
        ("family_source", "family_id", "family"),
    ]:
        name = column.split(" ")[-1]
        lost = con.execute(
            f"SELECT {name} FROM (SELECT {column} FROM persons.{child}) ANTI JOIN persons.{parent} USING ({name}) "
            f"WHERE {name} IS NOT NULL"
        ).fetchall()
        assert lost == []
