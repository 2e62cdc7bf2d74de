"""Which Padan last wrote a home: `<home>/padan.json`."""

import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from warehouse.errors import HomeError
from warehouse.settings import Home
from warehouse.whole_file import whole_file

LAYOUT = 2
"""The number of the newest migration: counts up when what a home remembers gets another shape."""
NOTE = "padan.json"
PADAN = str(tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]["version"])


@dataclass(frozen=True)
class WrittenBy:
    """Who last wrote a home: its layout (0 before there were numbers), the version of Padan and that of DuckDB."""

    layout: int
    padan: str = ""
    duckdb: str = ""


HERE = WrittenBy(LAYOUT, PADAN, duckdb.__version__)
"""What this Padan writes."""


def written_by(home: Home) -> WrittenBy:
    """Give what the home says of itself; layout 0 where it says nothing. Raises `HomeError` for a damaged note."""
    try:
        said = json.loads((home.path / NOTE).read_text(encoding="utf-8"))
        return WrittenBy(int(said["layout"]), str(said["padan"]), str(said["duckdb"]))
    except (FileNotFoundError, NotADirectoryError):
        return WrittenBy(0)
    except (ValueError, TypeError, KeyError) as error:
        raise HomeError(
            f"{home.path / NOTE} cannot be read. Restore it from the backup, or move it away: then the next run looks "
            "at the home as at one of the first release."
        ) from error


def refuse_newer(home: Home) -> None:
    """Raise `HomeError` for a home that a newer Padan wrote, and for one whose restore was broken off."""
    if (home.path / RESTORING).exists():
        raise HomeError(f"The restore into {home.path} was broken off. Call `./padan restore` again; it begins anew.")
    note = written_by(home)
    if note.layout > LAYOUT:
        raise HomeError(
            f"The home {home.path} was last written by Padan {note.padan} (layout {note.layout}), which is newer than "
            f"this one ({PADAN}, layout {LAYOUT}). Use that Padan, or restore a backup of before the upgrade."
        )


RESTORING = ".restoring"
"""Stands in a home as long as a restore into it goes on."""


def write_note(home: Home) -> None:
    """Write down that this Padan wrote the home, in one step."""
    whole_file(home.path / NOTE, json.dumps(asdict(HERE)))
