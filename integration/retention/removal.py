"""Finding what is kept no longer, and removing it: each removal is logged before it happens, and counted."""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from integration.contracts import contracts
from integration.retention.aggregates import keep_aggregates
from integration.retention.rules import Retention, Rule
from warehouse.access_log import record, removable_segments, remove_segment
from warehouse.database import Connection, count, reader, table_exists, writer
from warehouse.durable import fsync_folder
from warehouse.entitlements import Policy, policy_in_force
from warehouse.publication import publications
from warehouse.settings import Home
from warehouse.snapshots.layout import MANIFEST, POINTER

_NAMED = 20
"""Names of removed things that a line of the log holds; the others are counted."""
_REFUSED_ROWS = "agency_extracts.quarantine"


@dataclass(frozen=True)
class Expired:
    """What is due of one kind: how many things of what, their names, and what is due but stays and why.

    `paths` are the files and folders, `bytes` their size; rows in the working database have neither.
    """

    rule: Rule
    number: int
    what: str
    names: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    bytes: int = 0
    stays: tuple[str, ...] = field(default=())

    def sentence(self) -> str:
        """Say it in a line."""
        size = f", {self.bytes / 1e6:,.1f} MB" if self.bytes else ""
        return f"{self.rule.kind:13} {self.rule.term:21} {self.number:7,} {self.what}{size}"


def expired(home: Home, retention: Retention, day: dt.date) -> list[Expired]:
    """Say what is due on a day, kind by kind; changes nothing. Raises `HomeBusy` while a run writes."""
    rules = retention.rules
    return [
        _of_paths(rules["raw_files"], "landed files", _landed(home, rules["raw_files"], day)),
        _raw_rows(home, rules["raw_rows"], day),
        _of_paths(rules["snapshots"], "snapshots", _snapshots(home, policy_in_force(home), day)),
        _of_paths(rules["weekly_lists"], "folders of weekly lists", _weekly_lists(home, rules["weekly_lists"], day)),
        _publications(home, rules["row_level"], day),
        Expired(rules["aggregates"], 0, "periods"),
        _of_paths(rules["access_log"], "years of the access log", _years(home, rules["access_log"], day)),
    ]


def apply_retention(home: Home, retention: Retention, day: dt.date) -> list[Expired]:
    """Remove what is due on a day and give what was removed, kind by kind; the same again finds nothing.

    The counts of every period are kept first (`aggregates/`). Raises `HomeBusy` while a run writes to the home, and
    `HomeError` where a removal cannot be logged: then it is not done.
    """
    keep_aggregates(home)
    found = expired(home, retention, day)
    for one in found:
        if one.number and one.rule.kind != "access_log":  # a year of the log is told by the removal itself
            record(
                home,
                "retention",
                None,
                view=one.rule.kind,
                rows=one.number,
                detail={"term": one.rule.term, "names": list(one.names[:_NAMED]), "bytes": one.bytes},
            )
        _REMOVE[one.rule.kind](home, one, day)
    return found


def _of_paths(rule: Rule, what: str, paths: Iterable[Path], stays: Iterable[str] = ()) -> Expired:
    found = tuple(sorted(paths))
    size = sum(one.stat().st_size for path in found for one in ([path] if path.is_file() else path.rglob("*")))
    names = tuple("/".join(path.parts[-3:]) for path in found)
    return Expired(rule, len(found), what, names, found, size, tuple(stays))


def _landed(home: Home, rule: Rule, day: dt.date) -> Iterator[Path]:
    limit = rule.limit(day)
    for path in home.landing.glob("*/*"):
        if limit and path.is_file() and _written(path) < limit:
            yield path


def _raw_rows(home: Home, rule: Rule, day: dt.date) -> Expired:
    number = 0
    limit = rule.limit(day)
    if limit and home.database.exists():
        with reader(home) as con:
            number = sum(count(con, f"SELECT count(*) FROM {source}") for source in _raw(con, limit))
    return Expired(rule, number, "rows as delivered")


def _raw(con: Connection, limit: dt.date) -> list[str]:
    """Give `FROM` clauses of the raw rows that are due: those replaced or withdrawn, and the text of those refused.

    A file that came in several deliveries stays as long as one of them does.
    """
    if not table_exists(con, "agency_extracts", "delivery"):
        return []
    old = f"received_at < DATE '{limit}'"
    replaced = _files_only_in(f"{old} AND status IN ('superseded', 'withdrawn')")
    found = [
        f"{contract.table} WHERE source_file_id IN {replaced}"
        for contract in contracts().values()
        if table_exists(con, *contract.table.split("."))
    ]
    return [*found, f"{_REFUSED_ROWS} WHERE raw IS NOT NULL AND source_file_id IN {_files_only_in(old)}"]


def _files_only_in(deliveries: str) -> str:
    return (
        "(SELECT source_file_id FROM agency_extracts.source_file JOIN agency_extracts.delivery USING (delivery_id) "
        f"GROUP BY source_file_id HAVING bool_and({deliveries}))"
    )


def _snapshots(home: Home, policy: Policy, day: dt.date) -> Iterator[Path]:
    """Give the snapshots kept long enough, and all of a recipient that the policy no longer lets read."""
    entitled = {one.name for one in policy.valid_recipients(day)}
    for manifest in home.agencies.glob(f"*/*/*/{MANIFEST}"):
        if manifest.parent.is_symlink():
            continue
        said = json.loads(manifest.read_text(encoding="utf-8"))
        recipient = manifest.parts[-4]
        if recipient not in entitled or dt.date.fromisoformat(said["keep_until"]) < day:
            yield manifest.parent


def _weekly_lists(home: Home, rule: Rule, day: dt.date) -> Iterator[Path]:
    limit = rule.limit(day)
    for contents in (home.path / "reports").glob("*/isi.json"):
        said = json.loads(contents.read_text(encoding="utf-8"))
        if limit and said.get("kind") == "week" and _written(contents) < limit:
            yield contents.parent


def _publications(home: Home, rule: Rule, day: dt.date) -> Expired:
    limit = rule.limit(day)
    in_force = (home.published / "current").resolve()
    due = [one.folder for one in publications(home) if limit and dt.date.fromisoformat(one.facts["period_end"]) < limit]
    stays = [
        f"{one.name} is due and stays, for it is in force: publish a newer period." for one in due if one == in_force
    ]
    return _of_paths(rule, "publications", [one for one in due if one != in_force], stays)


def _years(home: Home, rule: Rule, day: dt.date) -> list[Path]:
    limit = rule.limit(day)
    return removable_segments(home, dt.datetime.combine(limit, dt.time(), dt.UTC)) if limit else []


def _written(path: Path) -> dt.date:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()


def _remove_paths(_home: Home, due: Expired, _day: dt.date) -> None:
    for path in due.paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        fsync_folder(path.parent)


def _remove_snapshots(home: Home, due: Expired, day: dt.date) -> None:
    """Take the pointer away before what it points to."""
    for path in due.paths:
        pointer = path.parent / POINTER
        if pointer.is_symlink() and pointer.resolve() == path.resolve():
            pointer.unlink()
            fsync_folder(path.parent)
    _remove_paths(home, due, day)


def _remove_raw_rows(home: Home, due: Expired, day: dt.date) -> None:
    limit = due.rule.limit(day)
    if not due.number or limit is None:
        return
    with writer(home) as con:
        for source in _raw(con, limit):
            if source.startswith(_REFUSED_ROWS):
                con.execute(f"UPDATE {source.replace(' WHERE ', ' SET raw = NULL WHERE ', 1)}")
            else:
                con.execute(f"DELETE FROM {source}")
        con.execute("CHECKPOINT")


def _remove_years(home: Home, due: Expired, _day: dt.date) -> None:
    for segment in due.paths:
        remove_segment(home, segment)


_REMOVE: dict[str, Callable[[Home, Expired, dt.date], None]] = {
    "raw_files": _remove_paths,
    "raw_rows": _remove_raw_rows,
    "snapshots": _remove_snapshots,
    "weekly_lists": _remove_paths,
    "row_level": _remove_paths,
    "aggregates": _remove_paths,
    "access_log": _remove_years,
}
