"""Hand-made person records for the tests of matching and persons: what a test does not say is unknown."""

import datetime as dt
import random
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from integration.cleaning.names import standardise_name
from integration.linkage import MatchSummary, Model, load_model, match_records
from integration.records.person_record import content_of_record
from warehouse.database import Connection
from warehouse.tables import table

KEY = b"a key for tests only, thirty two"
Row = dict[str, Any]
Place = tuple[str, int, int, str]
"""Where a record stands: dataset, month, row, role."""

VILLAGE = "35.09.27.2006"
OTHER_VILLAGE = "35.09.27.2001"


def record(dataset: str, row: int, name: str | None = None, role: str = "self", **said: Any) -> Row:
    """One person record; `nik` and `kk` are taken as valid when they have 16 digits, `born` is the birth date."""
    standard = standardise_name(name) if name else None
    nik, kk, born = said.pop("nik", None), said.pop("kk", None), said.pop("born", None)
    month = said.pop("month", 10)
    file = f"{dataset}/2026-{month:02}/{dataset}_3509_2026{month:02}.csv"
    whole = nik is not None and len(nik) == 16 and nik.isdigit()
    values: Row = {
        "dataset": dataset,
        "source_file_id": file,
        "source_file": file,
        "source_row_no": row,
        "role": role,
        "kab_code": "35.09",
        "snapshot_date": dt.date(2026, month, 28),
        "recorded_on": dt.date(2026, month, 15),
        "nik": nik,
        "nik_status": "missing" if nik is None else "valid" if whole else "masked",
        "nik_prefix": nik if whole or nik is None else nik.rstrip("*"),
        "no_kk": kk,
        "kk_status": "missing" if kk is None else "valid",
        "household_ref": kk or f"row {row} {month}",
        "birth_date": dt.date.fromisoformat(born) if born else None,
        "kec_code": "35.09.27",
        "village_code": VILLAGE,
    }
    if standard:
        values |= {
            "name_written": name,
            "name": standard.display,
            "name_canonical": standard.canonical,
            "name_sorted": standard.sorted_tokens,
            "name_joined": standard.joined,
            "name_alias": standard.alias,
            "name_key": standard.name_key,
            "name_first_key": standard.first_key,
            "name_ordinal": standard.ordinal,
            "name_unknown_kind": standard.unknown_kind,
            "mother_name": standard.mother_name,
            "parent_name": standard.mother_name,
        }
    return values | said


def register_row(row: int, name: str, nik: str, kk: str, born: str, sex: str, position: str, **said: Any) -> Row:
    """One row of the civil register."""
    known = {"rt": "003", "rw": "005", "dusun": "KRAJAN"} | said
    return record("dukcapil_penduduk", row, name, nik=nik, kk=kk, born=born, sex=sex, relationship=position, **known)


def kalisat() -> list[Row]:
    """Give a register of three families: a couple with a daughter and twin sons, one with a son, and a namesake."""
    holifah, samsul = {"mother_name": "HOLIFAH", "parent_name": "HOLIFAH"}, {"father_name": "SAMSUL ARIFIN"}
    first, second, third = "3509271506170003", "3509272003150001", "3509270101100009"
    return [
        register_row(2, "SAMSUL ARIFIN", "3509271203900004", first, "1990-03-12", "L", "1"),
        register_row(3, "HOLIFAH", "3509275208940001", first, "1994-08-12", "P", "3"),
        register_row(4, "SITI NAYLA AZZAHRA", "3509276505230001", first, "2023-05-25", "P", "4", **holifah, **samsul),
        register_row(5, "AHMAD FAUZAN HAKIM", "3509270203250001", first, "2025-03-02", "L", "4", **holifah, **samsul),
        register_row(6, "AHMAD FAUZI RAMADHAN", "3509270203250002", first, "2025-03-02", "L", "4", **holifah, **samsul),
        register_row(7, "MISNADI", "3509270107650002", second, "1965-07-01", "L", "1", rt="001"),
        register_row(8, "SUPIYATI", "3509274404700003", second, "1970-04-04", "P", "3", rt="001"),
        register_row(9, "DEDI ALFIAN MUJIB", "3509273110960004", second, "1996-10-31", "L", "4", rt="001"),
        register_row(10, "MISNADI", "3509270505720001", third, "1972-05-05", "L", "1", village_code=OTHER_VILLAGE),
        register_row(11, "NUR HAYATI", "3509275511750002", third, "1975-11-15", "P", "3", village_code=OTHER_VILLAGE),
    ]


def opened(database: Path | None = None) -> Connection:
    """Open a database as a home is opened; in memory where none is named."""
    con = duckdb.connect(str(database or ":memory:"), config={"threads": 1})
    con.execute("SET disabled_optimizers = 'in_clause'")
    return con


def warehouse(records: list[Row], shuffle: int | None = None, database: Path | None = None) -> Connection:
    """Give a database with the records, numbered in the order given or in a shuffled one."""
    con = opened(database)
    for schema in ("clean_records", "matched_pairs", "persons"):
        con.execute(f"CREATE SCHEMA {schema}")
    deliver(con, records, shuffle)
    return con


def deliver(con: Connection, records: list[Row], shuffle: int | None = None) -> None:
    """Put the records in the place of those the warehouse holds, as every night does."""
    people, families = table("clean_records.person_record"), table("clean_records.family_record")
    con.execute(people.ddl())
    con.execute(families.ddl())
    ordered = list(records)
    if shuffle is not None:
        random.Random(shuffle).shuffle(ordered)
    rows = [values | {"record_id": number} for number, values in enumerate(ordered)]
    columns = {name: [None if (v := row.get(name)) is None else str(v) for row in rows] for name in people.column_names}
    con.register("given", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
    typed = f"SELECT * REPLACE ({content_of_record()} AS content_id) FROM ({people.select('given')})"
    con.execute(f"INSERT INTO {people.full_name} {typed}")
    con.execute(
        """INSERT INTO clean_records.family_record BY NAME
        SELECT dataset, household_ref, any_value(no_kk) AS no_kk, min(source_file_id) AS source_file_id,
               min(source_file) AS source_file, min(source_row_no) AS source_row_no, max(snapshot_date) AS snapshot_date
        FROM clean_records.person_record
        WHERE dataset IN ('dukcapil_penduduk', 'dtsen_keluarga', 'dtsen_anggota', 'siga_krs')
        GROUP BY dataset, household_ref"""
    )


def matched(
    records: list[Row], shuffle: int | None = None, model: Model | None = None
) -> tuple[Connection, MatchSummary]:
    """Give the warehouse after matching."""
    con = warehouse(records, shuffle)
    return con, match_records(con, model or load_model())


def clusters(con: Connection) -> dict[Place, int]:
    """Give the person of each record, as matching named it; every record must have exactly one."""
    found = con.execute(
        """SELECT dataset, month(snapshot_date), source_row_no, role, cluster
        FROM clean_records.person_record
        JOIN matched_pairs.record_description USING (record_id)
        JOIN matched_pairs.person_link USING (description_id)"""
    ).fetchall()
    people = {(dataset, month, row, role): person for dataset, month, row, role, person in found}
    records = con.execute("SELECT count(*) FROM clean_records.person_record").fetchall()[0][0]
    assert len(found) == len(people) == records, "every record has exactly one person"
    return people


def who_is_who(records: list[Row], shuffle: int | None = None) -> dict[Place, int]:
    """Give the person of each record after matching."""
    con, _ = matched(records, shuffle)
    return clusters(con)


def description_of(con: Connection, place: Place) -> int:
    """Give the description of the record that stands at a place; the warehouse must have been matched once."""
    ((found,),) = con.execute(
        """SELECT description_id FROM matched_pairs.record_description
        JOIN clean_records.person_record USING (record_id)
        WHERE (dataset, month(snapshot_date), source_row_no, role) = (?, ?, ?, ?)""",
        list(place),
    ).fetchall()
    assert isinstance(found, int)
    return found


def decide(con: Connection, a: int, b: int, verdict: str, day: int = 2, **said: Any) -> None:
    """Let somebody decide about a pair of descriptions, on a day of November."""
    at = dt.datetime(2026, 11, day, 9)
    row = {"description_a": min(a, b), "description_b": max(a, b), "verdict": verdict, "decided_by": "RINA"}
    row |= {"decided_at": at, "exported_at": at, "sampled_as": "doubtful", "match_probability": 0.9}
    row |= {"source_file": "asked.xlsx", "source_row_no": 2} | said
    con.execute(
        f"INSERT INTO matched_pairs.decision ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
        list(row.values()),
    )


def left_behind(con: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Give what a matching run wrote, by content: records are told by where they stand, not by their number."""
    tables = {
        name: f"matched_pairs.{name}" for name in ("person_link", "review_queue", "candidate_pair", "description")
    }
    tables["record_description"] = """(SELECT dataset, source_file, source_row_no, role, description_id
        FROM matched_pairs.record_description JOIN clean_records.person_record USING (record_id))"""
    return {
        name: con.execute(f"SELECT COLUMNS(*)::VARCHAR FROM {table} ORDER BY ALL").fetchall()
        for name, table in tables.items()
    }
