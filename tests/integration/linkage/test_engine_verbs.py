"""The five verbs behave as they say, and no step of the linkage reaches round them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import integration.linkage
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.engine import Engine, number, table_of

BEHIND_THE_VERBS = {"duckdb_engine.py", "outcome.py", "memory.py", "matching.py", "link.py"}
"""Where a connection is held: behind the verbs, or where a run begins and its tables are kept."""
STEPS = sorted(
    path for path in Path(integration.linkage.__file__).parent.glob("*.py") if path.name not in BEHIND_THE_VERBS
)


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_no_step_reaches_round_the_verbs(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    reached = [
        f"line {node.lineno}: .{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("execute", "executemany", "connection", "cursor")
    ]
    imported = [
        name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in (alias.name for alias in node.names)
    ]
    assert reached == []
    assert "duckdb" not in imported


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE SCHEMA kept")
        yield DuckDBEngine(connection)


THREE = pa.table({"n": [1, 2, 3], "word": ["a", None, "c"]})


def held(engine: Engine, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = table_of(engine, f"FROM {name} ORDER BY ALL").to_pylist()
    return found


def test_the_duckdb_engine_is_an_engine(engine: DuckDBEngine) -> None:
    one: Engine = engine
    assert number(one, "SELECT 40 + 2") == 42
    assert number(one, "SELECT NULL") == 0


def test_a_table_is_registered(engine: DuckDBEngine) -> None:
    engine.register("three", THREE)
    assert held(engine, "three") == THREE.to_pylist()


def test_a_file_is_registered_whatever_it_is_called(engine: DuckDBEngine, tmp_path: Path) -> None:
    path = tmp_path / "it's three.parquet"
    pq.write_table(THREE, path)
    engine.register("three", path)
    assert held(engine, "three") == THREE.to_pylist()


def test_a_query_makes_a_table_anew_or_is_added_by_name(engine: DuckDBEngine) -> None:
    engine.register("numbers", THREE)
    engine.sql("numbers", "SELECT n * 10 AS n, word FROM numbers WHERE n > 1")
    engine.sql("numbers", "SELECT 'last' AS word, 99 AS n", append=True)
    assert held(engine, "numbers") == [
        {"n": 20, "word": None},
        {"n": 30, "word": "c"},
        {"n": 99, "word": "last"},
    ]


def test_a_query_comes_in_the_place_of_some_rows(engine: DuckDBEngine) -> None:
    for rows, wanted in [("1, 2, 3", [1, 2, 3]), ("20, 30", [1, 20, 30]), ("NULL", [1, 20, 30, None])]:
        engine.sql("kept.numbers", f"SELECT unnest([{rows}]) AS n", replacing="n IN (2, 3)")
        assert [row["n"] for row in held(engine, "kept.numbers")] == wanted


def test_a_name_may_be_given_again_to_whatever_it_was(engine: DuckDBEngine, tmp_path: Path) -> None:
    pq.write_table(THREE, tmp_path / "three.parquet")
    for source in (THREE, tmp_path / "three.parquet", tmp_path / "three.parquet", THREE):
        engine.register("again", source)
        assert number(engine, "SELECT count(*) FROM again") == 3
    engine.register("again", tmp_path / "three.parquet")
    engine.sql("again", "SELECT 1 AS n")
    assert held(engine, "again") == [{"n": 1}]


def left(engine: DuckDBEngine) -> list[str]:
    names = (
        "SELECT table_name AS name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal"
    )
    return [name for (name,) in engine.connection.execute(f"{names} ORDER BY ALL").fetchall()]


def test_a_name_without_a_dot_is_gone_after_the_work_and_one_with_a_dot_is_kept(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    pq.write_table(THREE, tmp_path / "three.parquet")
    engine.sql("here_before", "SELECT 1 AS n")
    with engine.working():
        engine.sql("passing", "SELECT 1 AS n")
        engine.sql("kept.lasting", "SELECT 1 AS n")
        engine.register("of_a_table", THREE)
        engine.register("of_a_file", tmp_path / "three.parquet")
    assert left(engine) == ["here_before", "lasting"]


def test_work_that_fails_leaves_nothing_behind(engine: DuckDBEngine) -> None:
    def work() -> None:
        with engine.working():
            engine.sql("passing", "SELECT 1 AS n")
            engine.sql("never", "FROM nowhere")

    with pytest.raises(duckdb.CatalogException):
        work()
    assert left(engine) == []


def test_what_is_not_needed_any_more_is_released(engine: DuckDBEngine) -> None:
    engine.sql("large", "SELECT 1 AS n")
    engine.release("large", "never_there")
    assert left(engine) == []


def doubled(batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pc.multiply(batch["n"], 2)], names=["twice"])


@pytest.mark.parametrize("rows", [0, 3, 200_000])
def test_a_kernel_sees_every_row_once(engine: DuckDBEngine, rows: int) -> None:
    engine.sql("numbers", f"SELECT range AS n FROM range({rows})")
    engine.map_arrow("doubles", "numbers", doubled, pa.schema([("twice", pa.int64())]))
    assert number(engine, "SELECT count(DISTINCT twice) FROM doubles WHERE twice % 2 = 0") == rows
    assert number(engine, "SELECT sum(twice)::BIGINT FROM doubles") == rows * (rows - 1)


def test_a_table_is_exported_to_a_file_and_to_the_caller(engine: DuckDBEngine, tmp_path: Path) -> None:
    engine.register("three", THREE)
    path = tmp_path / "it's three.parquet"
    assert engine.export("three", path) is None
    assert pq.read_table(path).to_pylist() == THREE.to_pylist()
    given_back = engine.export("three")
    assert given_back is not None
    assert given_back.to_pylist() == THREE.to_pylist()


def test_no_edges_make_no_components(engine: DuckDBEngine) -> None:
    engine.sql("edge", "SELECT 0::BIGINT AS a, 0::BIGINT AS b WHERE false")
    engine.components("component", "edge")
    found = engine.export("component")
    assert found is not None
    assert (found.column_names, found.num_rows) == (["node", "cluster"], 0)
    assert [str(field.type) for field in found.schema] == ["int64", "int64"]


NODES = st.integers(0, 8) | st.sampled_from([2**63 - 1, -(2**62)])


@settings(max_examples=25, deadline=None)
@given(edges=st.lists(st.tuples(NODES, NODES), max_size=12))
def test_the_smallest_node_names_its_component(edges: list[tuple[int, int]]) -> None:
    group = {node: {node} for edge in edges for node in edge}
    for a, b in edges:
        together = group[a] | group[b]
        group |= dict.fromkeys(together, together)
    with duckdb.connect(config={"threads": 1}) as connection:
        engine = DuckDBEngine(connection)
        table = {name: pa.array([edge[place] for edge in edges], pa.int64()) for place, name in enumerate("ab")}
        engine.register("edge", pa.table(table))
        engine.components("component", "edge")
        found = {row["node"]: row["cluster"] for row in held(engine, "component")}
    assert found == {node: min(others) for node, others in group.items()}
