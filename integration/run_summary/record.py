"""What the record of a run says, in plain values: whoever kept the record fills this in."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

UNCHANGED = "unchanged_since"
"""Stands among the facts of a table that stood already and was not made again."""
NOTHING_NEW = "nothing_new"
"""Stands among the facts of the publication when it is one that stood already."""
PUBLICATION = "targeting/publication"
_SNAPSHOTS = ("targeting__agency_snapshots", "targeting__postgres")


@dataclass(frozen=True)
class Step:
    """One step: its key (`persons__persons`), how long it took, and whether what it makes stood already."""

    key: str
    seconds: float
    unchanged: bool = False

    @property
    def stage(self) -> str:
        """The stage whose time it is: one of the five, of the agencies' snapshots, of the checks, or of the sources."""
        if self.key.endswith(("__checks", "__gates")):
            return "checks"
        return "snapshots" if self.key in _SNAPSHOTS else self.key.partition("__")[0]


@dataclass(frozen=True)
class Check:
    """A check that did not pass: `stage/table:check`, `ERROR` or `WARN`, and its sentence."""

    name: str
    severity: str
    sentence: str


@dataclass(frozen=True)
class Record:
    """One run that is over.

    `said` are the facts of each table that was reported, by `stage/table`: numbers and texts. `ended` of a run that was
    killed is its last sign of life. Peak memory and CPU time are None where the process could not tell them any more.
    """

    run_id: str
    job: str
    started: dt.datetime
    ended: dt.datetime
    well: bool
    killed: bool = False
    cancelled: bool = False
    failures: tuple[str, ...] = ()
    checks_judged: int = 0
    failed_checks: tuple[Check, ...] = ()
    steps: tuple[Step, ...] = ()
    said: Mapping[str, Mapping[str, int | float | str]] = field(default_factory=dict)
    peak_memory_bytes: int | None = None
    cpu_seconds: float | None = None

    @property
    def outcome(self) -> str:
        """How it ended: a key of `outcomes` in words.yaml."""
        published = self.said.get(PUBLICATION)
        nothing_new = published is not None and not {UNCHANGED, NOTHING_NEW}.isdisjoint(published)
        if published is not None and not nothing_new:
            return "published" if self.well else "published_incomplete"
        if self.killed:
            return "killed"
        if self.cancelled:
            return "cancelled"
        if self.well:
            return "nothing_new" if nothing_new else "done"
        return "refused" if self._refused else "failed"

    @property
    def _refused(self) -> bool:
        """A gate or a blocking check said no: everything worked, and what came of it must not be published."""
        stopped = any(one.severity == "ERROR" for one in self.failed_checks)
        return stopped or any(text.startswith("Not published;") for text in self.failures)
