"""A new key where one is lost for good: nothing is carried over, for nobody knows what the old one gave."""

from integration.rotation.rotate import KeyNotRotated
from warehouse.access_log import record
from warehouse.database import no_run
from warehouse.keys import PURPOSES, fingerprint, is_lost, make_key, secret_key
from warehouse.settings import Home

MEANS = {
    "person": "every person_id and family_id of before, and with them target_id and event_id, is of nobody any more",
    "target": "every target_id and event_id of before is of nobody any more",
    "pseudonym": "what recipients got instead of ids and numbers can be joined with nothing that comes later",
    "erasure": "whoever was erased is published again where a delivery names them, until they are erased again",
}
"""What a new key means, where the old one is lost."""


def replace_lost_key(home: Home, purpose: str) -> str:
    """Make a new key in the place of a lost one and give its fingerprint.

    Raises `KeyNotRotated` for a purpose that has its key, or whose key is made anew without asking, and `HomeBusy`
    while a run goes on.
    """
    refuse_what_is_there(home, purpose)
    with no_run(home):
        make_key(home, purpose)
        now = fingerprint(secret_key(home, purpose))
        record(home, "key_rotation", None, detail={"purpose": purpose, "before": "lost", "now": now})
    return now


def refuse_what_is_there(home: Home, purpose: str) -> None:
    """Raise `KeyNotRotated` where no key of this purpose is lost."""
    if purpose not in MEANS:
        raise KeyNotRotated(f"The key {purpose!r} is none that must be made by hand; these are: {', '.join(MEANS)}.")
    if not is_lost(home, purpose):
        raise KeyNotRotated(
            f"The key {purpose} of {home.path} is not lost: it is there, or no {PURPOSES[purpose].makes} were made "
            f"yet. To put another in its place: `./padan keys rotate {purpose}`."
        )
