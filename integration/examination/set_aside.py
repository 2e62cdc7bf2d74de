"""Putting what is damaged out of the way without losing it: `<home>/set_aside/<day and time>/<where it lay>`."""

import datetime as dt
from pathlib import Path

from warehouse.durable import fsync_folder
from warehouse.settings import Home

FOLDER = "set_aside"


def set_aside(home: Home, path: Path) -> Path:
    """Move a file or folder of the home aside, in one step, and give where it lies now."""
    moment = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H%M%S.%fZ}"
    target = home.path / FOLDER / moment / path.relative_to(home.path)
    for level in reversed(target.relative_to(home.path).parents[:-1]):  # mkdir(parents=True) would open them to all
        (home.path / level).mkdir(mode=0o700, exist_ok=True)
    path.rename(target)
    fsync_folder(path.parent)
    return target
