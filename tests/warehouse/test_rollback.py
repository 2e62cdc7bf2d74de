"""One command puts an earlier publication in force, with the agencies' snapshots, or says why not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from warehouse.access_log import entries
from warehouse.entitlements import policy_in_force
from warehouse.errors import HomeBusy, NothingPublished
from warehouse.publication import Publication, Snapshot, current_publication, publications_in_line, publish
from warehouse.rollback import NotRolledBack, damaged_files, publication_by_version, roll_back
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots, current_snapshot
from warehouse.tables import stage_tables

ROOT = Path(__file__).parents[2]
_UNPUBLISHED = ("published_target", "family_status")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def a_night(home: Home, run: str) -> Publication:
    with duckdb.connect() as con:
        tables = []
        for one in stage_tables("targeting").values():
            if one.name not in _UNPUBLISHED:
                con.execute(one.ddl(one.name))
                tables.append(Snapshot(one.name, f"FROM {one.name}"))
        tables.append(Snapshot("data_dictionary", "SELECT 'n' AS column_name"))
        return publish(con, home, tables, run, {"period": "2026-10", "period_end": "2026-10-31", "as_of": "2026-10-31"})


@pytest.fixture
def nights(home: Home) -> list[Publication]:
    return [a_night(home, run) for run in ("aaaaaaaa", "bbbbbbbb", "cccccccc")]


def test_an_earlier_publication_is_in_force_and_the_snapshots_with_it(home: Home, nights: list[Publication]) -> None:
    policy = policy_in_force(home)
    build_snapshots(home, nights[2], policy)

    done = roll_back(home, nights[0].version)

    assert (done.publication, done.before) == (nights[0], nights[2].version)
    assert current_publication(home) == nights[0]
    unit = policy.unit("dinkes")
    assert current_snapshot(home, unit).facts["publication"] == nights[0].version
    assert done.snapshots > 0
    (told,) = [one for one in entries(home) if one.action == "rollback"]
    assert (told.version, told.detail["before"]) == (nights[0].version, nights[2].version)


def test_rolling_forward_is_the_same_command(home: Home, nights: list[Publication]) -> None:
    roll_back(home, nights[0].version)
    roll_back(home, nights[2].version)

    assert current_publication(home) == nights[2]
    assert publications_in_line(home) == nights[::-1]


def test_a_night_after_it_is_made_on_top_of_what_is_in_force(home: Home, nights: list[Publication]) -> None:
    roll_back(home, nights[0].version)
    later = a_night(home, "dddddddd")

    assert current_publication(home) == later
    assert publications_in_line(home) == [later, nights[0]]


def test_the_beginning_of_a_version_is_enough_if_it_is_one(home: Home, nights: list[Publication]) -> None:
    assert publication_by_version(home, nights[1].version) == nights[1]
    with pytest.raises(NothingPublished, match="several publications begin with '20'"):
        publication_by_version(home, "20")
    with pytest.raises(NothingPublished, match=r"no publication that is kept begins with '2025'.*aaaaaaaa"):
        roll_back(home, "2025")
    with pytest.raises(NothingPublished, match="no publication that is kept begins with ''"):
        publication_by_version(home, "")


@pytest.mark.parametrize("harm", ["cut short", "changed", "gone"])
def test_a_damaged_publication_is_refused_and_nothing_changes(home: Home, nights: list[Publication], harm: str) -> None:
    file = nights[0].folder / "targeting.parquet"
    file.chmod(0o600)
    whole = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[:-1] if harm == "cut short" else whole[:-1] + bytes([whole[-1] ^ 1]))

    assert damaged_files(nights[0]) == ["targeting.parquet"]
    with pytest.raises(NotRolledBack, match=r"not as it was published \(targeting\.parquet\), so nothing was changed"):
        roll_back(home, nights[0].version)
    assert current_publication(home) == nights[2]
    assert not home.agencies.exists()


A_NIGHT = """
import sys
from pathlib import Path
from warehouse.database import writer
from warehouse.settings import Home
with writer(Home(Path(sys.argv[1]))):
    print("begun", flush=True)
    sys.stdin.readline()
"""


def test_a_night_that_goes_on_is_waited_for(home: Home, nights: list[Publication]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", A_NIGHT, str(home.path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as night:
        assert night.stdout
        night.stdout.readline()
        with pytest.raises(HomeBusy, match="wait until it ends"):
            roll_back(home, nights[0].version)
        night.communicate("\n")

    assert current_publication(home) == nights[2]


def test_a_damaged_working_database_keeps_nobody_from_it(home: Home, nights: list[Publication]) -> None:
    home.database.write_bytes(b"no database")

    roll_back(home, nights[1].version)

    assert current_publication(home) == nights[1]


def test_snapshots_that_cannot_be_made_are_told_and_made_by_the_next_call(
    home: Home, nights: list[Publication]
) -> None:
    home.policy.write_text("version: 1\n")

    with pytest.raises(NotRolledBack, match=r"is in force.*agencies' snapshots are still.*rollback .* again"):
        roll_back(home, nights[0].version)
    assert current_publication(home) == nights[0]

    home.policy.unlink()
    done = roll_back(home, nights[0].version)
    assert done.before == nights[0].version
    assert current_snapshot(home, policy_in_force(home).unit("dinkes")).facts["publication"] == nights[0].version


def test_a_removed_publication_cannot_come_back(home: Home, nights: list[Publication]) -> None:
    shutil.rmtree(nights[0].folder)

    with pytest.raises(NothingPublished):
        roll_back(home, nights[0].version)
    assert current_publication(home) == nights[2]
