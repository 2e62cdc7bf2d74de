"""The agencies' snapshots against the publication and the policy that are in force."""

import json
from pathlib import Path

from integration.examination.finding import Examined, Finding, Repair, named
from integration.examination.set_aside import set_aside
from warehouse.digest import file_sha256
from warehouse.entitlements import Policy, policy_in_force
from warehouse.entitlements.archive import archive_policy
from warehouse.errors import PadanError
from warehouse.publication import Publication, current_publication
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots
from warehouse.snapshots.layout import MANIFEST, POINTER, snapshot_version

_ABOUT = "snapshots"


def examine_snapshots(examined: Examined) -> list[Finding]:
    """Find units whose snapshot is of another publication or policy, not whole, or not as it was written."""
    home = examined.home
    try:
        publication, policy = current_publication(home), policy_in_force(home)
    except PadanError:
        return [Finding(_ABOUT, "ok", "there is no publication, or no policy, that they could be of.")]
    wanted = snapshot_version(publication, policy)
    units = sorted(path for path in home.agencies.glob("*/*") if path.is_dir())
    others = [one for one in units if (one / POINTER).resolve() != (one / wanted).resolve()]
    damaged = [one for one in units if one not in others and not _is_whole(one / wanted)]
    found = []
    if others or not units:
        which = f"{len(others)} are" if units else "none is there: they are"
        says = f"{which} not those of the publication and policy in force{_named(home, others)}"
        found.append(("told" if examined.run_goes_on else "broken", says, list[Path]()))
    if damaged:
        says = f"{len(damaged)} are not as they were written{_named(home, damaged)}"
        found.append(("broken", says, [one / wanted for one in damaged]))
    return [
        Finding(
            _ABOUT,
            "told" if state == "told" else "broken",
            f"{says}. The next night makes them, or --repair.",
            Repair("the agencies' snapshots were made", lambda aside=aside: _make(home, publication, policy, aside)),  # type: ignore[misc]
        )
        for state, says, aside in found
    ] or [Finding(_ABOUT, "ok", f"{len(units):,} units have that of the publication in force, as it was written.")]


def _named(home: Home, units: list[Path]) -> str:
    return f" ({named([str(one.relative_to(home.agencies)) for one in units])})" if units else ""


def _is_whole(folder: Path) -> bool:
    try:
        promised = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["sha256"]
        return all(file_sha256(folder / name) == sha256 for name, sha256 in promised.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _make(home: Home, publication: Publication, policy: Policy, damaged: list[Path]) -> None:
    for folder in damaged:
        set_aside(home, folder)
    archive_policy(home)
    build_snapshots(home, publication, policy)
