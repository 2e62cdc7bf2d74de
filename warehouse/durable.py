"""What a power cut must not undo: files, folders and links that have reached the disk."""

import os
from pathlib import Path


def fsync_file(path: os.PathLike[str]) -> None:
    """Make what was written into a file survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_folder(path: os.PathLike[str]) -> None:
    """Make a rename inside a folder survive a power cut."""
    fsync_file(path)


def swing_link(link: Path, target: str, aside: str) -> None:
    """Point a symbolic link elsewhere in one step that survives a power cut; `aside` names it until then."""
    fresh = link.with_name(aside)
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    fsync_folder(link.parent)


def seal_folder(folder: Path) -> None:
    """Make every file of a finished folder survive a power cut and changeable by nobody."""
    for path in folder.iterdir():
        fsync_file(path)
        path.chmod(0o440)
    fsync_folder(folder)
