"""Making a home of a backup: into an empty place, every file compared with its hash."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from warehouse.backup.manifest import FILES, Manifest, NoBackup, backups, is_whole, read_manifest
from warehouse.database import home_error
from warehouse.durable import fsync_folder
from warehouse.progress import Progress, Say, silent
from warehouse.settings import Home
from warehouse.snapshots.encryption import decrypt_file
from warehouse.upgrade.layout import LAYOUT, RESTORING


@dataclass(frozen=True)
class Restored:
    """What was restored: the backup, and how many files of how many bytes."""

    backup: Path
    files: int
    size: int


def restore(source: Path, home: Home, *, identity: Path | None = None, say: Say = silent) -> Restored:
    """Make a home of a backup, or of the newest one in a folder of backups, and give what was restored.

    `home` must be empty or not be there. Every file is compared with its hash before and after it is copied. Until all
    are there the home says so, and nothing runs on it; calling again begins anew. Raises `NoBackup` with what is wrong
    with the backup or the place, and `HomeError` where the home cannot be written.
    """
    backup = _chosen(source)
    manifest = read_manifest(backup)
    _refuse(backup, manifest, home, identity)
    marker = home.path / RESTORING
    try:
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.path.chmod(0o700)
        if marker.exists():
            _empty(home, marker)
        marker.touch(mode=0o600)
        fsync_folder(home.path)
        _fill(backup, manifest, home, identity, say)
        marker.unlink()
        fsync_folder(home.path)
    except OSError as error:
        raise home_error(home, error) from error
    return Restored(backup, len(manifest.files), sum(one.size for one in manifest.files.values()))


def _chosen(source: Path) -> Path:
    if (source / FILES).is_dir():
        return source
    found = backups(source)
    if not found:
        raise NoBackup(f"{source} is no backup and holds none. Name the folder that was given to `./padan backup`.")
    return found[0]


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


def _fill(backup: Path, manifest: Manifest, home: Home, identity: Path | None, say: Say) -> None:
    for name in sorted(manifest.folders):
        (home.path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    progress = Progress("restore", say)
    for done, (name, one) in enumerate(manifest.files.items(), start=1):
        target = home.path / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stored = manifest.stored(backup, name)
        if identity is None:
            shutil.copyfile(stored, target)
        else:
            decrypt_file(stored, identity, target)
        with target.open("rb") as file:
            restored = hashlib.file_digest(file, "sha256").hexdigest()
        if restored != one.sha256:
            raise NoBackup(f"{name} is not what was backed up: {backup} or the disk of {home.path} is damaged.")
        target.chmod(one.mode)
        os.utime(target, ns=(one.mtime_ns, one.mtime_ns))
        progress(done, len(manifest.files))
    for name, to in manifest.links.items():
        (home.path / name).symlink_to(to)
    os.sync()
