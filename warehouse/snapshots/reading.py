"""Finding the snapshot that a reader may open."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.entitlements import Unit
from warehouse.errors import NothingPublished
from warehouse.settings import Home
from warehouse.snapshots.layout import BUILD, DATABASE, MANIFEST, POINTER, unit_folder


@dataclass(frozen=True)
class StandingSnapshot:
    """A snapshot that stands: its folder and what `manifest.json` says of it."""

    folder: Path
    facts: dict[str, Any]

    @property
    def version(self) -> str:
        """The publication and the policy it was cut by."""
        return self.folder.name

    @property
    def database(self) -> Path:
        """The DuckDB file, by its own name rather than through the pointer, which may move while it is open."""
        return self.folder / DATABASE


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
