"""A reader sees a whole publication or the one before it, whatever happens to the run that publishes."""

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from warehouse.database import Connection
from warehouse.errors import HomeError, NothingPublished, PublicationRefused
from warehouse.pointer import ROLLBACK, point_to
from warehouse.publication import (
    KEPT,
    KEPT_PERIODS,
    UNDISTURBED,
    Publication,
    Snapshot,
    current_publication,
    publications,
    publications_in_line,
    publish,
    rolled_back,
)
from warehouse.settings import Home

ROOT = Path(__file__).parents[2]
TABLES = [
    Snapshot("targeting", "SELECT n, name, {published_at} AS published_at FROM computed"),
    Snapshot("data_dictionary", "SELECT 'n' AS column_name"),
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def computed() -> Connection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE computed AS SELECT range AS n, 'Ayu ' || range AS name FROM range(1000)")
    return connection


def a_publication(computed: Connection, home: Home, run: str = "run-0001", **facts: object) -> Publication:
    return publish(computed, home, TABLES, run, {"period": "2026-10", **facts})


def nobody_is_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.publication.UNDISTURBED", dt.timedelta(0))


def left_over(home: Home) -> list[str]:
    return [path.name for path in home.published.iterdir() if path.name.startswith(".")]


def test_a_home_without_any_says_so(home: Home) -> None:
    with pytest.raises(NothingPublished, match="holds no publication yet"):
        current_publication(home)
    assert publications(home) == []


def test_a_publication_is_pointed_to_and_holds_the_tables_twice(home: Home, computed: Connection) -> None:
    done = a_publication(computed, home, balita=7)

    assert current_publication(home) == done
    assert publications(home) == [done]
    assert not (home.published / "current").readlink().is_absolute()  # a home may be moved
    with duckdb.connect(str(done.database), read_only=True) as reader:
        rows = reader.execute("FROM targeting ORDER BY n").fetchall()
        parquet = f"FROM read_parquet('{done.folder / 'targeting.parquet'}') ORDER BY n"
        assert reader.execute(parquet).fetchall() == rows
        assert len(rows) == 1000
        assert reader.execute("FROM data_dictionary").fetchall() == [("n",)]
    assert done.facts["tables"] == {"targeting": 1000, "data_dictionary": 1}
    assert (done.facts["balita"], done.facts["period"], done.facts["run_id"]) == (7, "2026-10", "run-0001")


def test_what_is_published_says_when(home: Home, computed: Connection) -> None:
    done = a_publication(computed, home)

    with duckdb.connect(str(done.database), read_only=True) as reader:
        ((first, last),) = reader.execute("SELECT min(published_at), max(published_at) FROM targeting").fetchall()
    assert first == last
    assert f"{first:%Y-%m-%dT%H:%M:%S}+00:00" == done.facts["published_at"]
    assert done.version.startswith(f"{first:%Y-%m-%dT%H%M%SZ}")


def test_the_hashes_are_those_of_the_files(home: Home, computed: Connection) -> None:
    done = a_publication(computed, home)

    files = {path.name for path in done.folder.iterdir()} - {"publication.json"}
    assert set(done.facts["sha256"]) == files
    for name, promised in done.facts["sha256"].items():
        told = subprocess.run(["sha256sum", done.folder / name], capture_output=True, text=True, check=True).stdout
        assert told.split()[0] == promised


def test_older_readers_can_open_it(home: Home, computed: Connection) -> None:
    done = a_publication(computed, home)

    with duckdb.connect() as reader:
        reader.execute(f"ATTACH '{done.database}' AS published (READ_ONLY)")
        ((tags,),) = reader.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'published'").fetchall()
    assert tags["storage_version"].startswith("v1.0.0")
    # The main header holds the number of the format after a checksum and the letters DUCK: 64 is what DuckDB 1.0 wrote.
    assert done.database.read_bytes()[8:13] == b"DUCK\x40"


def test_nobody_changes_or_browses_what_is_published(home: Home, computed: Connection) -> None:
    done = a_publication(computed, home)

    assert done.folder.stat().st_mode & 0o077 == 0 or done.folder.stat().st_mode & 0o007 == 0
    assert {path.stat().st_mode & 0o777 for path in done.folder.iterdir()} == {0o440}


def test_a_publication_within_the_same_second_is_another_one(home: Home, computed: Connection) -> None:
    first = a_publication(computed, home, "aaaaaaaa")
    second = a_publication(computed, home, "bbbbbbbb")

    assert first.version != second.version
    assert current_publication(home) == second


def test_a_table_that_cannot_be_made_leaves_the_one_before(home: Home, computed: Connection) -> None:
    before = a_publication(computed, home, "aaaaaaaa")

    with pytest.raises(duckdb.CatalogException):
        publish(computed, home, [Snapshot("targeting", "FROM nowhere")], "bbbbbbbb", {"period": "2026-11"})

    assert current_publication(home) == before
    assert left_over(home) == []
    assert a_publication(computed, home, "cccccccc") == current_publication(home)


def test_a_disk_that_fails_leaves_the_one_before(
    home: Home, computed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = a_publication(computed, home, "aaaaaaaa")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(HomeError, match=r"is full\. Nothing was published and the previous publication stands"):
        a_publication(computed, home, "bbbbbbbb")
    monkeypatch.undo()

    assert current_publication(home) == before
    assert publications(home) == [before]
    assert left_over(home) == []


def test_what_is_not_what_was_computed_is_refused(home: Home, computed: Connection) -> None:
    before = a_publication(computed, home, "aaaaaaaa")
    # A query that does not give the same twice stands for a disk that does not give back what was written.
    unstable = [Snapshot("targeting", "SELECT n, random() AS chance FROM computed")]

    with pytest.raises(PublicationRefused, match="targeting is not the one that was computed") as refused:
        publish(computed, home, unstable, "bbbbbbbb", {"period": "2026-11"})

    assert refused.value.failures == ["targeting"]
    assert current_publication(home) == before
    assert left_over(home) == []


def test_the_oldest_are_forgotten_but_never_the_one_in_force(
    home: Home, computed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEPT >= 14  # two weeks of nights
    monkeypatch.setattr("warehouse.publication.KEPT", 3)
    nobody_is_reading(monkeypatch)

    done = [a_publication(computed, home, f"run-{number:04}") for number in range(5)]

    kept = publications(home)
    assert len(kept) == 3
    assert current_publication(home) == done[-1]
    assert done[-1] in kept


def test_the_last_word_on_each_period_is_kept_longer(
    home: Home, computed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEPT_PERIODS >= 25  # two years of months and this one
    monkeypatch.setattr("warehouse.publication.KEPT", 1)
    monkeypatch.setattr("warehouse.publication.KEPT_PERIODS", 2)
    nobody_is_reading(monkeypatch)

    for number, period in enumerate(["2026-08", "2026-08", "2026-09", "2026-09", "2026-10", "2026-10"]):
        a_publication(computed, home, f"run-{number:04}", period=period)

    assert [(one.facts["period"], one.facts["run_id"]) for one in publications(home)] == [
        ("2026-10", "run-0005"),
        ("2026-09", "run-0003"),
    ]


def test_what_somebody_may_have_begun_to_read_stays(
    home: Home, computed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dt.timedelta(hours=1) <= UNDISTURBED
    monkeypatch.setattr("warehouse.publication.KEPT", 1)

    done = [a_publication(computed, home, f"run-{number:04}") for number in range(4)]

    assert publications(home) == done[::-1]


def test_what_was_whole_but_never_pointed_to_counts_for_nothing_and_goes_with_the_old(
    home: Home, computed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = a_publication(computed, home, "aaaaaaaa")
    killed = a_publication(computed, home, "bbbbbbbb")
    # As a kill between the name of the folder and the pointer leaves it.
    (home.published / "current").unlink()
    (home.published / "current").symlink_to(first.version)
    moves = home.published / "in_force.json"
    moves.write_text(json.dumps(json.loads(moves.read_text())[:1]))

    assert current_publication(home) == first
    assert publications_in_line(home) == [first]
    assert rolled_back(home) == set()
    second = a_publication(computed, home, "cccccccc")
    assert publications_in_line(home) == [second, first]
    assert killed in publications(home)  # an operator may still want it
    nobody_is_reading(monkeypatch)
    monkeypatch.setattr("warehouse.publication.KEPT", 1)
    a_publication(computed, home, "dddddddd")
    assert killed not in publications(home)


def test_what_was_rolled_back_is_not_the_last_word_on_its_period(
    home: Home, computed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_is_reading(monkeypatch)
    good = a_publication(computed, home, "aaaaaaaa")
    wrong = a_publication(computed, home, "bbbbbbbb")
    point_to(home, good.version, ROLLBACK)
    monkeypatch.setattr("warehouse.publication.KEPT", 1)

    later = a_publication(computed, home, "cccccccc", period="2026-11")

    assert wrong not in publications(home)
    assert publications_in_line(home) == [later, good]


def test_a_publication_in_force_that_is_gone_is_told(home: Home, computed: Connection) -> None:
    done = a_publication(computed, home)
    (done.folder / "publication.json").unlink()

    with pytest.raises(NothingPublished, match=r"is not whole.*padan rollback VERSION"):
        current_publication(home)


@pytest.mark.parametrize("damage", ["", '{"period": ', "[]"])
def test_a_damaged_manifest_stops_nothing_but_what_rests_on_it(home: Home, computed: Connection, damage: str) -> None:
    older, newer = a_publication(computed, home, "aaaaaaaa"), a_publication(computed, home, "bbbbbbbb")
    for one in (older, newer):
        (one.folder / "publication.json").chmod(0o600)
    (older.folder / "publication.json").write_text(damage)

    assert publications(home) == publications_in_line(home) == [newer]
    assert current_publication(home) == newer

    (newer.folder / "publication.json").write_text(damage)
    with pytest.raises(NothingPublished, match=r"is not whole.*padan rollback VERSION"):
        current_publication(home)


def test_a_folder_that_could_not_be_pointed_to_does_not_stay(
    home: Home, computed: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = a_publication(computed, home, "aaaaaaaa")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.symlink_to", full)
    with pytest.raises(HomeError, match="is full"):
        a_publication(computed, home, "bbbbbbbb")

    assert publications(home) == [before]


def test_what_a_killed_run_left_is_swept(home: Home, computed: Connection) -> None:
    home.published.mkdir()
    (home.published / ".build-2026").mkdir()
    (home.published / ".build-2026" / "padan.duckdb").write_bytes(b"half")
    (home.published / ".build-pointer").symlink_to("nowhere")

    a_publication(computed, home)

    assert left_over(home) == []


PUBLISH_FOR_EVER = """
import duckdb, sys
from pathlib import Path
from warehouse.publication import Snapshot, publish
from warehouse.settings import Home
connection = duckdb.connect()
for number in range(int(sys.argv[2])):
    connection.execute(f"CREATE OR REPLACE TABLE computed AS SELECT {number} AS night, range AS n FROM range(50_000)")
    tables = [Snapshot("targeting", "SELECT *, {published_at} AS published_at FROM computed")]
    publish(connection, Home(Path(sys.argv[1])), tables, f"{number:08}", {"period": "2026-10"})
    print(number, flush=True)
"""


def publisher(home: Home, nights: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISH_FOR_EVER, str(home.path), str(nights)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def whole(home: Home) -> int:
    """Read the publication in force as an agency does and give its night; fails unless it is of one piece."""
    published = current_publication(home)
    with duckdb.connect(str(published.database), read_only=True) as reader:
        found = reader.execute("SELECT min(night), max(night), count(*) FROM targeting").fetchall()
        parquet = f"SELECT min(night), max(night), count(*) FROM read_parquet('{published.folder}/targeting.parquet')"
        assert reader.execute(parquet).fetchall() == found
    ((first, last, rows),) = found
    assert first == last == int(published.facts["run_id"])
    assert rows == published.facts["tables"]["targeting"] == 50_000
    return int(first)


def test_readers_see_whole_publications_while_ten_are_made(home: Home, computed: Connection) -> None:
    seen = []
    with publisher(home, 10) as publishing:
        assert publishing.stdout
        publishing.stdout.readline()
        while publishing.poll() is None:
            seen.append(whole(home))
    seen.append(whole(home))

    assert publishing.returncode == 0
    assert seen == sorted(seen)
    assert seen[-1] == 9
    assert len(set(seen)) > 2


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_kill_at_any_moment_leaves_a_whole_publication_in_force(home: Home, computed: Connection, seed: int) -> None:
    with publisher(home, 1000) as publishing:
        assert publishing.stdout
        publishing.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, 0.4))
        publishing.send_signal(signal.SIGKILL)

    whole(home)
    done = a_publication(computed, home, "afterkill")
    assert current_publication(home) == done
    assert left_over(home) == []
    for one in publications(home):
        assert json.loads((one.folder / "publication.json").read_text())["version"] == one.version
