"""A backup is whole or not there, shares what did not change, and gives the same home back or a sentence."""

import shutil
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from at_the_terminal import NightRun

from integration.examination import examine
from warehouse.backup import NoBackup, back_up, restore
from warehouse.backup.manifest import FILES, MANIFEST, read_manifest
from warehouse.database import writer
from warehouse.digest import file_sha256
from warehouse.errors import HomeError
from warehouse.settings import Home

LEFT_OUT = {"temporary", "fetching", "dagster", ".operator", ".operator-run"}


def contents(home: Home) -> dict[str, str]:
    """Give every file by its hash and every link by what it points to, with the modes."""
    found = {}
    for path in sorted(home.path.rglob("*")):
        name = str(path.relative_to(home.path))
        if name.split("/")[0] not in LEFT_OUT:
            said = str(path.readlink()) if path.is_symlink() else file_sha256(path) if path.is_file() else "folder"
            found[name] = f"{said} {path.lstat().st_mode & 0o777:o}"
    return found


@pytest.fixture(scope="module")
def home(night_run: NightRun, tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = night_run.copy(tmp_path_factory.mktemp("backed_up") / "home")
    made.path.chmod(0o700)
    made.policy.chmod(0o600)
    return made


@pytest.fixture(scope="module")
def kept(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("backups")
    back_up(home, to)
    return to


def test_what_was_backed_up_comes_back(home: Home, kept: Path, tmp_path: Path) -> None:
    restored = Home(tmp_path / "restored")

    restore(kept, restored)

    assert contents(restored) == contents(home)
    assert [one.says for one in examine(restored) if one.state == "broken"] == []


def test_a_second_backup_shares_what_did_not_change(home: Home, kept: Path) -> None:
    home.policy.write_text(home.policy.read_text() + "# changed\n")

    made = back_up(home, kept, keep=2)

    assert made.written == home.policy.stat().st_size
    first, second = sorted(kept.glob("[0-9]*"))
    database = f"{FILES}/warehouse.duckdb"
    assert (first / database).samefile(second / database)
    back_up(home, kept, keep=2)
    assert sorted(kept.glob("[0-9]*"))[0] == second


@pytest.fixture
def small(tmp_path: Path) -> Home:
    """Give a home of one file."""
    made = Home(tmp_path / "small")
    made.path.mkdir(mode=0o700)
    made.policy.parent.mkdir(parents=True, exist_ok=True)
    made.policy.write_text("as it was")
    return made


def test_what_a_disk_damaged_in_a_backup_is_not_handed_on(small: Home, tmp_path: Path) -> None:
    to = tmp_path / "backups"
    first = back_up(small, to)
    (stored,) = [path for path in first.folder.rglob(small.policy.name) if path.is_file()]
    stored.chmod(0o600)
    stored.write_text("as it is!")

    back_up(small, to)

    restored = Home(tmp_path / "restored")
    restore(to, restored)
    assert (restored.path / small.policy.relative_to(small.path)).read_text() == "as it was"


def test_a_backup_that_cannot_be_read_is_told_and_shared_with_no_more(small: Home, tmp_path: Path) -> None:
    to = tmp_path / "backups"
    (back_up(small, to).folder / "manifest.json").write_text("{")
    said: list[str] = []

    back_up(small, to, say=said.append)

    assert "is no whole backup" in said[0]
    restore(to, Home(tmp_path / "restored"))


def test_the_backup_just_made_stays_whatever_the_clock_said_before(small: Home, tmp_path: Path) -> None:
    to = tmp_path / "backups"
    old = back_up(small, to).folder
    old.rename(old.with_name("2131-01-01T000000.000000Z"))

    made = back_up(small, to, keep=1)

    assert [path.name for path in to.glob("[0-9]*")] == [made.folder.name]


def test_a_home_may_be_restored_among_the_folders_of_an_installation(small: Home, tmp_path: Path) -> None:
    back_up(small, tmp_path / "backups")
    (tmp_path / "installed" / "dagster").mkdir(parents=True)

    restore(tmp_path / "backups", Home(tmp_path / "installed"))

    assert contents(Home(tmp_path / "installed")) == contents(small)


def test_a_home_is_only_restored_into_an_empty_place(home: Home, kept: Path) -> None:
    before = contents(home)

    with pytest.raises(NoBackup, match="is not empty"):
        restore(kept, home)

    assert contents(home) == before


@pytest.mark.parametrize("damage", [b"other bytes", None])
def test_a_damaged_backup_restores_nothing(kept: Path, tmp_path: Path, damage: bytes | None) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(sorted(kept.glob("[0-9]*"))[-1], backup, symlinks=True)
    key = backup / FILES / "keys" / "person.key"
    key.unlink()
    if damage:
        key.write_bytes(damage)

    with pytest.raises(NoBackup, match=r"damaged: 1 files .* keys/person\.key"):
        restore(backup, Home(tmp_path / "restored"))

    assert not (tmp_path / "restored").exists()


def test_a_backup_that_leads_out_of_the_home_is_refused(kept: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    shutil.copytree(sorted(kept.glob("[0-9]*"))[-1], backup, symlinks=True)
    manifest = backup / MANIFEST
    manifest.write_text(manifest.read_text().replace('"keys/person.key"', '"../person.key"'))

    with pytest.raises(NoBackup, match="outside of a home"):
        restore(backup, Home(tmp_path / "restored"))


def test_a_restore_that_was_broken_off_is_no_home_and_begins_anew(kept: Path, home: Home, tmp_path: Path) -> None:
    half = Home(tmp_path / "half")
    half.path.mkdir()
    (half.path / ".restoring").touch()
    (half.path / "landing").mkdir()
    (half.path / "landing" / "left").write_bytes(b"of the first try")

    with pytest.raises(HomeError, match="broken off"), writer(half):
        pass
    restore(kept, half)

    assert contents(half) == contents(home)


def test_no_run_begins_while_the_home_is_copied(home: Home, tmp_path: Path) -> None:
    begin = f"import duckdb; duckdb.connect({str(home.database)!r})"
    tried = []

    def when_the_database_is_copied(_done: int, _total: int) -> None:
        if not tried and list(tmp_path.glob("*/*/*/warehouse.duckdb")):
            tried.append(subprocess.run([sys.executable, "-c", begin], capture_output=True, text=True, check=False))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.backup.backup.Progress", lambda *_: when_the_database_is_copied)
        back_up(home, tmp_path / "backups")

    assert "Could not set lock" in tried[0].stderr


def test_an_encrypted_backup_opens_with_its_key_alone(kept: Path, home: Home, tmp_path: Path) -> None:
    small = Home(tmp_path / "small")
    for name in ("keys", "access_log"):
        shutil.copytree(home.path / name, small.path / name)
    secret, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    for name, identity in (("key", secret), ("other", other)):
        (tmp_path / name).write_text(str(identity))

    made = back_up(small, tmp_path / "to", encrypt_to=str(secret.to_public()))
    again = back_up(small, tmp_path / "to", encrypt_to=str(secret.to_public()))

    clear = {path.read_bytes() for path in small.keys.iterdir()}
    assert not clear & {path.read_bytes() for path in made.folder.rglob("*") if path.is_file()}
    assert again.written == 0
    assert read_manifest(again.folder).encrypted_to
    with pytest.raises(NoBackup, match="--identity"):
        restore(made.folder, Home(tmp_path / "without"))
    restore(made.folder, Home(tmp_path / "with"), identity=tmp_path / "key")
    assert contents(Home(tmp_path / "with")) == contents(small)


@pytest.mark.parametrize("words", ["is no public key", "lies in the home itself"])
def test_what_cannot_be_used_is_a_sentence(home: Home, tmp_path: Path, words: str) -> None:
    to, key = (tmp_path, "age1nonsense") if "key" in words else (home.path / "backups", "")

    with pytest.raises(NoBackup, match=words):
        back_up(home, to, encrypt_to=key)
