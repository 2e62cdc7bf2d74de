"""The secret keys: there, whole, and readable by their owner alone."""

from integration.examination.finding import Examined, Finding, Repair
from warehouse.keys import PURPOSES, is_lost, known_keys

_ABOUT = "keys"
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
    for purpose, made in PURPOSES.items():
        if is_lost(home, purpose):
            until = " before the next night, which would make another" if made.renewed else "; no night runs without it"
            says = f"keys/{purpose}.key is gone, by which {made.makes} were made. Restore keys/ from the backup"
            found.append(Finding(_ABOUT, "broken", f"{says}{until}."))
    return found or [Finding(_ABOUT, "ok", f"{len(known)} are whole and their owner's alone.")]
