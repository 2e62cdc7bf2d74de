"""Publications against their own hashes, the pointer against what stands, and its memory."""

import json

from integration.examination.finding import Examined, Finding, Repair, named
from integration.examination.set_aside import set_aside
from warehouse.errors import HomeError
from warehouse.pointer import MANIFEST, ROLLBACK, line, moves, point_to, pointed_to
from warehouse.publication import Publication
from warehouse.rollback import damaged_files
from warehouse.settings import Home

_MEMORY = "in_force.json"


def examine_publications(examined: Examined) -> list[Finding]:
    """Compare every file of every publication with its hash, and the pointer with what stands."""
    home = examined.home
    found, whole = [], []
    for manifest in sorted(home.published.glob(f"[0-9]*/{MANIFEST}")):
        version = manifest.parent.name
        try:
            publication = Publication(manifest.parent, json.loads(manifest.read_text(encoding="utf-8")))
            broken = damaged_files(publication)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            broken = [MANIFEST]
        if broken:
            says = f"{version} is not as it was published ({named(broken)}). Restore its folder from the backup."
            found.append(Finding("publications", "broken", says))
        else:
            whole.append(version)
    found += _half(home) + _memory(home)
    return found + _pointer(home, set(whole)) or [
        Finding("publications", "ok", f"{len(whole)} are as they were published; in force is {pointed_to(home)}.")
    ]


def _half(home: Home) -> list[Finding]:
    """Tell of folders that are called as publications are and say nothing of themselves."""
    half = [one for one in home.published.glob("[0-9]*") if one.is_dir() and not (one / MANIFEST).exists()]
    return [
        Finding(
            "publications",
            "broken",
            f"{one.name} has no {MANIFEST}, so nobody can say what it holds. Restore its folder from the backup; "
            "--repair sets it aside.",
            Repair(f"{one.name} was set aside", lambda one=one: set_aside(home, one)),  # type: ignore[misc]
        )
        for one in sorted(half)
        if one.name != pointed_to(home)
    ]


def _memory(home: Home) -> list[Finding]:
    try:
        moves(home)
    except HomeError as error:
        done = f"{_MEMORY} was set aside: publications count in the order of their names"
        return [
            Finding(
                "publications",
                "broken",
                str(error),
                Repair(done, lambda: set_aside(home, home.published / _MEMORY)),
            )
        ]
    return []


def _pointer(home: Home, whole: set[str]) -> list[Finding]:
    version = pointed_to(home)
    if version in whole or (version is None and not whole):
        return [] if whole else [Finding("publications", "told", "nothing is published yet.")]
    says = f"readers are pointed to {version or 'nothing'}, which does not stand whole"
    try:
        before = next((one for one in line(home) if one in whole), None)
    except HomeError:  # its memory is damaged, which is told: after that is repaired
        before = max(whole, default=None)
    if before is None or (version is not None and (home.published / version).exists()):
        return [
            Finding("publications", "broken", f"{says}. Restore it from the backup, or `./padan rollback VERSION`.")
        ]
    repair = Repair(f"readers are pointed to {before}", lambda: point_to(home, before, ROLLBACK))
    return [Finding("publications", "broken", f"{says}; --repair points to {before}, the last before it.", repair)]
