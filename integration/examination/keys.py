"""The secret keys: there, whole, and readable by their owner alone."""

from pathlib import Path

from integration.examination.finding import Examined, Finding, Repair
from warehouse.keys import known_keys

_ABOUT = "keys"
_PURPOSES = {
    "person": "person_id and family_id",
    "target": "target_id",
    "pseudonym": "the pseudonyms of the snapshots",
    "access_log": "the seals of the access log",
}
_ALONE = 0o600


def examine_keys(examined: Examined) -> list[Finding]:
    """Find keys that are damaged, open to others, or gone although something was made with them."""
    home = examined.home
    known = known_keys(home)
    found = []
    for one in known:
        name = f"retired/{one.purpose}.{one.retired:03}.key" if one.retired else f"{one.purpose}.key"
        path = home.keys / name
        if one.fingerprint == "damaged":
            says = f"keys/{name} is damaged. Restore it from the backup: with another, the same people get other ids."
            found.append(Finding(_ABOUT, "broken", says))
        if one.mode & ~_ALONE:
            says = f"keys/{name} can be read by others than its owner. If somebody may have, `./padan keys rotate`."
            done = f"keys/{name} is its owner's alone again"
            found.append(Finding(_ABOUT, "broken", says, Repair(done, lambda path=path: path.chmod(_ALONE))))  # type: ignore[misc]
    there = {one.purpose for one in known if not one.retired}
    used = {
        "person": home.published,
        "target": home.published,
        "pseudonym": home.agencies,
        "access_log": home.access_log,
    }
    for purpose, folder in used.items():
        if purpose not in there and _was_used(folder):
            says = f"keys/{purpose}.key is gone, by which {_PURPOSES[purpose]} were made. Restore keys/ from the backup"
            found.append(Finding(_ABOUT, "broken", f"{says} before the next night, which would make another."))
    return found or [Finding(_ABOUT, "ok", f"{len(known)} are whole and their owner's alone.")]


def _was_used(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_dir() or path.suffix == ".jsonl" for path in folder.iterdir())
