"""A delivery appears in the inbox whole: its folder is made aside and takes the place of the one before it at once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.database import fsync_file, fsync_folder
from warehouse.lock import held
from warehouse.settings import Home

_OLD = ".replaced"


@contextmanager
def inbox_held(home: Home) -> Iterator[None]:
    """Hold the inbox: nobody else puts deliveries into it or runs on it meanwhile.

    Raises `HomeBusy` at once when somebody does. A process that is killed lets go of it.
    """
    home.fetching.mkdir(parents=True, exist_ok=True)
    busy = f"Another run or fetch is using the inbox of {home.path}. Wait until it ends, and try again."
    with held(home.fetching / ".lock", busy):
        yield


def add(file: Path, folder: Path, name: str) -> None:
    """Put a file whose bytes are on disk into a folder being made, as a second name of them where that can be."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)
        fsync_file(target)


def place(made: Path, target: Path, before: set[str]) -> None:
    """Let a folder that was made take the place of a delivery's folder.

    `before` are the names that were fetched into it earlier and go with it; whatever else lies there was put there by
    hand and stays. The bytes of every file must be on disk already. Killed at any moment, either the old or the new
    folder is there, or `put_back` gives the old one.
    """
    for file in target.rglob("*") if target.is_dir() else ():
        name = file.relative_to(target).as_posix()
        if file.is_file() and not file.is_symlink() and name not in before and not (made / name).exists():
            add(file, made, name)
    for folder, _, _ in os.walk(made):
        fsync_folder(Path(folder))
    target.parent.mkdir(parents=True, exist_ok=True)
    old = made.with_name(made.name + _OLD)
    if target.exists():
        target.rename(old)
    made.rename(target)
    fsync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def put_back(made: Path, target: Path) -> None:
    """Clear away what a killed `place` left: put the old folder back if the new one had not taken its place yet."""
    old = made.with_name(made.name + _OLD)
    if old.is_dir():
        if target.exists():
            shutil.rmtree(old)
        else:
            old.rename(target)
    shutil.rmtree(made, ignore_errors=True)
