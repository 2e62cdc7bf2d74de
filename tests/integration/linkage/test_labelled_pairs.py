"""What people decided, or a known truth, becomes labels for the weights of a home."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from integration.linkage import PERSON_MODEL, load_model, match_records
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.labelled_pairs import label_by_people
from integration.linkage.training import train
from tests.integration.linkage.small_world import decide, description_of, kalisat, opened, record, warehouse
from warehouse.database import Connection
from warehouse.errors import HomeError

VISITS = [(20, 2), (21, 3), (22, 4), (23, 5), (24, 6)]
"""Rows of other sources, each with the register row of the person it speaks of."""
TODDLERS: dict[str, Any] = {"parent_name": "HOLIFAH", "kk": "3509271506170003"}
SAID = [
    *kalisat(),
    record("dtsen_anggota", 20, "SAMSUL ARIFIN", nik="3509271203900004", born="1990-03-12"),
    record("dtsen_anggota", 21, "HOLIFAH", nik="3509275208940001", born="1994-08-12"),
    record("dinkes_balita", 22, "SITI NAYLA AZZAHRA", born="2023-05-25", **TODDLERS),
    record("dinkes_balita", 23, "AHMAD FAUZAN HAKIM", born="2025-03-02", **TODDLERS),
    record("dinkes_balita", 24, "AHMAD FAUZI RAMADHAN", born="2025-03-02", **TODDLERS),
]


@pytest.fixture(scope="module")
def matched_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("matched")
    with warehouse(SAID, database=folder / "warehouse.duckdb") as con:
        match_records(con, load_model())
    return folder


@pytest.fixture
def home(matched_home: Path, tmp_path: Path) -> Path:
    """Give a home that was matched."""
    shutil.copy(matched_home / "warehouse.duckdb", tmp_path)
    return tmp_path


def judge(con: Connection, visit: int, register: int, verdict: str, **said: Any) -> None:
    dataset = "dtsen_anggota" if visit < 22 else "dinkes_balita"
    places = ((dataset, 10, visit, "self"), ("dukcapil_penduduk", 10, register, "self"))
    decide(con, *(description_of(con, place) for place in places), verdict, **said)


def labels(con: Connection) -> list[tuple[int, int, bool]]:
    """Give the labels by row numbers."""
    engine = DuckDBEngine(con)
    engine.sql(
        "sampled_entity",
        "SELECT e.* FROM linkage_memory.entity AS e JOIN linkage_memory.current USING (entity_id)",
    )
    label_by_people(engine)
    row = """SELECT entity_id, source_row_no FROM sampled_entity JOIN matched_pairs.record_description
             ON description_id = entity_id JOIN clean_records.person_record USING (record_id)"""
    return con.execute(
        f"""SELECT x.source_row_no, y.source_row_no, same FROM labelled
        JOIN ({row}) AS x ON x.entity_id = a JOIN ({row}) AS y ON y.entity_id = b ORDER BY ALL"""
    ).fetchall()


def test_only_what_was_asked_for_its_probability_is_a_label(home: Path) -> None:
    with opened(home / "warehouse.duckdb") as con:
        judge(con, 20, 2, "same", sampled_as="check")
        judge(con, 21, 3, "unknown", sampled_as="check")
        judge(con, 22, 4, "same", reason="middling_probability")
        judge(con, 23, 6, "different", reason="close_runner_up")
        judge(con, 24, 5, "different", reason="already_taken")
        judge(con, 22, 3, "different", reason="nik_conflict")
        judge(con, 23, 5, "different", day=2, reason="middling_probability")
        judge(con, 23, 5, "same", day=3, reason="middling_probability")
        assert labels(con) == [(20, 2, True), (22, 4, True), (23, 5, True), (23, 6, False)]


def test_two_rows_outside_the_register_are_no_label(home: Path) -> None:
    with opened(home / "warehouse.duckdb") as con:
        places = [("dinkes_balita", 10, row, "self") for row in (23, 24)]
        decide(con, *(description_of(con, place) for place in places), "different", reason="middling_probability")
        assert labels(con) == []


def test_a_home_is_trained_with_what_people_said(home: Path) -> None:
    assert "labelled" not in train(PERSON_MODEL, home, home / "untold.yaml")
    with opened(home / "warehouse.duckdb") as con:
        judge(con, 22, 4, "same", reason="middling_probability")
        judge(con, 23, 6, "different", reason="close_runner_up")
    told = train(PERSON_MODEL, home, home / "told.yaml")
    assert told.splitlines()[-1].startswith("Of 2 labelled pairs 1 are the same person: too few")
    assert load_model(home / "told.yaml").calibration == (0, 1)


def test_a_home_is_trained_with_a_truth(home: Path) -> None:
    rows = [(dataset, row, person) for dataset, pairs in _ROWS.items() for row, person in pairs]
    truth = {"dataset": [one for one, _, _ in rows], "row": [row for _, row, _ in rows]}
    truth |= {"file": [f"{one}_3509_202610.csv" for one, _, _ in rows], "role": ["self"] * len(rows)}
    truth |= {"pid": [person for _, _, person in rows]}
    pq.write_table(pa.table(truth), home / "rows.parquet")
    told = train(PERSON_MODEL, home, home / "told.yaml", truth=home).splitlines()[-1]
    assert " labelled pairs 5 are the same person: too few" in told
    with pytest.raises(HomeError, match=r"holds no rows\.parquet"):
        train(PERSON_MODEL, home, home / "told.yaml", truth=home / "nowhere")


_ROWS = {
    "dukcapil_penduduk": [(row, row) for row in range(2, 12)],
    "dtsen_anggota": VISITS[:2],
    "dinkes_balita": VISITS[2:],
}
