"""Fetching from a folder: what is taken, when, and what never is."""

import datetime as dt
import gzip
import json
import os
import shutil
import time
from hashlib import sha256
from pathlib import Path

import pytest
from source_servers import Fetch, put

from integration.intake import find_deliveries
from integration.sources import memory as remembering
from integration.sources.placing import FETCHED
from warehouse.settings import Home

HEALTH = "health/dinkes_balita"


def inbox(home: Home) -> dict[str, bytes]:
    return {
        path.relative_to(home.inbox).as_posix(): path.read_bytes()
        for path in home.inbox.rglob("*")
        if path.is_file() and path.name != FETCHED
    }


def test_files_come_into_the_folder_of_their_month(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "dinkes_balita_3509_202610.csv", b"october")
    put(drop, "2026-09/kec/late.csv", b"september")

    fetched = fetch(from_="folder", path=str(drop))

    assert fetched.trouble is None
    assert inbox(home) == {
        f"{HEALTH}/2026-10/dinkes_balita_3509_202610.csv": b"october",
        f"{HEALTH}/2026-09/kec/late.csv": b"september",
    }
    assert sorted(path.name for path in drop.rglob("*.csv")) == ["dinkes_balita_3509_202610.csv", "late.csv"]


def test_the_same_again_does_nothing_and_a_changed_file_is_fetched_anew(home: Home, drop: Path, fetch: Fetch) -> None:
    file = put(drop, "balita_202610.csv", b"one")
    assert fetch(from_="folder", path=str(drop)).months == ["2026-10"]
    assert fetch(from_="folder", path=str(drop)).months == []

    put(drop, "balita_202610.csv", b"one", age=7200)  # another time stamp, the same bytes
    assert fetch(from_="folder", path=str(drop)).months == []

    put(drop, "balita_202610.csv", b"two")
    assert fetch(from_="folder", path=str(drop)).months == ["2026-10"]
    assert inbox(home) == {f"{HEALTH}/2026-10/balita_202610.csv": b"two"}
    assert file.read_bytes() == b"two"


def test_what_was_fetched_and_taken_away_here_is_not_fetched_again(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "balita_202610.csv")
    fetch(from_="folder", path=str(drop))
    (home.inbox / HEALTH / "2026-10/balita_202610.csv").unlink()

    assert fetch(from_="folder", path=str(drop)).months == []


def test_a_new_file_replaces_one_that_went_and_leaves_what_was_put_there_by_hand(
    home: Home, drop: Path, fetch: Fetch
) -> None:
    first = put(drop, "balita_202610.csv", b"one")
    put(drop, "more_202610.csv", b"more")
    fetch(from_="folder", path=str(drop))
    put(home.inbox / HEALTH / "2026-10", "by hand.csv", b"hand")
    first.unlink()
    put(drop, "balita_v2_202610.csv", b"two")

    fetched = fetch(from_="folder", path=str(drop))

    assert [text for text in fetched.passed_over if "leaves the delivery" in text]
    assert {path.rpartition("/")[2]: text for path, text in inbox(home).items()} == {
        "balita_v2_202610.csv": b"two",
        "more_202610.csv": b"more",
        "by hand.csv": b"hand",
    }


def test_a_file_that_is_still_written_waits_with_its_whole_delivery(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "a_202610.csv")
    put(drop, "b_202610.csv", age=5)
    put(drop, "c_202609.csv")

    fetched = fetch(from_="folder", path=str(drop), quiet_seconds=600)

    assert fetched.months == ["2026-09"]
    assert "2026-10: b_202610.csv: it was changed less than 600 seconds ago" in fetched.waiting[0]
    assert list(inbox(home)) == [f"{HEALTH}/2026-09/c_202609.csv"]


@pytest.mark.parametrize("mark", ["a_202610.csv.part", "~$a_202610.csv", ".~lock.a_202610.csv#", "a_202610.csv.lock"])
def test_a_mark_of_being_written_is_respected(drop: Path, fetch: Fetch, mark: str) -> None:
    put(drop, "a_202610.csv")
    put(drop, mark)

    fetched = fetch(from_="folder", path=str(drop))

    assert fetched.months == []
    assert "somebody is writing it" in fetched.waiting[0]


def test_a_clock_that_is_ahead_does_not_keep_a_file_away_for_good(
    drop: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(drop, "a_202610.csv", age=-AN_EON)
    assert fetch(from_="folder", path=str(drop)).months == []
    in_ten_minutes = time.time() + 600
    monkeypatch.setattr(time, "time", lambda: in_ten_minutes)

    assert fetch(from_="folder", path=str(drop)).months == ["2026-10"]


AN_EON = 10 * 365 * 86_400


def test_a_file_that_grows_while_it_is_copied_is_left(
    home: Home, drop: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integration.sources.folder import FolderPeer

    file = put(drop, "a_202610.csv", b"x" * 1000)
    reading = FolderPeer.read

    def growing(self: FolderPeer, *asked: object) -> object:
        start, blocks = reading(self, *asked)  # type: ignore[arg-type]

        def grown() -> object:
            yield from blocks
            with file.open("ab") as more:
                more.write(b"y")

        return start, grown()

    monkeypatch.setattr(FolderPeer, "read", growing)
    fetched = fetch(from_="folder", path=str(drop))

    assert "changed while it was copied" in fetched.waiting[0]
    assert inbox(home) == {}
    assert list(home.fetching.rglob("*.part")) == []


def test_a_manifest_says_which_month_and_what_is_whole(home: Home, drop: Path, fetch: Fetch) -> None:
    data = b"NIK,Nama\n"
    said = {
        "dataset": "dinkes_balita", "kab4": "3509", "period": "2026-08", "snapshot_date": "2026-08-31",
        "files": [{"name": "a.csv", "sha256": sha256(data).hexdigest()}, {"name": "b.csv"}],
    }  # fmt: skip
    put(drop, "manifest.json", json.dumps(said).encode())
    put(drop, "a.csv", b"cut")
    assert "lists b.csv, which does not lie there yet" in fetch(from_="folder", path=str(drop)).waiting[0]

    put(drop, "b.csv", b"b")
    assert "is not what manifest.json says" in fetch(from_="folder", path=str(drop)).waiting[0]
    assert inbox(home) == {}

    put(drop, "a.csv", data)
    assert fetch(from_="folder", path=str(drop)).months == ["2026-08"]
    (delivery,) = find_deliveries(home.inbox).deliveries
    assert (delivery.period, delivery.trouble, len(delivery.files)) == ("2026-08", None, 2)


def manifest(period: str, **files: bytes) -> bytes:
    listed = [{"name": f"{name}.csv", "sha256": sha256(content).hexdigest()} for name, content in files.items()]
    said = {"dataset": "dinkes_balita", "kab4": "3509", "period": period, "snapshot_date": f"{period}-28"}
    return json.dumps({**said, "files": listed}).encode()


def test_a_file_that_comes_anew_waits_for_the_manifest_that_says_so(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "manifest.json", manifest("2026-08", a=b"one"))
    put(drop, "a.csv", b"one")
    fetch(from_="folder", path=str(drop))

    put(drop, "a.csv", b"two")
    assert "is not what manifest.json says" in fetch(from_="folder", path=str(drop)).waiting[0]
    assert inbox(home)[f"{HEALTH}/2026-08/a.csv"] == b"one"

    put(drop, "manifest.json", manifest("2026-08", a=b"two"))
    assert fetch(from_="folder", path=str(drop)).months == ["2026-08"]
    assert inbox(home)[f"{HEALTH}/2026-08/a.csv"] == b"two"


def test_a_manifest_may_be_corrected_to_another_month(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "manifest.json", manifest("2026-08", a=b"one"))
    put(drop, "a.csv", b"one")
    fetch(from_="folder", path=str(drop))
    put(drop, "manifest.json", manifest("2026-09", a=b"one"), age=7200)

    fetched = fetch(from_="folder", path=str(drop))

    assert fetched.months == ["2026-09"]
    assert "a.csv: it was fetched as 2026-08, and its manifest now says 2026-09" in fetched.passed_over[0]
    assert inbox(home)[f"{HEALTH}/2026-09/a.csv"] == b"one"
    again = fetch(from_="folder", path=str(drop))
    assert (again.months, again.passed_over, again.waiting) == ([], [], [])


def test_files_of_several_offices_that_are_called_alike_are_all_kept(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "puskesmas a/2026-10/balita.csv", b"a")
    assert fetch(from_="folder", path=str(drop)).files == 1
    put(drop, "puskesmas b/2026-10/balita.csv", b"b")

    assert fetch(from_="folder", path=str(drop)).files == 2

    assert inbox(home) == {
        f"{HEALTH}/2026-10/puskesmas a/balita.csv": b"a",
        f"{HEALTH}/2026-10/puskesmas b/balita.csv": b"b",
    }
    assert len(find_deliveries(home.inbox).deliveries[0].files) == 2


@pytest.mark.parametrize(("one", "other"), [("a_202610.csv", "a_202610.csv.gz"), ("x\na_202610.csv", "x_a_202610.csv")])
def test_two_files_are_never_one(home: Home, drop: Path, fetch: Fetch, one: str, other: str) -> None:
    put(drop, "b_202609.csv", b"another month")
    put(drop, one, b"one")
    put(drop, other, gzip.compress(b"other") if other.endswith(".gz") else b"other")

    fetched = fetch(from_="folder", path=str(drop))

    assert fetched.trouble is None
    assert fetched.months == ["2026-09"]
    assert "let one be given another name" in fetched.refused[0]
    assert inbox(home) == {f"{HEALTH}/2026-09/b_202609.csv": b"another month"}


def test_a_month_that_cannot_be_used_keeps_no_other_away(home: Home, drop: Path, fetch: Fetch) -> None:
    for month in ("202608", "202609", "202610"):
        put(drop, f"a_{month}.csv", b"x" * (2_000_000 if month == "202609" else 10))

    fetched = fetch(from_="folder", path=str(drop), largest_gb=0.001)

    assert fetched.trouble is None
    assert fetched.months == ["2026-08", "2026-10"]
    assert fetched.refused == ["2026-09: a_202609.csv is larger than 0.001 GB; if it is meant to be, raise largest_gb"]
    assert list(home.fetching.rglob("*.part")) == []
    assert list(home.fetching.glob("*.2026-09")) == []


def test_what_was_fetched_is_known_without_the_memory(home: Home, drop: Path, fetch: Fetch) -> None:
    """A correction under another name takes the place of what was fetched, also after a home was restored."""
    first = put(drop, "balita_202610.csv", b"one")
    fetch(from_="folder", path=str(drop))
    shutil.rmtree(home.fetching)
    first.unlink()
    put(drop, "balita_202610_koreksi.csv", b"two")

    fetch(from_="folder", path=str(drop))

    assert inbox(home) == {f"{HEALTH}/2026-10/balita_202610_koreksi.csv": b"two"}


def test_a_name_used_for_each_month_belongs_to_each(home: Home, drop: Path, fetch: Fetch) -> None:
    declared = {"path": str(drop), "month": "previous"}
    put(drop, "balita.csv", b"september")
    fetch(from_="folder", **declared, day=dt.date(2026, 10, 5))
    put(drop, "balita.csv", b"october", age=3000)
    fetch(from_="folder", **declared, day=dt.date(2026, 11, 5))
    put(drop, "balita_202609.csv", b"september, corrected")

    fetch(from_="folder", **declared, day=dt.date(2026, 11, 6))

    assert inbox(home) == {
        f"{HEALTH}/2026-09/balita_202609.csv": b"september, corrected",
        f"{HEALTH}/2026-10/balita.csv": b"october",
    }


def test_a_file_put_there_by_hand_does_not_give_way_in_silence(home: Home, drop: Path, fetch: Fetch) -> None:
    put(home.inbox / HEALTH / "2026-10", "a_202610.csv", b"hand")
    put(drop, "a_202610.csv", b"fetched")

    fetched = fetch(from_="folder", path=str(drop))

    assert "a_202610.csv: it was put into the inbox by hand and gives way" in fetched.passed_over[0]
    assert inbox(home) == {f"{HEALTH}/2026-10/a_202610.csv": b"fetched"}


def test_what_waits_since_another_day_is_no_longer_only_waiting(drop: Path, fetch: Fetch) -> None:
    put(drop, "a_202610.csv")
    mark = put(drop, "a_202610.csv.part")
    assert fetch(from_="folder", path=str(drop), day=dt.date(2026, 11, 5)).refused == []

    fetched = fetch(from_="folder", path=str(drop), day=dt.date(2026, 11, 6))

    assert "it waits since 2026-11-05: ask who sends it" in fetched.refused[0]
    mark.unlink()
    assert fetch(from_="folder", path=str(drop), day=dt.date(2026, 11, 7)).months == ["2026-10"]


def test_no_number_of_a_person_and_no_command_is_said_of_a_name(drop: Path, fetch: Fetch) -> None:
    put(drop, b"3509161506940001\xe9\x1b[31m.csv")
    put(drop, "kartu 3509161506940001.pdf")

    fetched = fetch(from_="folder", path=str(drop))

    said = [*fetched.passed_over, *fetched.refused, fetched.said]
    assert not [text for text in said if "3509161506940001" in text or "\x1b" in text]
    assert [text for text in said if text.startswith("kartu ################.pdf: files of this kind")]
    "".join(said).encode()


@pytest.mark.parametrize("held", ["[]", "{}", '{"files": [1]}', '{"files": {"a": {}}}', '{"looks": {"a": 1}}', "null"])
def test_a_memory_of_another_shape_only_costs_time(home: Home, drop: Path, fetch: Fetch, held: str) -> None:
    put(drop, "a_202610.csv", b"one")
    fetch(from_="folder", path=str(drop))
    (home.fetching / "health.dinkes_balita.json").write_text(held)

    assert fetch(from_="folder", path=str(drop)).trouble is None
    assert inbox(home) == {f"{HEALTH}/2026-10/a_202610.csv": b"one"}


def test_a_nameless_month_is_as_declared(drop: Path, fetch: Fetch) -> None:
    put(drop, "balita.csv")

    assert "nor name says of which month" in fetch(from_="folder", path=str(drop)).refused[0]
    (month,) = fetch(from_="folder", path=str(drop), month="previous").months
    assert fetch(from_="folder", path=str(drop), month="current").months == []  # it was fetched already
    assert month < f"{time.strftime('%Y-%m')}"


def test_links_out_of_the_folder_pipes_and_hidden_files_are_not_taken(
    home: Home, drop: Path, tmp_path: Path, fetch: Fetch
) -> None:
    put(tmp_path, "secret_202610.csv", b"secret")
    put(drop, "inside_202610.csv", b"inside")
    (drop / "link_202610.csv").symlink_to(tmp_path / "secret_202610.csv")
    (drop / "folder").symlink_to(tmp_path)
    (drop / "circle").symlink_to("circle")
    (drop / "alias_202609.csv").symlink_to("inside_202610.csv")
    os.mkfifo(drop / "pipe_202610.csv")
    put(drop, ".hidden_202610.csv")

    fetched = fetch(from_="folder", path=str(drop))

    assert inbox(home) == {
        f"{HEALTH}/2026-10/inside_202610.csv": b"inside",
        f"{HEALTH}/2026-09/alias_202609.csv": b"inside",
    }
    assert len([text for text in fetched.passed_over if "leads out of the folder" in text]) == 3
    assert [text for text in fetched.passed_over if text.startswith("pipe_202610.csv: no plain file")]


@pytest.mark.parametrize(
    "name",
    [
        "x'; DROP TABLE person; -- 202610.csv",
        'a "quoted" file_202610.csv',
        "الرضع_202610.csv",
        "baris\nbaru_202610.csv",
        b"caf\xe9_202610.csv",
        "é" * 110 + "_202610.csv",
        "-rf _202610.csv",
        "$(id)`id`_202610.csv",
    ],
)
def test_file_names_are_only_names(home: Home, drop: Path, fetch: Fetch, name: str | bytes) -> None:
    put(drop, name, b"content")

    assert fetch(from_="folder", path=str(drop), month="previous").trouble is None
    (path,) = inbox(home)
    assert inbox(home)[path] == b"content"
    path.encode()
    assert "\n" not in path
    assert fetch(from_="folder", path=str(drop), month="previous").months == []


def test_many_files_are_no_trouble(home: Home, drop: Path, fetch: Fetch) -> None:
    for number in range(20_000):
        (drop / f"kec_{number}_202610.txt.ignored").touch()
    put(drop, "a_202610.csv")

    fetched = fetch(from_="folder", path=str(drop))

    assert fetched.months == ["2026-10"]
    assert len(fetched.passed_over) == 20_000


def test_a_folder_that_is_gone_is_told_and_may_pass(tmp_path: Path, fetch: Fetch) -> None:
    fetched = fetch(from_="folder", path=str(tmp_path / "nowhere"))

    assert fetched.trouble is not None
    assert fetched.trouble.passing
    assert "there is no such folder" in str(fetched.trouble)


@pytest.mark.parametrize("moment", ["Memory.write", "rename"])
def test_a_fetch_that_was_killed_while_it_put_a_delivery_there_is_made_good(
    home: Home, drop: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    put(drop, "a_202610.csv", b"one")
    fetch(from_="folder", path=str(drop))
    put(home.inbox / HEALTH / "2026-10", "by hand.csv", b"hand")
    put(drop, "a_202610.csv", b"two")

    class Killed(BaseException):
        pass

    with monkeypatch.context() as patched:
        if moment == "rename":
            renaming = Path.rename

            def rename(self: Path, target: Path) -> Path:
                if home.inbox in Path(target).parents:
                    raise Killed
                return renaming(self, target)

            patched.setattr(Path, "rename", rename)
        else:
            patched.setattr(remembering.Memory, "write", lambda _: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            fetch(from_="folder", path=str(drop))

    fetch(from_="folder", path=str(drop))

    assert inbox(home) == {f"{HEALTH}/2026-10/a_202610.csv": b"two", f"{HEALTH}/2026-10/by hand.csv": b"hand"}
    assert [path.name for path in home.fetching.iterdir() if "2026-10" in path.name] == []


def test_a_memory_that_is_damaged_only_costs_time(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "a_202610.csv", b"one")
    fetch(from_="folder", path=str(drop))
    (home.fetching / "health.dinkes_balita.json").write_text('{"files": ')

    assert fetch(from_="folder", path=str(drop)).trouble is None
    assert inbox(home) == {f"{HEALTH}/2026-10/a_202610.csv": b"one"}
