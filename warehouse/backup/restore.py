"""Making a home of a backup: into an empty place, every file compared with its hash."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from warehouse.backup.manifest import FILES, Kept, Manifest, NoBackup, backups, is_whole, read_manifest
from warehouse.database import home_error
from warehouse.durable import fsync_folder
from warehouse.progress import Progress, Say, silent
from warehouse.settings import Home
from warehouse.snapshots.encryption import decrypt_file
from warehouse.upgrade.layout import LAYOUT, RESTORING

_NOT_UNDONE = ("erasures.jsonl", "keys/erasure.key", "keys/retired/erasure.*.key")
"""Patterns of the files that come from the newest backup, whichever is restored: who was erased since stays erased."""


@dataclass(frozen=True)
class _Source:
    """Where a file of the home comes from: what lies in a backup, and whether that is encrypted."""

    stored: Path
    kept: Kept
    encrypted: bool


@dataclass(frozen=True)
class Restored:
    """What was restored: the backup, how many files of how many bytes, and until when erasures are known (UTC)."""

    backup: Path
    files: int
    size: int
    erasures_until: str


def restore(source: Path, home: Home, *, identity: Path | None = None, say: Say = silent) -> Restored:
    """Make a home of a backup, or of the newest one in a folder of backups, and give what was restored.

    `home` must be empty or not be there. Every file is compared with its hash before and after it is copied. Until all
    are there the home says so, and nothing runs on it; calling again begins anew. Who was erased is known as the newest
    whole backup beside it knows. Raises `NoBackup` with what is wrong with the backup or the place, and `HomeError`
    where the home cannot be written.
    """
    backup = _chosen(source)
    manifest = read_manifest(backup)
    _refuse(backup, manifest, home, identity)
    newest, known = _newest_beside(backup, manifest, identity)
    files = {name: one for name, one in _sources(backup, manifest).items() if not _is_not_undone(name)}
    files |= {name: one for name, one in _sources(newest, known).items() if _is_not_undone(name)}
    marker = home.path / RESTORING
    try:
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.path.chmod(0o700)
        if marker.exists():
            _empty(home, marker)
        marker.touch(mode=0o600)
        fsync_folder(home.path)
        _fill(files, manifest, home, identity, say)
        marker.unlink()
        fsync_folder(home.path)
    except OSError as error:
        raise home_error(home, error) from error
    return Restored(backup, len(files), sum(one.kept.size for one in files.values()), known.made_at)


def _sources(backup: Path, manifest: Manifest) -> dict[str, _Source]:
    encrypted = bool(manifest.encrypted_to)
    return {name: _Source(manifest.stored(backup, name), one, encrypted) for name, one in manifest.files.items()}


def _chosen(source: Path) -> Path:
    if (source / FILES).is_dir():
        return source
    found = backups(source)
    if not found:
        raise NoBackup(f"{source} is no backup and holds none. Name the folder that was given to `./padan backup`.")
    return found[0]


def _newest_beside(backup: Path, manifest: Manifest, identity: Path | None) -> tuple[Path, Manifest]:
    """Give the newest backup of the same home beside it of which what must not be undone is whole and can be opened."""
    for other in backups(backup.parent):
        if other == backup:
            break
        with suppress(NoBackup):
            said = read_manifest(other)
            if not (_keys(manifest) & _keys(said)) or (said.encrypted_to and identity is None):
                continue
            needed = [one for name, one in _sources(other, said).items() if _is_not_undone(name)]
            if all(is_whole(one.stored, one.kept) for one in needed):
                return other, said
    return backup, manifest


def _keys(manifest: Manifest) -> set[str]:
    """Give the hashes of the keys, retired ones too: two homes never share one."""
    return {one.sha256 for name, one in manifest.files.items() if fnmatchcase(name, "keys/*.key")}


def _is_not_undone(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _NOT_UNDONE)


def _refuse(backup: Path, manifest: Manifest, home: Home, identity: Path | None) -> None:
    """Raise `NoBackup` for what can be known before anything is written."""
    begun = (home.path / RESTORING).exists()
    if home.path.exists() and not begun and _holds_anything(home.path):
        raise NoBackup(
            f"{home.path} is not empty, and a restore overwrites nothing. Name another folder with --home, or move "
            "what is there away first."
        )
    if manifest.layout > LAYOUT:
        raise NoBackup(
            f"{backup} is of a home that Padan {manifest.padan} wrote, which is newer than this one. Use that Padan."
        )
    if manifest.encrypted_to and identity is None:
        raise NoBackup(f"{backup} is encrypted to {manifest.encrypted_to}. Give the file of its key with --identity.")
    outside = [
        name
        for name in (*manifest.files, *manifest.links, *manifest.folders)
        if Path(name).is_absolute() or ".." in Path(name).parts
    ]
    outside += [name for name, to in manifest.links.items() if Path(to).is_absolute() or ".." in Path(to).parts]
    if outside:
        raise NoBackup(f"{backup} names files outside of a home ({len(outside)}): it was tampered with. Take another.")
    damaged = [name for name, one in manifest.files.items() if not is_whole(manifest.stored(backup, name), one)]
    if damaged:
        raise NoBackup(
            f"{backup} is damaged: {len(damaged)} files are missing or not what was backed up, the first of them "
            f"{damaged[0]}. Nothing was restored; take an older backup."
        )


def _holds_anything(path: Path) -> bool:
    """Say whether anything but empty folders is there, such as an installation makes before anybody restores."""
    return not path.is_dir() or any(one.is_symlink() or not one.is_dir() for one in path.rglob("*"))


def _empty(home: Home, marker: Path) -> None:
    """Take away what a restore that was broken off had restored; the marker goes last."""
    for path in home.path.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != marker:
            path.unlink()


def _fill(files: Mapping[str, _Source], manifest: Manifest, home: Home, identity: Path | None, say: Say) -> None:
    for name in sorted(manifest.folders):
        (home.path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    progress = Progress("restore", say)
    for done, (name, source) in enumerate(files.items(), start=1):
        target = home.path / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if source.encrypted and identity is not None:
            decrypt_file(source.stored, identity, target)
        else:
            shutil.copyfile(source.stored, target)
        with target.open("rb") as file:
            restored = hashlib.file_digest(file, "sha256").hexdigest()
        if restored != source.kept.sha256:
            raise NoBackup(f"{source.stored} is not what was backed up: it, or the disk of {home.path}, is damaged.")
        target.chmod(source.kept.mode)
        os.utime(target, ns=(source.kept.mtime_ns, source.kept.mtime_ns))
        progress(done, len(files))
    for name, to in manifest.links.items():
        (home.path / name).symlink_to(to)
    os.sync()
