"""`./padan explain` as an operator calls it, on a home that stays as it was."""

import hashlib
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from assets.command_line.explain import command
from integration.explanation import UnknownSubject
from tests.integration.explanation.explained_world import SITI, described
from warehouse.errors import HomeError, PadanError
from warehouse.settings import Home


@pytest.fixture(scope="module")
def home(con: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("explained"))
    con.execute(f"ATTACH '{home.database}' AS home")
    con.execute("COPY FROM DATABASE memory TO home")
    con.execute("DETACH home")
    return home


@pytest.fixture(scope="module")
def siti(home: Home) -> str:
    with duckdb.connect(str(home.database), read_only=True) as con:
        return str(described(con, "dtsen_anggota", 2))


def explain(home: Home, *arguments: object) -> Result:
    return CliRunner().invoke(command, [*(str(one) for one in arguments), "--home", str(home.path)])


def test_a_person_is_explained_and_the_home_is_left_as_it_was(home: Home, siti: str) -> None:
    before = hashlib.sha256(home.database.read_bytes()).hexdigest()

    said = explain(home, siti)

    assert said.exit_code == 0, said.output
    assert "in the civil register" in said.output
    assert "by nik_exact" in said.output
    assert SITI not in said.output
    assert hashlib.sha256(home.database.read_bytes()).hexdigest() == before


def test_a_pair_is_explained_by_rows(home: Home) -> None:
    one = "dtsen_anggota:dtsen_anggota_3509_202610.csv:3"
    other = "dukcapil_penduduk:dukcapil_penduduk_3509_202610.csv:4"

    said = explain(home, "--pair", one, other, "--show-values")

    assert said.exit_code == 0, said.output
    assert "prior: 96%" in said.output
    assert "Closed: taken" in said.output
    assert SITI in said.output


def test_the_graph_is_written_for_its_owner_alone(home: Home, siti: str, tmp_path: Path) -> None:
    drawn = tmp_path / "graph.svg"

    said = explain(home, siti, "--graph", drawn)

    assert said.exit_code == 0, said.output
    assert drawn.read_text(encoding="utf-8").startswith("<svg")
    assert drawn.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["PAAAAAAAAAAAAAAAA"], UnknownSubject),
        (["--pair", "1", "2"], UnknownSubject),
        (["--graph", "/nowhere/at/all.svg"], PadanError),
    ],
)
def test_what_cannot_be_done_is_a_sentence(home: Home, siti: str, arguments: list[str], error: type[Exception]) -> None:
    said = explain(home, *([siti, *arguments] if arguments[0] == "--graph" else arguments))

    assert isinstance(said.exception, error)


def test_a_home_without_a_database_is_a_sentence(tmp_path: Path) -> None:
    assert isinstance(explain(Home(tmp_path), "1").exception, HomeError)


@pytest.mark.parametrize("arguments", [[], ["1", "--pair", "1", "2"], ["--pair", "1", "2", "--graph", "x.svg"]])
def test_one_thing_is_asked_at_a_time(home: Home, arguments: list[str]) -> None:
    assert explain(home, *arguments).exit_code == 2
