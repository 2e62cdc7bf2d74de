"""Alerts on their way: each lies in the home until whom it is for has taken it, so that a dead line loses none.

::

    dagster/untold/
      20261121T190412Z-1f0c9a2b44d07e35.json      when it was written, and a digest of message and recipient

A file holds the message, and of the recipient a digest alone: who that is says `alerts.yaml`. Whoever stands there no
longer, or no longer asks for such messages, is not told late either.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from integration.alerts.message import Message
from warehouse.errors import HomeBusy
from warehouse.lock import held
from warehouse.settings import Home
from warehouse.wall_clock import WIB
from warehouse.whole_file import whole_file

KEPT = 200
"""Alerts that wait at most; the oldest go first."""
KEPT_DAYS = 14
"""For which an alert is worth being told late."""
EVERYBODY = ""
"""The recipient of an alert of a night when `alerts.yaml` could not be read."""
_MOMENT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Waiting:
    """An alert that is not known to have arrived, and where it lies; `to` is the digest of whom it is for."""

    path: Path
    to: str
    message: Message

    def is_for(self, where: str) -> bool:
        """Say whether it is for the one whom messages call so."""
        return self.to == _digest(where)

    @property
    def late(self) -> Message:
        """The message as it is told late: it says of itself from when it is."""
        at = self.message.at.astimezone(WIB)
        told = f"(Told late: this is of {at:%Y-%m-%d %H:%M} WIB, and could not be sent then.)\n\n"
        return replace(self.message, text=told + self.message.text)

    def over(self) -> None:
        """Forget it: it arrived, or nobody wants it."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def untold(home: Home) -> Path:
    """Give the folder of a home in which alerts wait; it is in no backup, for a home restored has nothing to tell."""
    return home.dagster / "untold"


def keep(home: Home, where: str, message: Message) -> Waiting | None:
    """Keep a message for the one whom messages call `where`; None where the home cannot be written, as a full disk."""
    folder = untold(home)
    to = _digest(where)
    of_both = _digest(f"{to} {message.run_id} {message.about} {message.at.isoformat()}")
    path = folder / f"{message.at.astimezone(dt.UTC):{_MOMENT}}-{of_both}.json"
    said = {**asdict(message), "at": message.at.isoformat(), "text": message.body, "to": to}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole_file(path, json.dumps(said, ensure_ascii=False))
        for old in {*sorted(folder.glob("*.json"), reverse=True)[KEPT:], *_too_old(folder)}:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return Waiting(path, to, message)


def waiting(home: Home) -> list[Waiting]:
    """Give the alerts that wait, the oldest first; not those that are too old to be told."""
    folder = untold(home)
    return [one for path in sorted({*folder.glob("*.json")} - _too_old(folder)) if (one := _read(path))]


@contextmanager
def alone(home: Home) -> Iterator[bool]:
    """Hold the folder while alerts are sent; False while another process sends them, or where that cannot be said."""
    with ExitStack() as lock:
        try:
            untold(home).mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.enter_context(held(untold(home) / ".sending", "Another process is sending alerts."))
            free = True
        except (HomeBusy, OSError):
            free = False
        yield free


def _too_old(folder: Path) -> set[Path]:
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(days=KEPT_DAYS)
    return {path for path in folder.glob("*.json") if path.name < f"{oldest:{_MOMENT}}"}


def _read(path: Path) -> Waiting | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        to = str(said.pop("to"))
        return Waiting(path, to, Message(**{**said, "at": dt.datetime.fromisoformat(said["at"])}))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else EVERYBODY
