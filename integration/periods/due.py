"""Months whose publication does not rest on what is in force for them now: a late delivery, or what follows from one.

A month depends on the deliveries that count on its last day, and on the month before it, which it is compared with
(`prev_tier`, `target_exit`, the gates). Both can be told from the publications that stand: each remembers what it
rested on, and the line says which of two was made first.
"""

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass

from integration.contracts import contracts
from integration.records.in_force import InForce, in_force_by_dataset, month_end
from warehouse.database import Connection, home_error, rows
from warehouse.errors import PadanError
from warehouse.publication import Publication, publications_in_line
from warehouse.settings import Home
from warehouse.whole_file import whole_file

_FAILED = "late_months.json"
_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"
_MONTHS = re.compile(rf"({_MONTH})(?:\.\.({_MONTH}))?")
_MOST = 120


@dataclass(frozen=True)
class Due:
    """A month to publish again, why in a few words, and a digest of the deliveries that it will rest on."""

    month: str
    because: str
    rests_on: str


def rests_on(in_force: list[InForce]) -> list[dict[str, object]]:
    """Say for `publication.json` what a publication rests on: dataset by dataset, and of which day it is."""
    return [
        {
            "dataset": one.dataset,
            "kab_code": one.kab_code,
            "period": one.period,
            "snapshot_date": one.snapshot_date.isoformat(),
            "received_at": one.received_at.isoformat(timespec="seconds"),
            "deliveries": one.deliveries,
            "digest": one.digest,
        }
        for one in in_force
    ]


def months_due(connection: Connection, home: Home, before: str) -> list[Due]:
    """Give the months earlier than `before` that must be published again, the oldest first; weeks are over.

    Also a month between two that were published, that nobody could publish because nothing of it was there. What was
    published before publications remembered what they rest on counts as resting on it still. Only the first one is
    sure: once it is published, ask again.
    """
    line = [one for one in publications_in_line(home) if "W" not in one.facts["period"]]
    place: dict[str, int] = {}
    last_word: dict[str, Publication] = {}
    for number, one in enumerate(line):
        if one.facts["period"] not in last_word:
            place[one.facts["period"]] = number
            last_word[one.facts["period"]] = one
    found: dict[str, str] = {}
    months = sorted(last_word)
    for number, month in enumerate(months):
        if late := _not_rested_on(last_word[month], in_force_by_dataset(connection, month_end(month))):
            found[month] = f"late delivery of {', '.join(late)}"
        elif number and place[months[number - 1]] < place[month]:  # the newest stands first
            found[month] = f"{months[number - 1]}, which it is compared with, was published again"
    if months:
        for month, datasets in _never_published(connection, months):
            found[month] = f"late delivery of {datasets}"
    return [Due(one, found[one], _digest(connection, one)) for one in sorted(found) if one < before]


def asked(text: str) -> list[str]:
    """Give the months of `2026-10` or `2026-08..2026-10`, the oldest first; raises `PadanError` for anything else."""
    said = _MONTHS.fullmatch(text.strip())
    first, last = (said[1], said[2] or said[1]) if said else ("", "")
    if not first or first > last:
        raise PadanError(f"{text!r} names no months; write one as 2026-10, or several as 2026-08..2026-10.")
    months = [first]
    while months[-1] < last and len(months) <= _MOST:
        months.append(f"{month_end(months[-1]) + dt.timedelta(days=1):%Y-%m}")
    if len(months) > _MOST:
        raise PadanError(f"{text} are more than {_MOST} months; ask for fewer at a time.")
    return months


def failed_before(home: Home, due: Due) -> bool:
    """Say whether publishing this month from these very deliveries failed: then a night does not try it again."""
    return _failures(home).get(due.month) == due.rests_on


def remember_outcome(home: Home, due: Due, *, published: bool) -> None:
    """Remember that a month could not be published, or forget it once it was; raises `HomeError` for a full disk."""
    failures = _failures(home)
    if published and due.month not in failures:
        return
    failures.pop(due.month, None)
    if not published:
        failures[due.month] = due.rests_on
    try:
        whole_file(home.path / _FAILED, json.dumps(failures, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise home_error(home, error) from error


def _failures(home: Home) -> dict[str, str]:
    try:
        held = json.loads((home.path / _FAILED).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # lost or damaged: the months are tried once more
        return {}
    return held if isinstance(held, dict) else {}


def _not_rested_on(publication: Publication, in_force: list[InForce]) -> list[str]:
    """Name the datasets of which other deliveries count now than those the publication was made from."""
    said = publication.facts.get("deliveries") or []
    if not all("digest" in one for one in said):
        return []
    before = {(one["dataset"], one["kab_code"]): one["digest"] for one in said}
    now = {(one.dataset, one.kab_code): one.digest for one in in_force}
    return sorted({one[0] for one in {*before, *now} if before.get(one) != now.get(one)})


def _never_published(connection: Connection, months: list[str]) -> list[tuple[str, str]]:
    """Give the months between published ones that a dataset needed for publishing was delivered for since."""
    needed = [one.dataset for one in contracts().values() if one.required_to_publish]
    return [
        (str(month), str(datasets))
        for month, datasets in rows(
            connection,
            """
            SELECT strftime(snapshot_date, '%Y-%m') AS month, string_agg(DISTINCT dataset, ', ' ORDER BY dataset)
            FROM agency_extracts.delivery
            WHERE status = 'in_force' AND list_contains(?, dataset)
            GROUP BY month HAVING month > ? AND month < ? AND NOT list_contains(?, month)
            """,
            [needed, months[0], months[-1], months],
        )
    ]


def _digest(connection: Connection, month: str) -> str:
    together = " ".join(one.digest for one in in_force_by_dataset(connection, month_end(month)))
    return hashlib.sha256(together.encode()).hexdigest()[:16]
