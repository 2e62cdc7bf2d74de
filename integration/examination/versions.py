"""The Padan at work and its libraries against what the lock pins and what last wrote the home."""

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from integration.examination.finding import Examined, Finding, Repair, named
from warehouse.errors import HomeError
from warehouse.upgrade.layout import LAYOUT, NOTE, PADAN, written_by

_LOCK = Path(__file__).parents[2] / "requirements.lock"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)(?:\s*;\s*(.+?))?\s*\\?$", re.MULTILINE)


def examine_versions(examined: Examined) -> list[Finding]:
    """Compare the libraries with the lock, and this Padan with the one that last wrote the home."""
    return [*_libraries(), *_written_by(examined)]


def _libraries() -> list[Finding]:
    other = []
    pinned = [(name, wanted) for name, wanted, marker in _PINNED.findall(_LOCK.read_text("utf-8")) if not marker]
    for name, wanted in pinned:
        try:
            has = version(name)
        except PackageNotFoundError:
            has = "missing"
        if has != wanted:
            other.append(f"{name} {has} instead of {wanted}")
    if other:
        says = f"{len(other)} libraries are not those of requirements.lock ({named(other)}). `./padan` installs them"
        return [Finding("versions", "told", f"{says} when .venv is removed.")]
    return [Finding("versions", "ok", f"{len(pinned)} libraries are those of requirements.lock.")]


def _written_by(examined: Examined) -> list[Finding]:
    home = examined.home
    try:
        note = written_by(home)
    except HomeError as error:
        from integration.examination.set_aside import set_aside

        repair = Repair(f"{NOTE} was set aside; the next run writes it anew", lambda: set_aside(home, home.path / NOTE))
        return [Finding("home", "broken", str(error), repair)]
    if note.layout > LAYOUT:
        says = (
            f"it was last written by Padan {note.padan} (layout {note.layout}), newer than this one ({PADAN}, {LAYOUT})"
        )
        return [Finding("home", "broken", f"{says}. Use that Padan, or restore a backup of before.")]
    if note.layout < LAYOUT and home.database.exists():
        says = f"it was last written by an older Padan (layout {note.layout}); the next run brings it to {LAYOUT}"
        return [Finding("home", "told", f"{says}. Back it up first: `./padan backup`.")]
    return [Finding("home", "ok", f"last written by Padan {note.padan or PADAN}, layout {note.layout or LAYOUT}.")]
