"""Which publication is in force: a pointer that moves in one step, and the memory of every move it made.

::

    published/
      current -> 2026-11-21T020311Z-1f0c9a2b    what readers are given
      in_force.json                              every move of `current`: when, to which version, from which

The pointer is the truth and moves first. A move that a power cut kept from being written down, or that an operator made
with `ln -sfn`, is found by comparing the two. From the moves follows the *line* of the publication in force: those it
was made on top of. What stands beside the line was rolled back, or was complete and never pointed to.
"""

import datetime as dt
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from warehouse.database import fsync_file, fsync_folder, swing_link
from warehouse.errors import HomeError
from warehouse.settings import Home

PUBLISHED = "published"
"""How the pointer moved: to a publication just made…"""
ROLLBACK = "rollback"
"""… or to one that stood already."""
MANIFEST = "publication.json"
"""Written last into a publication: a folder that has it is whole."""
ASIDE = ".build-"
"""What begins so is unfinished, or on its way out; the next publication sweeps it."""
_POINTER = "current"
_MOVES = "in_force.json"
_NAMED = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True)
class Move:
    """One move of the pointer: when (UTC), to which version, from which (None for the first), and how."""

    at: dt.datetime
    version: str
    before: str | None
    how: str


def pointed_to(home: Home) -> str | None:
    """Give the version that `current` names, whether it stands or not; None where there is no pointer."""
    try:
        return Path((home.published / _POINTER).readlink()).name
    except OSError:
        return None


def point_to(home: Home, version: str, how: str) -> None:
    """Point to a version in one step that survives a power cut, and write the move down."""
    made = _moves(home, making=version if how == PUBLISHED else None)
    _swing(home, version)
    made.append(Move(dt.datetime.now(dt.UTC), version, made[-1].version if made else None, how))
    with suppress(OSError):  # a full disk: readers have the version already, and the move is found by the pointer
        _write(home, made)


def rename(home: Home, old: str, new: str) -> None:
    """Let a publication that was written anew stand where the old one stood: in the memory of moves, then in force.

    No move of its own: it is the same publication, and what was made on top of it still is.
    """
    named = [
        replace(
            one, version=new if one.version == old else one.version, before=new if one.before == old else one.before
        )
        for one in _moves(home, making=new)
    ]
    _write(home, [one for one in named if one.version != one.before])
    if pointed_to(home) == old:
        _swing(home, new)


def _swing(home: Home, version: str) -> None:
    swing_link(home.published / _POINTER, version, f"{ASIDE}pointer-{os.getpid()}")


def moves(home: Home) -> list[Move]:
    """Give every move of the pointer, the oldest first; raises `HomeError` where the memory of them is damaged.

    Where they were never written down, or are lost: one for each publication that stands, and one to the pointer's.
    """
    return _moves(home, making=None)


def _moves(home: Home, making: str | None) -> list[Move]:
    """Give the moves so far; `making` stands already and is not pointed to yet."""
    now = pointed_to(home)
    found = _written(home)
    if found is None:
        found = _by_names(home, making)
    if now is not None and (not found or found[-1].version != now):
        known = any(one.version == now for one in found)
        at = dt.datetime.fromtimestamp((home.published / _POINTER).lstat().st_mtime, dt.UTC)
        found.append(Move(at, now, found[-1].version if found else None, ROLLBACK if known else PUBLISHED))
    return found


def line(home: Home) -> list[str]:
    """Give the version in force and those it was made on top of, the newest first, also those removed since.

    Empty where nothing is published. A version that is not in it does not count as what was said before.
    """
    made = moves(home)
    below: dict[str, str | None] = {}
    for one in made:
        if one.how == PUBLISHED:
            below[one.version] = one.before
        elif one.version not in below:  # it was killed before it was pointed to
            below[one.version] = _in_force(made, made_at(one.version))
    found: list[str] = []
    version = made[-1].version if made else None
    while version is not None and version not in found:
        found.append(version)
        version = below.get(version)
    return found


def in_force_on(home: Home, moment: dt.datetime) -> str | None:
    """Give the version that readers were given at a moment; None for a time before the first."""
    return _in_force(moves(home), moment)


def last_in_force(home: Home) -> dict[str, dt.datetime]:
    """Give when each version that was ever in force was replaced last; for the one in force this moment."""
    made = moves(home)
    until = [*(one.at for one in made[1:]), dt.datetime.now(dt.UTC)]
    return {one.version: end for one, end in zip(made, until, strict=True)} if made else {}


def standing_versions(home: Home) -> list[str]:
    """Give the versions that stand, the newest first."""
    return sorted((path.parent.name for path in home.published.glob(f"[0-9]*/{MANIFEST}")), reverse=True)


def made_at(version: str) -> dt.datetime:
    """Give the time that a version's name begins with; the beginning of time for a name without one."""
    try:
        return dt.datetime.strptime(version[: len("2026-11-21T020311Z")], _NAMED).replace(tzinfo=dt.UTC)
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def _in_force(made: list[Move], moment: dt.datetime) -> str | None:
    return next((one.version for one in reversed(made) if one.at <= moment), None)


def _by_names(home: Home, making: str | None) -> list[Move]:
    versions = [one for one in reversed(standing_versions(home)) if one != making]
    before = [None, *versions]
    return [Move(made_at(one), one, last, PUBLISHED) for one, last in zip(versions, before, strict=False)]


def _written(home: Home) -> list[Move] | None:
    path = home.published / _MOVES
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return [Move(**{**one, "at": dt.datetime.fromisoformat(one["at"])}) for one in said]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise HomeError(
            f"{path} cannot be read as the list of what was in force. Restore it from the backup; or move it away, "
            "then every publication that stands counts as published in the order of its name, rolled back or not."
        ) from error


def _write(home: Home, made: list[Move]) -> None:
    aside = home.published / f"{ASIDE}{_MOVES}-{os.getpid()}"
    said = [{**asdict(one), "at": one.at.isoformat(timespec="microseconds")} for one in made]
    aside.write_text(json.dumps(said, indent=0) + "\n", encoding="utf-8")
    fsync_file(aside)
    aside.replace(home.published / _MOVES)
    fsync_folder(home.published)
