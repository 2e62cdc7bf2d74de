"""Taking snapshots away: old versions, and all of a unit to which nobody is entitled any more."""

import datetime as dt
import shutil
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path

from warehouse.durable import fsync_folder
from warehouse.entitlements import Unit
from warehouse.settings import Home
from warehouse.snapshots.layout import BUILD, POINTER, unit_folder
from warehouse.snapshots.reading import standing_snapshots

KEPT = 2
"""Versions of a unit that are kept: the one in force and the one before."""
GRACE = dt.timedelta(hours=1)
"""How long a version stays after another took its place, for a reader who found it just before."""


def remove_old_snapshots(home: Home, unit: Unit) -> int:
    """Remove the versions of a unit that are neither kept nor replaced just now; give how many."""
    folder = unit_folder(home, unit)
    in_force = (folder / POINTER).resolve()
    limit = dt.datetime.now(dt.UTC) - GRACE
    newest_first = standing_snapshots(home, unit)
    removed = 0
    for successor, one in pairwise(newest_first):
        replaced_at = dt.datetime.fromisoformat(successor.facts["made_at"])
        if one in newest_first[:KEPT] or one.folder == in_force or replaced_at > limit:
            continue
        shutil.rmtree(one.folder)
        removed += 1
    return removed


def withdraw(home: Home, entitled: Collection[Unit]) -> list[str]:
    """Remove every unit that is not `entitled`, its pointer first; give their names."""
    wanted = {unit_folder(home, unit) for unit in entitled}
    withdrawn = []
    for folder in sorted(path for path in home.agencies.glob("*/*") if path.is_dir() and path not in wanted):
        (folder / POINTER).unlink(missing_ok=True)
        fsync_folder(folder)
        shutil.rmtree(folder)
        withdrawn.append(f"{folder.parent.name}/{folder.name}")
    return withdrawn


def sweep(folder: Path) -> None:
    """Remove what a killed build left unfinished in the folder of a unit."""
    for left in folder.glob(f"{BUILD}*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
