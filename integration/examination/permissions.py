"""A home is its owner's alone: it holds NIKs, health and poverty."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from integration.examination.finding import Examined, Finding, Repair, named
from warehouse.settings import Home

_ABOUT = "permissions"
_OF_FOLDERS = 0o077
_OF_FILES = 0o027
"""A file that was sealed may be read by the group, which no folder lets in."""


def examine_permissions(examined: Examined) -> list[Finding]:
    """Find folders that let others in, files that others may read or a group may change, and other owners' files."""
    home = examined.home
    open_ones = [
        path for path in _all(home) if path.suffix != ".key" and _is_open(path)
    ]  # keys are told of by themselves
    strangers = [path for path in _all(home) if path.lstat().st_uid != os.geteuid()]
    found = []
    if open_ones:
        names = named([_name(home, path) for path in open_ones])
        says = f"{len(open_ones)} can be read or changed by others than the owner of the home ({names})"
        done = f"{len(open_ones)} files and folders are their owner's alone again"
        found.append(
            Finding(_ABOUT, "broken", f"{says}; --repair takes that away.", Repair(done, lambda: _close(open_ones)))
        )
    if strangers:
        names = named([_name(home, path) for path in strangers])
        says = f"{len(strangers)} belong to another user than the one who asks ({names})"
        found.append(Finding(_ABOUT, "told", f"{says}: one user runs everything of a home; `chown -R` it to that one."))
    return found or [Finding(_ABOUT, "ok", "everything is its owner's alone.")]


def _all(home: Home) -> Iterator[Path]:
    yield home.path
    for folder, folders, files in os.walk(home.path):
        yield from (Path(folder, name) for name in (*folders, *files))


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:  # a run that goes on removed it
        return False
    return not stat.S_ISLNK(mode) and bool(mode & (_OF_FOLDERS if stat.S_ISDIR(mode) else _OF_FILES))


def _close(paths: list[Path]) -> None:
    for path in paths:
        if not path.is_symlink():
            forbidden = _OF_FOLDERS if path.is_dir() else _OF_FILES
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~forbidden)


def _name(home: Home, path: Path) -> str:
    return str(path.relative_to(home.path)) if path != home.path else "the home itself"
