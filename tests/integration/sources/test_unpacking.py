"""Archives: what is in them comes out, and what would do harm does not."""

import gzip
import io
import stat
import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pytest
import pyzipper
from hypothesis import given
from hypothesis import strategies as st
from source_servers import Fetch, put

from integration.sources.local_names import NameTakenError, TakenNames
from integration.sources.places import Folder, Source
from integration.sources.placing import FETCHED
from integration.sources.unpacking import UnusableArchiveError, unpack
from warehouse.settings import Home

ZIPCRYPTO = bytes.fromhex(
    "504b0304140001000000000021006c883765100000000400000005000000782e6373763e5d617d52b68cd996f5f7db9f"
    "edd072504b01021400140001000000000021006c88376510000000040000000500000000000000000000000000000000"
    "00782e637376504b0506000000000100010033000000330000000000"
)
"""`x.csv` with `isi`, locked with `rahasia` as zip programs did before AES."""


def zipped(members: dict[str, bytes], password: str | None = None) -> bytes:
    file = io.BytesIO()
    with pyzipper.AESZipFile(file, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        if password:
            archive.setencryption(pyzipper.WZ_AES)
            archive.setpassword(password.encode())
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def inbox(home: Home) -> dict[str, bytes]:
    folder = home.inbox / "health/dinkes_balita"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != FETCHED
    }


def test_zip_and_gzip_become_the_files_in_them(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "balita_202610.zip", zipped({"kec a/balita.csv": b"one", "__MACOSX/._x": b"", ".DS_Store": b""}))
    put(drop, "balita_202609.csv.gz", gzip.compress(b"two"))

    assert fetch(from_="folder", path=str(drop)).months == ["2026-09", "2026-10"]
    assert inbox(home) == {"2026-10/balita_202610/kec a/balita.csv": b"one", "2026-09/balita_202609.csv": b"two"}
    assert fetch(from_="folder", path=str(drop)).months == []


def test_a_newer_archive_takes_the_place_of_what_was_in_the_older(home: Home, drop: Path, fetch: Fetch) -> None:
    put(drop, "balita_202610.zip", zipped({"a.csv": b"one", "b.csv": b"one"}))
    fetch(from_="folder", path=str(drop))
    put(drop, "balita_202610.zip", zipped({"b.csv": b"two"}))
    fetch(from_="folder", path=str(drop))

    assert inbox(home) == {"2026-10/balita_202610/b.csv": b"two"}


def test_a_password_opens_an_archive(home: Home, drop: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    put(drop, "balita_202610.zip", zipped({"balita.csv": b"one"}, password="rahasia"))
    assert "locked with a password" in fetch(from_="folder", path=str(drop)).refused[0]

    declared = {"from_": "folder", "path": str(drop), "zip_password_env": "ZIP_PASSWORD"}
    monkeypatch.setenv("ZIP_PASSWORD", "wrong")
    assert "the password in ZIP_PASSWORD does not open it" in fetch(**declared).refused[0]

    monkeypatch.setenv("ZIP_PASSWORD", "rahasia")
    assert fetch(**declared).months == ["2026-10"]
    assert inbox(home) == {"2026-10/balita_202610/balita.csv": b"one"}


def test_the_old_way_of_locking_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZIP_PASSWORD", "rahasia")
    archive = put(tmp_path, "x.zip", ZIPCRYPTO)

    (path,) = unpack(
        source(zip_password_env="ZIP_PASSWORD"), archive, PurePosixPath("x.zip"), tmp_path / "out", TakenNames()
    )

    assert (tmp_path / "out" / path).read_bytes() == b"isi\n"


@pytest.mark.parametrize(
    "name", ["../x.csv", "a/../../x.csv", "/etc/x.csv", "..\\x.csv", "C:\\x.csv", "C:/x.csv", "\\\\host\\x.csv"]
)
def test_a_name_that_leads_out_is_refused(home: Home, drop: Path, fetch: Fetch, name: str) -> None:
    put(drop, "balita_202610.zip", zipped({"good.csv": b"good", name: b"bad"}))

    fetched = fetch(from_="folder", path=str(drop))

    assert "leads out of its folder" in fetched.refused[0]
    assert not home.inbox.exists()
    assert not list(home.path.rglob("x.csv"))


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (("x.csv", "./x.csv"), "two files in balita_202610.zip would lie at balita_202610/x.csv"),
        (("x.csv", "x.csv/y.csv"), "two files in balita_202610.zip would lie at balita_202610/x.csv/y.csv"),
        (("/".join(["kec"] * 400) + ".csv",), "a path in it is longer than 1,000 bytes"),
    ],
)
def test_names_that_cannot_be_kept_are_refused_and_another_month_is_none_the_worse(
    home: Home, drop: Path, fetch: Fetch, members: tuple[str, ...], words: str
) -> None:
    put(drop, "balita_202610.zip", zipped(dict.fromkeys(members, b"one")))
    put(drop, "balita_202611.csv", b"two")

    fetched = fetch(from_="folder", path=str(drop))

    assert fetched.trouble is None
    assert words in fetched.refused[0]
    assert inbox(home) == {"2026-11/balita_202611.csv": b"two"}


def test_links_archives_in_archives_and_damage_are_refused(drop: Path, fetch: Fetch) -> None:
    linked = io.BytesIO()
    with zipfile.ZipFile(linked, "w") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    put(drop, "a_202601.zip", linked.getvalue())
    put(drop, "a_202602.zip", zipped({"inner.zip": zipped({"x.csv": b"x"})}))
    put(drop, "a_202603.zip", zipped({"x.csv": b"x" * 1000})[:-40])
    put(drop, "a_202604.csv.gz", gzip.compress(b"x" * 1000)[:-10])
    put(drop, "a_202605.zip", b"no archive")

    fetched = fetch(from_="folder", path=str(drop))

    assert fetched.months == []
    said = ["a link is in it", "another archive is in it", "damaged", "damaged", "damaged"]
    assert [words in text for words, text in zip(said, fetched.refused, strict=True)] == [True] * 5


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_bomb_is_refused(tmp_path: Path, kind: str) -> None:
    zeros = bytes(150_000_000)
    packed = zipped({"x.csv": zeros}) if kind == "zip" else gzip.compress(zeros, 9)
    archive = put(tmp_path, f"x.csv.{kind}", packed)

    with pytest.raises(UnusableArchiveError, match="as a bomb does"):
        unpack(source(), archive, PurePosixPath(archive.name), tmp_path / "out", TakenNames())
    with pytest.raises(UnusableArchiveError, match=r"more than 0\.001 GB"):
        unpack(source(largest_gb=0.001), archive, PurePosixPath(archive.name), tmp_path / "again", TakenNames())


@given(content=st.binary(max_size=300), where=st.integers(0, 400), damage=st.binary(min_size=1, max_size=20))
def test_damage_anywhere_gives_a_sentence_or_files(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, where: int, damage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    packed = bytearray(zipped({"a/x.csv": content, "y.csv": content}))
    packed[where : where + len(damage)] = damage
    archive = put(folder, "x.zip", bytes(packed))

    with suppress(UnusableArchiveError, NameTakenError):
        unpack(source(), archive, PurePosixPath("x.zip"), folder / "out", TakenNames())
    assert set(folder.iterdir()) <= {archive, folder / "out"}


def source(**more: object) -> Source:
    return Source("health", "dinkes_balita", "35.09", Folder(Path("/nowhere")), **more)  # type: ignore[arg-type]
