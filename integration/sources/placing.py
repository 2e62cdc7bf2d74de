"""A delivery appears in the inbox whole: its folder is made aside and takes the place of the one before it at once."""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from integration.intake.manifest import PERIOD
from integration.reading.shown_names import shown_path
from warehouse.durable import fsync_file, fsync_folder
from warehouse.lock import held
from warehouse.settings import Home
from warehouse.whole_file import whole_file

FETCHED = ".fetched"
"""The hidden file in a month's folder of the inbox that lists what was fetched into it."""
_OLD = ".replaced"
_NO_SECOND_NAME = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS)
"""Why a file may have no second name: another disk, a file system that knows none, or one that allows no more."""


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
    """Put a file whose bytes are on disk into a folder being made, as a second name of them where that can be.

    Nothing may lie there under that name: a second name leads to the bytes of the first.
    """
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError as error:
        if error.errno not in _NO_SECOND_NAME:
            raise
        shutil.copyfile(file, target)
        fsync_file(target)


def place(made: Path, target: Path, names: Iterable[str], before: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Let a folder that was made take the place of a delivery's folder; gives a sentence on what had to give way.

    `names` are those of the files in it. What was fetched into the old folder goes with it: that folder says what that
    is, and `before` what is remembered of it. Whatever else lies there was put there by hand and stays, unless a
    fetched file has its name. The bytes of every file must be on disk already. Killed at any moment, either the old or
    the new folder is there, or `put_back_all` gives the old one.
    """
    fetched = {name for one in before.values() for name in one["names"]} | _fetched_into(target)
    gave_way = []
    for file in target.rglob("*") if target.is_dir() else ():
        name = file.relative_to(target).as_posix()
        if name == FETCHED or name in fetched or file.is_symlink() or not file.is_file():
            continue
        if _is_taken(made, PurePosixPath(name)):
            gave_way.append(f"{shown_path(name)}: it was put into the inbox by hand and gives way to what was fetched.")
        else:
            add(file, made, name)
    whole_file(made / FETCHED, json.dumps(sorted(names)))
    for folder, _, _ in os.walk(made):
        fsync_folder(Path(folder))
    target.parent.mkdir(parents=True, exist_ok=True)
    old = made.with_name(made.name + _OLD)
    if target.exists():
        target.rename(old)
    made.rename(target)
    fsync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)
    return gave_way


def put_back_all(downloads: Path, inbox: Path) -> None:
    """Clear away whatever a killed fetch of a source left beside its `downloads`; `inbox` has its months."""
    for left in list(downloads.parent.glob(f"{downloads.name}.*")):
        month = left.name.removeprefix(f"{downloads.name}.").removesuffix(_OLD)
        if PERIOD.match(month) and left.is_dir():
            _put_back(left.with_name(f"{downloads.name}.{month}"), inbox / month)
        elif PERIOD.match(month.removesuffix(".part")):
            left.unlink(missing_ok=True)


def _put_back(made: Path, target: Path) -> None:
    """Clear away what a killed `place` left: put the old folder back if the new one had not taken its place yet."""
    old = made.with_name(made.name + _OLD)
    if old.is_dir():
        if target.exists():
            shutil.rmtree(old)
        else:
            old.rename(target)
    shutil.rmtree(made, ignore_errors=True)


def _fetched_into(target: Path) -> set[str]:
    """Give the names that a folder of the inbox itself says were fetched into it; none where it does not say."""
    with suppress(OSError, ValueError):
        held = json.loads((target / FETCHED).read_text(encoding="utf-8"))
        return set(map(str, held)) if isinstance(held, list) else set()
    return set()


def _is_taken(made: Path, name: PurePosixPath) -> bool:
    return (made / name).exists() or any((made / folder).is_file() for folder in name.parents)
