"""Trying a source without taking anything: can it be reached, may it be read, what lies there, is its clock right."""

import datetime as dt
import time
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from integration.intake.manifest import MANIFEST
from integration.sources.fetched import in_short
from integration.sources.memory import Memory
from integration.sources.months import month_of, months_asked, no_month
from integration.sources.opening import open_peer, open_rows
from integration.sources.peer import Look, Peer
from integration.sources.places import Source
from integration.sources.readiness import being_written, wanted
from integration.sources.secret import secret
from warehouse.errors import SourceFailed
from warehouse.settings import Home
from warehouse.wall_clock import today

_CLOCKS_DIFFER = 300
"""Seconds by which a file may be of the future before the clocks are said to differ."""


@dataclass
class Checked:
    """What was found of a source: `found` in one line, and each thing that is wrong as a sentence."""

    source: Source
    found: str = ""
    wrong: list[str] = field(default_factory=list)


def check_source(home: Home, source: Source, day: dt.date | None = None) -> Checked:
    """Try a source: connect, list, read a first byte; nothing is written but to memory that is thrown away."""
    checked = Checked(source)
    months = months_asked(source, day or today())
    try:
        if source.zip_password_env:
            secret(source, source.zip_password_env, "the password of its archives")
        if peer := open_peer(source, months):
            with peer as opened:
                _check_files(home, source, opened, day or today(), checked)
        else:
            with open_rows(source) as rows:
                checked.found = rows.describe(months[0])
                if lost := rows.of_no_month():
                    checked.wrong.append(f"Source {source.name} ({source.place.where}): {lost}.")
    except SourceFailed as failed:
        checked.wrong.append(str(failed))
    return checked


def _check_files(home: Home, source: Source, peer: Peer, day: dt.date, checked: Checked) -> None:
    look: Look = peer.look()
    files = wanted(source, look)
    checked.found = f"{len(files):,} of {len(look.files):,} file(s) are deliveries"
    checked.wrong += in_short(look.passed_over)
    if not files:
        lies = "it is empty" if not look.files else "no file there is one that can be read or is asked for"
        checked.wrong.append(f"Source {source.name} ({source.place.where}): {lies}; ask the agency to deliver.")
        return
    newest = max(files, key=lambda file: file.modified or 0)
    ahead = (newest.modified or 0) - time.time()
    if ahead > _CLOCKS_DIFFER:
        checked.wrong.append(
            f"Source {source.name} ({source.place.where}): {newest.shown} is {ahead / 60:,.0f} minutes of the future; "
            "one of the two clocks is wrong: check both (timedatectl)."
        )
    memory = Memory(home, source)
    beside = {file.path for file in look.files}
    told = {PurePosixPath(file.path).parent for file in files if PurePosixPath(file.path).name == MANIFEST}
    months = {file: month_of(source, file.path, {}, day) for file in files}
    checked.found += f", months named: {', '.join(sorted(set(filter(None, months.values())))[-6:]) or 'none'}"
    checked.wrong += in_short(
        [no_month(source, file) for file, month in months.items()
         if month is None and PurePosixPath(file.path).parent not in told]
    )  # fmt: skip
    written = [file for file in files if being_written(source, file, beside, memory)]
    if written:
        checked.found += f", {len(written):,} still being written"
    _, blocks = peer.read(newest, 0)
    next(iter(blocks), b"")
