"""The leak test of `./padan query`: whatever a reader asks, it gets nothing but its own rows and leaves no trace."""

import os
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import yaml
from at_the_terminal import PATIENCE
from invented_recipients import FAMILY_NIK, database_of, home_with_snapshots

from warehouse.query.locked import locked_connection
from warehouse.query.session import Answer, Limits, Outcome, Session, session
from warehouse.settings import Home

CANARY = "CANARY3509271708899999"
ESCAPES = yaml.safe_load(Path(__file__).with_name("escapes.yaml").read_text(encoding="utf-8"))
SLOW = "never ends"
SETTINGS = "SELECT md5(string_agg(name || coalesce(value, ''), ';' ORDER BY name)) FROM duckdb_settings()"


def _attempts(*groups: str) -> list[object]:
    return [
        pytest.param(sql, ESCAPES[group]["ends"], id=f"{group}: {name}")
        for group in groups
        for name, sql in ESCAPES[group]["attempts"].items()
    ]


@dataclass(frozen=True)
class Cell:
    """A session on the snapshot of health, and everything around it that must stay as it is and unseen."""

    home: Home
    outside: Path
    session: Session

    def ask(self, sql: str) -> Answer:
        asked = string.Template(sql).safe_substitute(
            dir=self.outside,
            pid=os.getpid(),
            snapshot=database_of(self.home, "dinkes"),
            long="x" * 200_000,
            brackets="(" * 20_000 + "1" + ")" * 20_000,
            columns=", ".join(["repeat('x', 1000000)"] * 200),
        )
        before = self._around()
        answer = self.session.ask(asked, 1000)
        assert self._around() == before, "a file came, went or changed"
        self._assert_nothing_told(answer, asked)
        return answer

    def _assert_nothing_told(self, answer: Answer, asked: str) -> None:
        told = answer.why + answer.sql + str(answer.tables)
        rows = str(answer.rows.to_pylist()) if answer.outcome is Outcome.ANSWERED else ""
        for text in (told, rows):
            assert CANARY not in text
            assert FAMILY_NIK not in text
            assert "PADAN" not in text.replace("PADAN_CANARY", "")
        assert "rahasia" not in answer.sql
        own = str(database_of(self.home, "dinkes"))
        for outside in (str(self.outside), str(Path.home()), str(self.home.path)):
            assert outside not in rows.replace(own, "")
            assert outside not in answer.why or outside in asked
        assert "Traceback" not in told

    def _around(self) -> dict[str, tuple[int, int]]:
        top = self.home.path.parent
        return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in top.rglob("*")}


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    yield from _cell(tmp_path_factory.mktemp("escape"), Limits(seconds=30, memory=300, answer=50))


@pytest.fixture(scope="module")
def impatient_cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    yield from _cell(tmp_path_factory.mktemp("escape"), Limits(seconds=1))


def _cell(top: Path, limits: Limits) -> Iterator[Cell]:
    home, _ = home_with_snapshots(top)
    outside = top / "outside"
    (outside / "keluar").mkdir(parents=True)
    (outside / "rahasia.txt").write_text(CANARY)
    (outside / "rahasia.csv").write_text(f"nik,name\n{CANARY},x\n")
    (outside / "rahasia.json").write_text(f'{{"nik": "{CANARY}"}}\n')
    (outside / "pintas").symlink_to(outside / "rahasia.csv")
    with duckdb.connect(str(outside / "rahasia.duckdb")) as connection:
        connection.execute(f"CREATE TABLE rahasia AS SELECT '{CANARY}' AS nik")
        connection.execute(f"COPY rahasia TO '{outside / 'rahasia.parquet'}'")
    others = len(_children())
    with pytest.MonkeyPatch.context() as patch, session(database_of(home, "dinkes"), limits) as opened:
        patch.setenv("PADAN_CANARY", CANARY)
        yield Cell(home, outside, opened)
    assert len(_children()) == others, "the child outlived its session"


def _children() -> list[bytes]:
    """Give the command lines of what this process started and that still runs."""
    lines = []
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            lines.append(Path(f"/proc/{child}/cmdline").read_bytes())
    return [line for line in lines if b"warehouse.query.locked" in line]


@pytest.fixture(scope="module")
def settings(cell: Cell) -> str:
    return str(cell.session.ask(SETTINGS, 1).rows.to_pylist())


@pytest.mark.parametrize(("sql", "ends"), _attempts(*(group for group in ESCAPES if group != SLOW)))
def test_an_attempt_comes_to_nothing(cell: Cell, settings: str, sql: str, ends: list[str]) -> None:
    answer = cell.ask(sql)

    assert answer.outcome in ends, answer
    assert (answer.outcome is Outcome.ANSWERED) != bool(answer.why)
    assert str(cell.session.ask(SETTINGS, 1).rows.to_pylist()) == settings


@pytest.mark.parametrize(("sql", "ends"), _attempts(SLOW))
def test_what_never_ends_is_ended(impatient_cell: Cell, sql: str, ends: list[str]) -> None:
    _ask_until_answered(impatient_cell.session, "SELECT 1 AS x")
    running = len(_children())

    answer = impatient_cell.ask(sql)

    assert answer.outcome in ends, answer
    assert len(_children()) == running - 1
    assert _ask_until_answered(impatient_cell.session, "SELECT 42 AS x").to_pylist() == [{"x": 42}]


def _ask_until_answered(impatient: Session, sql: str) -> pa.Table:
    """Ask until it is answered: to a machine busy with others, a second may be too short for anything."""
    for _ in range(PATIENCE):
        answer = impatient.ask(sql, 1)
        if answer.outcome is Outcome.ANSWERED:
            return answer.rows
        assert answer.outcome is Outcome.STOPPED, answer
    raise AssertionError(f"not answered once in {PATIENCE} times: {sql}")


def test_there_are_many_attempts() -> None:
    assert sum(len(group["attempts"]) for group in ESCAPES.values()) >= 240


def test_the_kernel_holds_the_child_where_it_can(cell: Cell) -> None:
    cell.session.ask("SELECT 1", 1)

    assert cell.session.landlock > 0 or not Path("/sys/kernel/security/landlock").exists()


@pytest.mark.parametrize(
    ("sql", "ends"),
    _attempts("reads a file by a table function", "opens another database", "loads an extension", "changes a setting"),
)
def test_the_locked_engine_stops_it_even_where_the_statement_is_let_through(
    engine: duckdb.DuckDBPyConnection, cell: Cell, sql: str, ends: list[str]
) -> None:
    before = str(engine.cursor().execute(SETTINGS).fetchall())
    asked = string.Template(sql).safe_substitute(dir=cell.outside, snapshot=database_of(cell.home, "dinkes"))

    try:
        told = str(engine.cursor().execute(asked).fetchall())
    except duckdb.Error as error:
        told = str(error)

    assert CANARY not in told
    assert str(engine.cursor().execute(SETTINGS).fetchall()) == before


@pytest.fixture(scope="module")
def engine(cell: Cell) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the child's own connection, without the walls around it."""
    with locked_connection(database_of(cell.home, "dinkes"), memory=300, threads=1) as connection:
        yield connection
