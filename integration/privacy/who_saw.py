"""Who saw a person, and who could have: from the access log, the publications kept and the policies of their time."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from integration.privacy.data_subject import DataSubject, attached
from warehouse.access_log import Entry, entries
from warehouse.database import Connection, rows
from warehouse.entitlements import Policy, Unit, View
from warehouse.entitlements.archive import archived_policy
from warehouse.errors import PadanError
from warehouse.publication import Publication, publications
from warehouse.settings import Home

_NAMED = ("query", "export", "explain", "subject_access", "review", "correction", "erasure")
_READING = ("query", "export")


@dataclass(frozen=True)
class Held:
    """A snapshot that held rows about the person: whose, since when, of which publication and policy, in which view.

    `shown` says how the groups of columns were shown: treatment to groups, those that are dropped left out.
    """

    unit: str
    agency: str
    role: str
    purpose: str
    built_at: str
    version: str
    policy: str
    view: str
    table: str
    rows: int
    shown: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class WhoSaw:
    """What is known of who saw a person.

    `held`: snapshots that had rows about them, so that their readers could see these. `named`: lines of the log that
    name the person. `asked`: how often each unit's snapshots that held them were asked without a line saying about
    whom. `reports`: weekly lists written from a publication that held them. `unknown`: what cannot be said, and why.
    """

    subject: str
    held: tuple[Held, ...]
    named: tuple[Entry, ...]
    asked: Mapping[str, int]
    reports: tuple[Entry, ...]
    unknown: tuple[str, ...] = field(default=())


def who_saw(home: Home, subject: DataSubject) -> WhoSaw:
    """Say who saw the person and who could have.

    A snapshot is known by the line that was logged when it was built; what it held is computed anew from its
    publication under the policy it was cut by. Where one of the two is no longer kept, that is told in `unknown`.
    """
    log = list(entries(home))
    built = _built(log)
    standing = {one.version: one for one in publications(home)}
    unknown: list[str] = []
    held: list[Held] = []
    for (version, fingerprint), units in sorted(built.items()):
        policy = _policy_of(home, fingerprint, unknown)
        if version not in standing:
            unknown.append(
                f"Publication {version} is no longer kept: {len(units)} snapshots of it cannot be looked into."
            )
        elif policy is not None:
            with attached(standing[version]) as con:
                held.extend(_held(con, standing[version], policy, units, subject, unknown))
    ids = {*subject.ids, *subject.target_ids, *subject.family_targets}
    named = tuple(
        one
        for one in log
        if one.action in _NAMED and (one.subject in ids or ids & set(one.detail.get("targets") or ()))
    )
    holding = {(one.unit, one.version) for one in held}
    asked: dict[str, int] = defaultdict(int)
    for one in log:
        if one.action in _READING and one not in named and one.unit and (one.unit, one.version) in holding:
            asked[one.unit] += 1
    published_in = _versions_of(standing.values(), subject)
    reports = tuple(one for one in log if one.action == "report" and one.view == "week" and one.version in published_in)
    return WhoSaw(subject.name, tuple(held), named, dict(asked), reports, tuple(unknown))


def _built(log: Iterable[Entry]) -> dict[tuple[str, str], dict[str, str]]:
    """Give the snapshots that were built: publication and fingerprint of the policy to units and when."""
    built: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for one in log:
        if one.action == "snapshot" and one.unit and one.version and not one.detail.get("withdrawn"):
            version, _, fingerprint = one.version.rpartition("+")
            built[version, fingerprint].setdefault(one.unit, one.at)
    return built


def _policy_of(home: Home, fingerprint: str, unknown: list[str]) -> Policy | None:
    try:
        policy = archived_policy(home, fingerprint)
    except PadanError as error:
        unknown.append(f"Policy +{fingerprint} cannot be read any more: {error}")
        return None
    if policy is None:
        unknown.append(f"Policy +{fingerprint} was not kept: what its snapshots held cannot be said.")
    return policy


def _held(
    con: Connection,
    publication: Publication,
    policy: Policy,
    units: Mapping[str, str],
    subject: DataSubject,
    unknown: list[str],
) -> Iterator[Held]:
    """Give what each unit's snapshot held: each view is asked once, and its rows are counted by kecamatan."""
    counted: dict[str, dict[str | None, int]] = {}
    for name, at in sorted(units.items()):
        try:
            unit = policy.unit(name)
        except PadanError:
            unknown.append(f"{name} had a snapshot of {publication.version} that policy {policy.label} does not give.")
            continue
        for view in unit.recipient.views:
            if view.name not in counted:
                counted[view.name] = _rows_by_kecamatan(con, view, subject)
            number = _of_unit(counted[view.name], view, unit)
            if number:
                yield Held(
                    unit=name,
                    agency=unit.recipient.agency,
                    role=unit.recipient.role,
                    purpose=unit.recipient.purpose.code,
                    built_at=at,
                    version=f"{publication.version}+{policy.fingerprint}",
                    policy=policy.label,
                    view=view.shown_as,
                    table=view.table.name,
                    rows=number,
                    shown=_shown(view),
                )


def _rows_by_kecamatan(con: Connection, view: View, subject: DataSubject) -> dict[str | None, int]:
    own = subject.own_rows(view.table.name)
    if own is None:
        return {}
    return dict(
        rows(
            con,
            f"""SELECT {view.table.kecamatan or "NULL"}, count(*) FROM published_{view.table.name}
            WHERE ({own}) AND {view.rows or "true"} GROUP BY 1""",
        )
    )


def _of_unit(counted: Mapping[str | None, int], view: View, unit: Unit) -> int:
    if unit.kecamatan is None or view.table.kecamatan is None:
        return sum(counted.values())
    return counted.get(unit.kecamatan, 0)


def _shown(view: View) -> dict[str, tuple[str, ...]]:
    shown: dict[str, dict[str, None]] = defaultdict(dict)
    for column in view.columns():
        shown[str(column.treatment)][column.group] = None
    return {treatment: tuple(groups) for treatment, groups in shown.items()}


def _versions_of(standing: Iterable[Publication], subject: DataSubject) -> set[str]:
    """Give the publications that held a row about the person."""
    found = set()
    for one in standing:
        if (own := subject.own_rows("targeting")) is None:
            continue
        with attached(one) as con:
            if rows(con, f"SELECT 1 FROM published_targeting WHERE {own} LIMIT 1"):
                found.add(one.version)
    return found


def reads_of(home: Home, view: str) -> list[Entry]:
    """Give every line of the log about a view, a table or a data set of that name, the oldest first."""
    return [one for one in entries(home) if _is_about(one, view)]


def _is_about(one: Entry, view: str) -> bool:
    """Say whether a line tells of a view; a query may read several, which its detail lists."""
    return view == one.view or view in (one.detail.get("tables") or ())


def chosen(
    log: Iterable[Entry],
    *,
    recipient: str | None = None,
    view: str | None = None,
    action: str | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> list[Entry]:
    """Give the lines that all of the filters let through; days are of UTC, `until` among them."""
    return [
        one
        for one in log
        if recipient in (None, one.recipient, one.unit)
        and (view is None or _is_about(one, view))
        and action in (None, one.action)
        and (since is None or one.moment.date() >= since)
        and (until is None or one.moment.date() <= until)
    ]


def as_json(found: WhoSaw) -> dict[str, Any]:
    """Give what is known as plain values for JSON."""
    return {
        "subject": found.subject,
        "could_have_seen": [vars(one) for one in found.held],
        "named": [vars(one) for one in found.named],
        "asked_without_naming": dict(found.asked),
        "weekly_lists": [vars(one) for one in found.reports],
        "cannot_be_said": list(found.unknown),
    }
