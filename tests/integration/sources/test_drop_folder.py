"""What the drop folder's sensor sees: names, sizes and times of what could be a delivery."""

import os
import resource
from pathlib import Path

import pytest
import yaml

from integration.sources.drop_folder import Lying, Watched, lying, watched
from warehouse.errors import HomeError
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    (made.inbox / "health/dinkes_balita/2026-10").mkdir(parents=True)
    return made


def put(home: Home, name: str, text: str = "NIK") -> Path:
    path = home.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def look(home: Home) -> Lying:
    return lying(home, watched(home, home.inbox))


def test_a_new_a_changed_and_a_removed_file_each_change_the_digest(home: Home) -> None:
    digests = [look(home).digest]
    file = put(home, "health/dinkes_balita/2026-10/a.csv")
    digests.append(look(home).digest)
    file.write_text("NIK and more")
    digests.append(look(home).digest)
    os.utime(file, (1, 1))
    digests.append(look(home).digest)
    put(home, "health/dinkes_balita/2026-10/' ; DROP TABLE --  عربي.xlsx")
    digests.append(look(home).digest)

    assert len(set(digests)) == len(digests)
    assert look(home) == look(home)
    assert look(home).files == 2


@pytest.mark.parametrize("name", [".hidden.csv", "~$a.xlsx", "truth/person.csv", "readme.pdf", ".folder/a.csv"])
def test_what_is_no_delivery_is_not_seen(home: Home, name: str) -> None:
    before = look(home)
    put(home, name)

    assert look(home) == before


@pytest.mark.parametrize("name", ["a.csv.part", "a.xlsx.tmp", "A.CSV.PART", "a.csv.filepart", "a.csv.lock"])
def test_what_is_being_written_is_seen_as_such(home: Home, name: str) -> None:
    written = put(home, f"health/{name}")

    assert look(home).unfinished == written


def test_a_link_out_of_the_folder_is_not_followed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.csv").write_text("NIK")
    (home.inbox / "folder").symlink_to(tmp_path / "elsewhere")
    (home.inbox / "file.csv").symlink_to(tmp_path / "elsewhere/a.csv")
    (home.inbox / "round").symlink_to(home.inbox)

    assert look(home).files == 0


def test_where_a_source_fills_the_inbox_the_source_is_watched(home: Home, tmp_path: Path) -> None:
    (tmp_path / "dinkes").mkdir()
    said = {"health/dinkes_balita": {"from": "folder", "path": str(tmp_path / "dinkes")}}
    home.sources.write_text(yaml.safe_dump({"kabupaten": "35.09", "sources": said}))
    empty = look(home)
    put(home, "health/dinkes_balita/2026-10/a.csv")
    assert look(home) == empty

    put(home, "health/dinkes_kematian/2026-10/a.csv")
    assert look(home).files == 1
    (tmp_path / "dinkes/b.csv").write_text("NIK")
    assert look(home).files == 2


def test_a_run_on_another_folder_reads_neither_inbox_nor_sources(home: Home, tmp_path: Path) -> None:
    assert watched(home, tmp_path) == Watched((tmp_path,))


def test_a_home_without_an_inbox_waits_and_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    assert look(home).files == 0

    with pytest.raises(HomeError, match=r"/gone cannot be looked into \(No such file or directory\): see whether"):
        lying(home, watched(home, tmp_path / "gone"))


def test_twenty_thousand_files_are_looked_at_in_passing(home: Home) -> None:
    for month in range(200):
        folder = home.inbox / f"health/dinkes_balita/{month}"
        folder.mkdir()
        for number in range(100):
            os.close(os.open(folder / f"{number}.csv", os.O_CREAT))
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = look(home)
    after = resource.getrusage(resource.RUSAGE_SELF)

    assert found.files == 20_000
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3
