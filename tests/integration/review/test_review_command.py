"""The two commands on a home: out with one, back with the other."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.command_line.review import command
from integration.review import WorkbookRefused
from tests.integration.review.small_queue import fill, queue_of, small_home
from warehouse.access_log import entries, verify
from warehouse.database import rows, writer
from warehouse.errors import HomeBusy, HomeError
from warehouse.settings import Home


@pytest.fixture(autouse=True)
def _umask_restored() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    with small_home(home.database) as con:
        queue_of(con, doubtful=3, automatic=5)
        con.execute("DROP TABLE matched_pairs.decision")
    return home


def review(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments])


def test_out_and_back_again(home: Home, tmp_path: Path) -> None:
    exported, filled = tmp_path / "exported.xlsx", tmp_path / "filled.xlsx"

    out = review("export", exported, "--home", home.path, "--limit", 2, "--check", 2)
    fill(exported, filled, {2: "sama", 3: "berbeda"})
    back = review("import", filled, "--home", home.path, "--by", "Bu Ani")

    assert out.exit_code == 0, out.output
    assert "2 of 3 open doubtful pairs, 2 check pairs" in out.output
    assert "NIKs" in out.output
    assert back.exit_code == 0, back.output
    assert "filled.xlsx: 2 answers, 2 rows left empty" in back.output
    assert "not evaluable yet" in back.output
    with writer(home) as con:
        assert len(rows(con, "FROM matched_pairs.decision")) == 2
    assert (home.path / "decisions.parquet").stat().st_mode & 0o077 == 0
    assert not any(word in out.output + back.output for word in ("ANAK", "ORANG", "Bu Ani"))


def test_export_leaves_the_home_as_it_was(home: Home, tmp_path: Path) -> None:
    before = home.database.read_bytes()

    review("export", tmp_path / "x.xlsx", "--home", home.path)

    assert home.database.read_bytes() == before
    assert sorted(path.name for path in home.path.iterdir()) == ["access_log", "keys", "warehouse.duckdb"]


def test_nothing_to_ask_writes_no_file(home: Home, tmp_path: Path) -> None:
    said = review("export", tmp_path / "x.xlsx", "--home", home.path, "--limit", 0)

    assert "Nothing to ask" in said.output
    assert not (tmp_path / "x.xlsx").exists()


def test_what_is_refused_leaves_the_home_as_it_was(home: Home, tmp_path: Path) -> None:
    before = home.database.read_bytes()
    exported = tmp_path / "exported.xlsx"
    review("export", exported, "--home", home.path)

    said = review("import", fill(exported, tmp_path / "f.xlsx", {2: "mungkin"}), "--home", home.path, "--by", "Ani")

    assert isinstance(said.exception, WorkbookRefused)
    assert "Nothing was imported" in str(said.exception)
    assert home.database.read_bytes() == before


def test_a_run_that_goes_on_keeps_decisions_waiting(home: Home, tmp_path: Path) -> None:
    exported = tmp_path / "exported.xlsx"
    review("export", exported, "--home", home.path)
    filled = fill(exported, tmp_path / "f.xlsx", {2: "sama"})

    with writer(home):
        said = review("import", filled, "--home", home.path, "--by", "Ani")

    assert isinstance(said.exception, HomeBusy)


def test_an_import_never_makes_a_home(tmp_path: Path, home: Home) -> None:
    exported = tmp_path / "exported.xlsx"
    review("export", exported, "--home", home.path)

    said = review("import", exported, "--home", tmp_path / "elsewhere", "--by", "Ani")

    assert isinstance(said.exception, HomeError)
    assert not (tmp_path / "elsewhere").exists()


def test_review_is_logged_with_whom_it_showed_and_without_a_name(home: Home, tmp_path: Path) -> None:
    review("export", tmp_path / "x.xlsx", "--home", home.path)

    (line,) = entries(home)
    assert (line.action, line.view) == ("review", "review_queue")
    assert line.rows
    assert verify(home) == []
