"""Backing a home up: a consistent copy, built aside, that shares what did not change with the backup before."""

import datetime as dt
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import pyrage

from warehouse.access_log.log import locked
from warehouse.backup.manifest import (
    FILES,
    MANIFEST,
    UNFINISHED,
    Kept,
    Manifest,
    NoBackup,
    backups,
    is_whole,
    read_manifest,
)
from warehouse.database import home_error, no_run
from warehouse.digest import file_sha256
from warehouse.durable import fsync_folder
from warehouse.errors import HomeBusy, HomeError
from warehouse.lock import held
from warehouse.progress import Progress, Say, silent
from warehouse.settings import Home
from warehouse.snapshots.encryption import Recipient, recipient_of
from warehouse.upgrade.layout import written_by

_LEFT_OUT = ("temporary", "fetching", "dagster")
"""What is made anew by itself; the run history is what the UI shows of past nights, no data."""
_BEGUN = (".build-", ".unfinished", ".operator")
"""What a name holds as long as the thing is not whole, or only somebody's hold on it."""
_BLOCK = 1024 * 1024
_NAMED = "%Y-%m-%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class BackedUp:
    """What was made: the folder, how many files of how many bytes, and how many bytes of them were written anew."""

    folder: Path
    files: int
    size: int
    written: int


def back_up(
    home: Home, to: Path, *, encrypt_to: str = "", keep: int | None = None, history: bool = False, say: Say = silent
) -> BackedUp:
    """Copy all of a home that cannot be made anew into a new folder of `to`, and give it.

    No run begins meanwhile. A file that is as it was in the newest backup of `to` is a second name of that. The folder
    gets its name when all is on disk; a kill leaves the backups before. `keep`: so many of the newest stay. `history`:
    Dagster's run history, too. Raises `HomeBusy` while a run goes on, `HomeError` where there is no home or no room,
    and `NoBackup` for a folder or a key that cannot be used.
    """
    if not home.path.is_dir() or not any(home.path.iterdir()):
        raise HomeError(f"There is no home to back up in {home.path}. Name another with --home.")
    if to.resolve().is_relative_to(home.path.resolve()):
        raise NoBackup(f"{to} lies in the home itself, and would be lost with it. Name a folder on another disk.")
    recipient = _recipient(encrypt_to)
    name = f"{dt.datetime.now(dt.UTC):{_NAMED}}"
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(to), ExitStack() as kept:
            build = to / f"{UNFINISHED}{name}"
            build.mkdir(mode=0o700)
            # Opened before, closed after: to close any handle on the file would let go of the lock that `no_run` holds.
            database = kept.enter_context(home.database.open("rb")) if home.database.exists() else None
            kept.enter_context(no_run(home))
            made = _copy(home, build, database, recipient, encrypt_to, _before(to, encrypt_to, say), history, say)
            build.rename(to / name)
            fsync_folder(to)
            older = [one for one in backups(to) if one.name != name]  # by a clock that was ahead perhaps "newer"
            for old in older[keep - 1 :] if keep else []:
                _remove(old)
    except HomeBusy:
        raise
    except OSError as error:
        if error.filename and Path(str(error.filename)).is_relative_to(home.path):
            raise home_error(home, error) from error
        raise NoBackup(f"{to} could not be written ({error.strerror}). What was backed up before stands.") from error
    return BackedUp(to / name, *made)


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Keep a second backup out of the folder, and sweep what an earlier one left unfinished."""
    with held(to / ".lock", f"Another backup is being written to {to}. Wait until it ends."):
        try:
            for left in to.glob(f"{UNFINISHED}*"):
                shutil.rmtree(left)
            yield
        finally:
            for left in to.glob(f"{UNFINISHED}*"):
                shutil.rmtree(left, ignore_errors=True)


def _recipient(encrypt_to: str) -> Recipient | None:
    try:
        return recipient_of(encrypt_to) if encrypt_to else None
    except ValueError as error:
        raise NoBackup(
            f"{encrypt_to!r} is no public key to encrypt to; it must be one of age (age1…, `age-keygen` makes one), or "
            "a public SSH key of the kinds that age reads."
        ) from error


def _before(to: Path, encrypt_to: str, say: Say) -> tuple[Path, Manifest] | None:
    """Give the newest backup, to share files with; None where there is none that was encrypted in the same way."""
    for backup in backups(to):
        try:
            manifest = read_manifest(backup)
        except NoBackup as damaged:
            say(f"{damaged} Nothing is shared with it.")
            continue
        return (backup, manifest) if manifest.encrypted_to == encrypt_to else None
    return None


def _copy(
    home: Home,
    build: Path,
    database: BufferedReader | None,
    recipient: Recipient | None,
    encrypt_to: str,
    before: tuple[Path, Manifest] | None,
    history: bool,
    say: Say,
) -> tuple[int, int, int]:
    """Copy every file and link, write the manifest; give files, bytes, and bytes written anew."""
    note = written_by(home)
    made_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    manifest = Manifest(made_at, note.layout, note.padan, encrypt_to)
    found = list(_found(home, history))
    progress = Progress("backup", say)
    written = 0
    for done, path in enumerate(found, start=1):
        name = str(path.relative_to(home.path))
        if path.is_symlink():
            manifest.links[name] = str(path.readlink())
        elif path.is_dir():
            manifest.folders.append(name)
            (build / FILES / name).mkdir(mode=0o700, parents=True)
        else:
            target = manifest.stored(build, name)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = database if path == home.database else None
            # The access log goes on meanwhile, but not within a line that is being copied.
            with locked(home) if path.parent == home.access_log else nullcontext():
                kept, is_new = _keep(path, name, target, opened, recipient, before)
            manifest.files[name] = kept
            written += kept.size if is_new else 0
        progress(done, len(found))
    manifest.write(build / MANIFEST)
    os.sync()  # once for all of it: file by file takes a minute for the snapshots of a kabupaten
    return len(manifest.files), sum(one.size for one in manifest.files.values()), written


def _found(home: Home, history: bool) -> Iterator[Path]:
    """Give every folder, file and link that is kept, a folder before what is in it."""
    left_out = {home.path / name for name in _LEFT_OUT if not (history and name == "dagster")}
    for folder, folders, files in os.walk(home.path):
        folders[:] = sorted(one for one in folders if not _is_begun(one) and Path(folder, one) not in left_out)
        # In reverse, the head of the access log comes before its lines: a line more than the head knows of is no gap.
        yield from (Path(folder, one) for one in (*folders, *sorted(files, reverse=True)) if not _is_begun(one))


def _is_begun(name: str) -> bool:
    return any(mark in name for mark in _BEGUN)


def _keep(
    path: Path,
    name: str,
    target: Path,
    opened: BufferedReader | None,
    recipient: Recipient | None,
    before: tuple[Path, Manifest] | None,
) -> tuple[Kept, bool]:
    """Keep one file, as a second name of the one in the backup before where that is the same; say whether it is new."""
    said = path.stat()
    if before is not None and name in before[1].files:
        old = before[1].files[name]
        stored = before[1].stored(before[0], name)
        if old.size == said.st_size and _sha256(path, opened) == old.sha256 and is_whole(stored, old):
            os.link(stored, target)
            return Kept(old.size, old.sha256, stat.S_IMODE(said.st_mode), said.st_mtime_ns, old.stored_sha256), False
    clear = target if recipient is None else target.with_name(f"{target.name}.clear")
    sha256 = _copied(path, opened, clear)
    if recipient is not None:
        pyrage.encrypt_file(str(clear), str(target), [recipient])
        clear.unlink()
    target.chmod(0o400)
    stored_sha256 = sha256 if recipient is None else file_sha256(target)
    return Kept(said.st_size, sha256, stat.S_IMODE(said.st_mode), said.st_mtime_ns, stored_sha256), True


def _sha256(path: Path, opened: BufferedReader | None) -> str:
    if opened is None:
        return file_sha256(path)
    opened.seek(0)
    return hashlib.file_digest(opened, "sha256").hexdigest()


def _copied(path: Path, opened: BufferedReader | None, target: Path) -> str:
    """Copy a file's bytes and give their hash."""
    digest = hashlib.sha256()
    with ExitStack() as kept:
        source = opened or kept.enter_context(path.open("rb"))
        source.seek(0)
        copy = kept.enter_context(target.open("xb"))
        while block := source.read(_BLOCK):
            digest.update(block)
            copy.write(block)
    return digest.hexdigest()


def _remove(backup: Path) -> None:
    """Take a backup away in one step: half removed, it is unfinished and swept."""
    leaving = backup.with_name(f"{UNFINISHED}{backup.name}")
    backup.rename(leaving)
    shutil.rmtree(leaving)
