"""What goes wrong at an operator's terminal ends in one sentence, exit code 1, and the publication that was there."""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from at_the_terminal import HarderRun, NightRun, ask, assert_one_sentence, padan

from warehouse.publication import current_publication, publications


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "extracts").mkdir()

    said = padan("run", "--extracts", tmp_path / "extracts", "--home", tmp_path / "home")

    assert_one_sentence(said, "holds no delivery", "<agency>/<dataset>/<YYYY-MM>/")
    assert not (tmp_path / "home" / "published").exists()


@pytest.mark.parametrize("extracts", ["nowhere", "a_file"])
def test_no_folder_at_all(tmp_path: Path, extracts: str) -> None:
    (tmp_path / "a_file").touch()

    said = padan("run", "--extracts", tmp_path / extracts, "--home", tmp_path / "home")

    assert_one_sentence(said, "does not exist or is no folder", "--extracts")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("part", ["", "/deeper", "/dagster", "/temporary", "/warehouse.duckdb"])
def test_a_home_that_is_no_folder(night_run: NightRun, tmp_path: Path, part: str) -> None:
    home = tmp_path / "home"
    if part in ("", "/deeper"):
        home.write_text("somebody's letter")
    else:
        home.mkdir()
        (home / part.strip("/")).write_text("somebody's letter")

    said = padan("run", "--extracts", night_run.extracts, "--home", f"{home}{part if part == '/deeper' else ''}")

    assert_one_sentence(said, f"The home {home}")
    letters = [path.read_text() for path in (home, *home.rglob("*")) if path.is_file() and path.stat().st_size == 17]
    assert letters == ["somebody's letter"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--extracts", "x", "--nope"],
        ["run", "--extracts", "x", "--as-of", "31-10-2026"],
        ["evaluate"],
        ["frobnicate"],
    ],
)
def test_what_is_typed_wrong(arguments: list[str]) -> None:
    said = padan(*arguments)

    assert said.returncode == 2
    assert said.stderr.startswith("Usage: padan")
    assert "Traceback" not in said.stderr


def test_a_home_that_nobody_told_where_deliveries_come_from(tmp_path: Path) -> None:
    assert_one_sentence(padan("run", "--home", tmp_path / "new"), "neither sources.yaml nor an inbox", "--extracts")


def test_a_home_that_holds_nothing_to_evaluate(night_run: NightRun, tmp_path: Path) -> None:
    home, truth = night_run.home.path, night_run.extracts / "truth"

    assert_one_sentence(padan("evaluate", "--home", tmp_path, "--truth", truth), "holds no warehouse.duckdb")
    assert_one_sentence(padan("evaluate", "--home", home, "--truth", tmp_path), "holds no rows.parquet")


def test_a_second_run_while_one_is_going(night_run: NightRun, tmp_path: Path) -> None:
    home = night_run.copy(tmp_path / "home")
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(home.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()

        said = padan("run", "--extracts", night_run.extracts, "--home", home.path)
        scored = padan("evaluate", "--home", home.path, "--truth", night_run.extracts / "truth")

        other.communicate()
    for one in (said, scored):
        assert_one_sentence(one, "Another program (process ", "wait until it ends")
        assert one.stdout == ""
    assert current_publication(home).version == night_run.publication.version


def test_an_agency_is_missing(night_run: NightRun, harder_runs: dict[str, HarderRun]) -> None:
    home, said = harder_runs["without an agency"].done()

    assert_one_sentence(
        said, "NOT PUBLISHED", "has a good delivery of dtsen_keluarga in force. Wanted at least 1, found 0."
    )
    assert "match_precision" not in said.stdout  # what cannot be judged stops nothing
    assert [one.version for one in publications(home)] == [night_run.publication.version]
    assert current_publication(home).facts == night_run.publication.facts
    assert ask(current_publication(home).database, "SELECT count(*) > 0 FROM targeting") == [(True,)]


def limited(size: int) -> Callable[[], None]:
    """Make files longer than `size` bytes impossible, as a quota or a full disk does."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_that_is_full(night_run: NightRun, tmp_path: Path) -> None:
    home = night_run.copy(tmp_path / "home", "published", "keys")

    said = padan("run", "--extracts", night_run.extracts, "--home", home.path, preexec_fn=limited(8_000_000))

    assert_one_sentence(said, "is full", "make room")
    assert current_publication(home).facts == night_run.publication.facts
    assert [path.name for path in home.published.iterdir() if path.name.startswith(".")] == []
    assert ask(current_publication(home).database, "SELECT count(*) > 0 FROM targeting") == [(True,)]


def test_runs_that_were_killed_leave_nothing(night_run: NightRun, harder_runs: dict[str, HarderRun]) -> None:
    home, said = harder_runs["killed twice, then in another order"].done()

    assert said.returncode == 0, said.stdout + said.stderr
    assert len(publications(home)) == 2
    assert list(home.temporary.iterdir()) == []
    assert list(home.landing.rglob("*.unfinished")) == []
    assert [path.name for path in home.published.iterdir() if path.name.startswith(".")] == []
    with sqlite3.connect(home.dagster / "history" / "runs.db") as history:
        statuses = [status for (status,) in history.execute("SELECT status FROM runs ORDER BY id")]
    assert statuses == ["FAILURE", "FAILURE", "SUCCESS"]  # none is shown as going for ever
