"""The last run that could not begin, or broke off before it could say how it ended: it has no summary of its own."""

import datetime as dt
import json
from contextlib import suppress
from dataclasses import dataclass

from integration.run_summary.folder import latest_summary, runs_folder
from warehouse.settings import Home
from warehouse.whole_file import whole_file

BROKEN_OFF = "broken_off"
"""Its outcome, where those of the other runs stand."""
_FILE = "broken-off.json"


@dataclass(frozen=True)
class BrokenOff:
    """When it broke off (UTC), and the sentence that was told of it."""

    at: dt.datetime
    sentence: str


def note_broken_off(home: Home, sentence: str) -> bool:
    """Remember that a run broke off now; says whether it could: a home may not be there, or take no file."""
    if not home.path.is_dir():
        return False
    said = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "sentence": sentence}
    with suppress(OSError):
        runs_folder(home).mkdir(mode=0o700, exist_ok=True)
        whole_file(runs_folder(home) / _FILE, json.dumps(said, ensure_ascii=False) + "\n")
        return True
    return False


def broken_off(home: Home) -> BrokenOff | None:
    """Give the run that broke off; None where there is none, or one has ended since."""
    try:
        said = json.loads((runs_folder(home) / _FILE).read_text(encoding="utf-8"))
        found = BrokenOff(dt.datetime.fromisoformat(said["at"]), str(said["sentence"]))
        last = latest_summary(home)
        return None if last and dt.datetime.fromisoformat(last["run"]["ended_at"]) >= found.at else found
    except (OSError, ValueError, KeyError, TypeError):
        return None
