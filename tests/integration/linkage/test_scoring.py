"""Links against a truth: what was put together, what should have been, and whether probabilities mean what they say."""

from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.linkage.scoring import score_links
from warehouse.database import Connection
from warehouse.errors import HomeError


@pytest.fixture(scope="module")
def con() -> Connection:
    return duckdb.connect(config={"threads": 1})


def written(path: Path, **columns: list[Any]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def scored(con: Connection, folder: Path, linked: dict[str, str], truth: dict[str, str]) -> str:
    files = (
        written(folder / f"{name}.parquet", number=list(found), entity=list(found.values()))
        for name, found in (("linked", linked), ("truth", truth))
    )
    return score_links(con, *files)


TRUTH = {"1": "Siti", "2": "Siti", "3": "Siti", "4": "Budi", "5": "Agus"}


def test_what_agrees_scores_one(con: Connection, tmp_path: Path) -> None:
    told = scored(con, tmp_path, {"1": "1", "2": "1", "3": "1", "4": "4", "5": "5"}, TRUTH)
    assert told == (
        "5 records of truth.parquet judged.\n"
        "pairwise  precision 1.0000  recall 1.0000  F1 1.0000  (3 pairs put together, 3 true, 3 both)"
    )


def test_pairs_are_counted_that_are_wrong_and_that_are_missed(con: Connection, tmp_path: Path) -> None:
    told = scored(con, tmp_path, {"1": "1", "2": "1", "3": "3", "4": "3", "5": "5"}, TRUTH)
    assert "precision 0.5000  recall 0.3333  F1 0.4000  (2 pairs put together, 3 true, 1 both)" in told


def test_ids_that_one_side_does_not_know_are_told(con: Connection, tmp_path: Path) -> None:
    told = scored(con, tmp_path, {"1": "1", "2": "1", "4": "4", "8": "1", "9": "4"}, TRUTH)
    assert told.startswith(
        "5 records of truth.parquet judged; 2 of them are not in linked.parquet and count as alone; "
        "2 of linked.parquet are unknown to the truth and left out.\n"
    )
    assert "precision 1.0000  recall 0.3333" in told


def test_nothing_put_together_is_nothing_wrong(con: Connection, tmp_path: Path) -> None:
    told = scored(con, tmp_path, {"1": "1", "2": "2"}, {"1": "a", "2": "b"})
    assert "precision 1.0000  recall 1.0000  F1 1.0000  (0 pairs put together, 0 true, 0 both)" in told


def test_ids_and_entities_may_be_numbers_on_one_side(con: Connection, tmp_path: Path) -> None:
    linked = written(tmp_path / "linked.parquet", number=["7", "8"], entity=["7", "7"])
    truth = written(tmp_path / "truth.parquet", number=[7, 8], entity=[1, 1])
    assert "recall 1.0000" in score_links(con, linked, truth)


ENTITIES = st.lists(st.tuples(st.none() | st.sampled_from("xyz"), st.none() | st.sampled_from("xyz")), max_size=9)


@settings(max_examples=25, deadline=None)
@given(entities=ENTITIES)
def test_any_links_score_as_their_pairs_do(
    con: Connection, tmp_path_factory: pytest.TempPathFactory, entities: list[tuple[str | None, str | None]]
) -> None:
    named = {str(number): pair for number, pair in enumerate(entities)}
    linked = {number: a for number, (a, _) in named.items() if a} | {"beyond": "x"}
    truth = {number: b for number, (_, b) in named.items() if b} | {"always": "x"}
    pairs = list(combinations(sorted(truth), 2))
    together = {(i, j) for i, j in pairs if i in linked and j in linked and linked[i] == linked[j]}
    true = {(i, j) for i, j in pairs if truth[i] == truth[j]}
    counts = f"({len(together):,} pairs put together, {len(true):,} true, {len(together & true):,} both)"
    assert counts in scored(con, tmp_path_factory.mktemp("scored"), linked, truth)


def test_scored_pairs_add_how_often_each_probability_is_true(con: Connection, tmp_path: Path) -> None:
    truth = written(tmp_path / "truth.parquet", number=list(TRUTH), entity=list(TRUTH.values()))
    linked = written(tmp_path / "linked.parquet", number=list(TRUTH), entity=list(TRUTH))
    sure = [("1", "2", 0.9999), ("1", "3", 0.9999), ("2", "3", 0.9999), ("4", "5", 0.02), ("1", "beyond", 0.5)]
    columns = dict(zip(("record_a", "record_b", "probability"), map(list, zip(*sure, strict=True)), strict=True))
    told = score_links(con, linked, truth, written(tmp_path / "pairs.parquet", **columns)).splitlines()
    assert told[3] == "1 pairs of pairs.parquet name a record unknown to the truth and are left out."
    assert [line.split()[:6] for line in told[5:7]] == [
        ["0.0100", "-", "0.1000", "1", "0.02000", "0.00000"],
        ["0.9990", "-", "1.0000", "3", "0.99990", "1.00000"],
    ]


def test_no_pairs_make_no_table(con: Connection, tmp_path: Path) -> None:
    truth = written(tmp_path / "truth.parquet", number=["1"], entity=["1"])
    empty = pa.array([], pa.string())
    pq.write_table(
        pa.table({"record_a": empty, "record_b": empty, "probability": pa.array([], pa.float64())}),
        tmp_path / "pairs.parquet",
    )
    assert "Brier score 0.000000" in score_links(con, truth, truth, tmp_path / "pairs.parquet")


ONE: dict[str, list[Any]] = {"number": ["1"], "entity": ["1"]}
REFUSED: dict[str, tuple[dict[str, list[Any]], dict[str, list[Any]], str]] = {
    "no entity": ({"number": ["1"]}, ONE, r"linked\.parquet has no column 'entity'"),
    "no id": ({"entity": ["1"]}, ONE, r"linked\.parquet has the columns entity; .* id"),
    "more than an id": (ONE | {"name": ["x"]}, ONE, r"linked\.parquet has the columns entity, number, name"),
    "another id": (ONE, {"no": ["1"], "entity": ["1"]}, r"truth\.parquet has no column 'number'"),
    "no entity in the truth": (ONE, {"number": ["1"]}, r"truth\.parquet has no column 'entity'"),
    "an id twice": (
        {"number": ["1", "1"], "entity": ["1", "1"]}, ONE, r"linked\.parquet has 1 records more than it has ids"),
    "a truth that is unknown": (
        ONE, {"number": ["1"], "entity": [None]}, r"truth\.parquet has 1 records without number or entity"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_files_that_cannot_be_judged_are_refused(con: Connection, tmp_path: Path, case: str) -> None:
    linked, truth, message = REFUSED[case]
    files = written(tmp_path / "linked.parquet", **linked), written(tmp_path / "truth.parquet", **truth)
    with pytest.raises(HomeError, match=message):
        score_links(con, *files)


def test_what_is_no_parquet_is_refused(con: Connection, tmp_path: Path) -> None:
    (tmp_path / "linked.parquet").write_text("number,entity\n")
    with pytest.raises(HomeError, match=r"linked\.parquet is no Parquet file"):
        score_links(con, tmp_path / "linked.parquet", tmp_path / "linked.parquet")
