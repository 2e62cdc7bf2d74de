"""Finding the snapshot that a reader may open."""

import json
from pathlib import Path

from warehouse.entitlements import Unit
from warehouse.errors import NothingPublished
from warehouse.publication import Publication
from warehouse.settings import Home
from warehouse.snapshots.layout import BUILD, MANIFEST, POINTER, unit_folder


class StandingSnapshot(Publication):
    """A snapshot that stands: a publication cut for one unit; its version names that and the policy it was cut by."""


def current_snapshot(home: Home, unit: Unit) -> StandingSnapshot:
    """Give the snapshot of a unit that is in force; raises `NothingPublished`."""
    return _standing(home, unit, (unit_folder(home, unit) / POINTER).resolve())


def standing_snapshot(home: Home, unit: Unit, version: str) -> StandingSnapshot:
    """Give the snapshot of a unit of a version (or of the publication it was made from); raises `NothingPublished`."""
    for one in standing_snapshots(home, unit):
        if version in (one.version, one.facts["publication"]):
            return one
    there = ", ".join(one.version for one in standing_snapshots(home, unit)) or "none"
    raise NothingPublished(f"No snapshot {version} of {unit.name} stands. There are: {there}.")


def standing_snapshots(home: Home, unit: Unit) -> list[StandingSnapshot]:
    """Give the snapshots of a unit that stand, the newest first."""
    folders = [path for path in unit_folder(home, unit).glob("*") if path.is_dir() and not path.is_symlink()]
    return [
        StandingSnapshot(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        for folder in sorted(folders, reverse=True)
        if not folder.name.startswith(BUILD) and (folder / MANIFEST).is_file()
    ]


def _standing(home: Home, unit: Unit, folder: Path) -> StandingSnapshot:
    if not (folder / MANIFEST).is_file():
        raise NothingPublished(
            f"No snapshot of {unit.name} stands in {home.path}. The nightly run makes one for whoever the policy "
            "entitles; `./padan export` makes it from what is published now."
        )
    return StandingSnapshot(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
