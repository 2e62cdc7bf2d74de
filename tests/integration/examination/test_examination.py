"""A finished home has nothing broken; each damage is found, told in a sentence, and mended where that is safe."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from at_the_terminal import NightRun, ask, environment

from integration.examination import Finding, examine
from integration.examination.clock import examine_clock
from integration.examination.finding import Examined
from warehouse.database import writer
from warehouse.errors import HomeError
from warehouse.pointer import pointed_to
from warehouse.publication import current_publication
from warehouse.settings import Home


def broken(home: Home) -> list[str]:
    return [f"{one.about}: {one.says}" for one in examine(home) if one.state == "broken"]


def states(findings: list[Finding]) -> set[str]:
    return {one.state for one in findings}


@pytest.fixture(autouse=True, scope="module")
def _as_the_command_does() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def one_home(night_run: NightRun, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = night_run.copy(tmp_path_factory.mktemp("examined") / "home")
    home.path.chmod(0o700)
    home.policy.chmod(0o600)  # the copy was made with the rights of the tests
    return home


def test_a_finished_home_has_nothing_broken(one_home: Home) -> None:
    assert broken(one_home) == []


def _damage_landed(home: Home) -> None:
    path = next(home.landing.glob("*/*"))
    path.chmod(0o600)
    path.write_bytes(b"other bytes")
    path.chmod(0o440)


def _lose_landed(home: Home) -> None:
    next(home.landing.glob("*/*")).unlink()


def _leave_unfinished(home: Home) -> None:
    (home.temporary / "spill").mkdir(mode=0o700)
    (home.landing / ".1-abc.unfinished").touch(mode=0o600)
    (home.published / ".build-2026-11-21T000000Z-0").mkdir(mode=0o700)


def _leave_half_a_file(home: Home) -> None:
    for path in (home.path / ".corrections.json.4711", home.dagster / ".dagster.yaml.4711"):
        path.touch(mode=0o600)


def _point_to_nothing(home: Home) -> None:
    pointer = home.published / "current"
    pointer.unlink()
    pointer.symlink_to("2026-01-01T000000Z-gone")


def _damage_memory_of_moves(home: Home) -> None:
    (home.published / "in_force.json").write_text("{")


def _show_the_key(home: Home) -> None:
    (home.keys / "person.key").chmod(0o644)


def _show_everything(home: Home) -> None:
    home.published.chmod(0o755)


def _damage_a_snapshot(home: Home) -> None:
    readme = next(home.agencies.glob("*/kabupaten/current/BACA-DAHULU.txt")).resolve()
    readme.chmod(0o600)
    readme.write_text("another")
    readme.chmod(0o440)


def _damage_the_note(home: Home) -> None:
    with (home.path / "padan.json").open("r+") as note:
        note.truncate(1)


def _damage_a_summary(home: Home) -> None:
    next((home.path / "runs").glob("????-*.json")).write_text('{"run": {')


@pytest.mark.parametrize(
    "damage",
    [
        _damage_landed,
        _lose_landed,
        _leave_unfinished,
        _leave_half_a_file,
        _point_to_nothing,
        _damage_memory_of_moves,
        _show_the_key,
        _show_everything,
        _damage_a_snapshot,
        _damage_the_note,
        _damage_a_summary,
    ],
)
def test_what_can_be_put_right_is_found_and_put_right(one_home: Home, damage: Callable[[Home], None]) -> None:
    landed = {path.name for path in one_home.landing.glob("*/*")}
    damage(one_home)

    found = [one for one in examine(one_home) if one.state in ("told", "broken") and one.repair]
    repaired = [one for one in examine(one_home, repair=True) if one.state == "repaired"]

    assert len({one.about for one in found}) == 1, found
    assert repaired
    assert broken(one_home) == []
    assert {path.name for path in one_home.landing.glob("*/*")} == landed
    assert current_publication(one_home).version == pointed_to(one_home)


def test_what_cannot_be_put_right_is_told_and_left(one_home: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(one_home.path, home.path, symlinks=True)
    table = home.published / str(pointed_to(home)) / "targeting.parquet"
    table.chmod(0o600)
    table.write_bytes(b"other bytes")
    table.chmod(0o440)
    (home.keys / "target.key").unlink()
    home.database.write_bytes(b"no database")
    home.policy.write_text("recipients: 3\n")
    with next(home.access_log.glob("*.jsonl")).open("r+b") as log:
        log.write(b'{"n": 7')

    said = "\n".join(f"{one.about} {one.state} {one.says}" for one in examine(home, repair=True))

    for words in (
        "publications broken",
        "keys broken keys/target.key is gone",
        "working database broken",
        "declared files broken policy.yaml",
        "access log broken",
    ):
        assert words in said, said
    assert table.read_bytes() == b"other bytes"
    assert not (home.keys / "target.key").exists()


def test_nothing_is_judged_that_a_run_works_on(one_home: Home) -> None:
    unfinished = one_home.landing / ".1-abc.unfinished"
    hold = [sys.executable, "-c", f"import duckdb; c = duckdb.connect({str(one_home.database)!r}); print(1); input()"]
    with subprocess.Popen(
        hold, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as another_run:
        assert another_run.stdout
        another_run.stdout.readline()
        unfinished.write_bytes(b"half")
        found = list(examine(one_home, repair=True))
        another_run.communicate("\n")

    assert found[0].state == "told"
    assert f"(process {another_run.pid})" in found[0].says
    assert unfinished.exists()
    assert "repaired" not in states(found)
    unfinished.unlink()


def test_no_run_begins_while_a_home_is_examined(one_home: Home) -> None:
    findings = examine(one_home)
    next(findings)
    begin = f"import duckdb; duckdb.connect({str(one_home.database)!r})"

    said = subprocess.run([sys.executable, "-c", begin], capture_output=True, text=True, check=False)
    findings.close()

    assert "Could not set lock" in said.stderr


def test_a_clock_behind_the_newest_publication_is_found(one_home: Home) -> None:
    (found,) = examine_clock(Examined(one_home, now=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))

    assert found.state == "broken"


def test_a_folder_that_is_no_home_is_told(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="no home to examine"):
        next(examine(Home(tmp_path)))


def test_a_home_of_a_newer_padan_is_not_written(one_home: Home) -> None:
    with writer(one_home):  # writes the note where the test before it took it away
        pass
    note = one_home.path / "padan.json"
    before = note.read_text()
    note.write_text(json.dumps({"layout": 1_000, "padan": "9.0", "duckdb": "9.0"}))

    with pytest.raises(HomeError, match=r"Padan 9\.0 .*newer"), writer(one_home):
        pass
    told = broken(one_home)
    note.write_text(before)

    assert any("newer than this one" in text for text in told)
    assert ask(one_home.database, "SELECT count(*) > 0 FROM persons.person") == [(True,)]
