"""Taking a person out of what is published, now and on every later night, and saying what stays and why."""

import json
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from integration.contracts import contracts
from integration.privacy.data_subject import DataSubject, attached
from integration.privacy.law import law
from integration.privacy.tombstones import bury
from integration.privacy.who_saw import who_saw
from warehouse.access_log import record
from warehouse.database import Connection, count, literal, reader, rows, table_exists, writer
from warehouse.entitlements import policy_in_force
from warehouse.errors import NothingPublished
from warehouse.publication import Publication, current_publication, publications
from warehouse.rewriting import remove_rewritten, rewrite
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots
from warehouse.snapshots.layout import MANIFEST, POINTER
from warehouse.tables import stage_tables

_IDS_OF_OTHERS = ("mother_person_id",)
_NIKS = ("nik", "mother_nik")


@dataclass(frozen=True)
class ErasurePlan:
    """What erasing a person means: rows of each publication, cells of others' rows, snapshots, rows that agencies keep.

    `rows` is publication to table to rows about the person; `cells` publication to rows of others that lose a NIK or
    an id of theirs; `delivered` dataset to rows in the working database, which stay.
    """

    subject: DataSubject
    rows: dict[str, dict[str, int]]
    cells: dict[str, int]
    delivered: dict[str, int]
    seen_by: tuple[str, ...]

    def sentences(self) -> Iterator[str]:
        """Say what is done, what is not, and why, for who answers the person."""
        own = sum(sum(tables.values()) for tables in self.rows.values())
        yield f"{self.subject.name}: {own:,} rows in {len(self.rows):,} publications, {sum(self.cells.values()):,} rows"
        yield "of other people and families that hold this person's NIK or id."
        for version, tables in self.rows.items():
            told = ", ".join(f"{table} {number:,}" for table, number in tables.items())
            yield f"  {version}: {told or 'no row of their own'}; {self.cells.get(version, 0):,} of others"
        yield f"Snapshots that held them: {', '.join(self.seen_by) or 'none that is known'}."
        yield ""
        yield law().right_of_erasure
        yield from (f"  + {one}" for one in law().erasure_does)
        yield from (f"  - {one}" for one in law().erasure_does_not)
        yield ""
        for dataset, number in self.delivered.items():
            agency = law().agencies[contracts()[dataset].agency]
            yield f"{dataset}: {number:,} rows as {agency['name']} delivered them stay. {agency['erasable']}"


def plan_erasure(home: Home, subject: DataSubject) -> ErasurePlan:
    """Say what erasing a person would do; changes nothing. Raises `HomeBusy` while a run writes to the home."""
    return _planned(home, subject, _delivered(home, subject))


def erase(home: Home, subject: DataSubject, basis: str) -> ErasurePlan:
    """Take a person out of every publication and snapshot kept, and of every later night; give what was done.

    First the tombstone, so that no night in between publishes them again; a call that was killed is finished by the
    next. Raises `HomeBusy` while a run writes to the home.
    """
    delivered = _delivered(home, subject)
    with writer(home) as con:
        remove_rewritten(home)
        plan = _planned(home, subject, delivered)
        record(
            home,
            "erasure",
            None,
            subject=subject.name,
            rows=sum(sum(tables.values()) for tables in plan.rows.values()),
            detail={"basis": basis, "publications": list(plan.rows), "seen_by": list(plan.seen_by)},
        )
        bury(home, subject.ids, subject.nik, basis)
        for one in publications(home):
            if one.version in plan.rows:
                rewrite(home, one, _queries(subject, columns_of(one)), plan.rows[one.version])
        _rebuild_snapshots(home)
        _forget_in_database(con, subject)
    return plan


def _planned(home: Home, subject: DataSubject, delivered: dict[str, int]) -> ErasurePlan:
    own: dict[str, dict[str, int]] = {}
    others: dict[str, int] = {}
    for one in publications(home):
        columns = columns_of(one)
        with attached(one) as con:
            counted = {name: _counted(con, name, _own(subject, columns[name])) for name in columns}
            cells = sum(
                _counted(con, name, f"NOT coalesce({_own(subject, known)}, false) AND {_names_them(subject, known)}")
                for name, known in columns.items()
            )
        if any(counted.values()) or cells:
            own[one.version] = {name: number for name, number in counted.items() if number}
            others[one.version] = cells
    seen_by = sorted({one.unit for one in who_saw(home, subject).held})
    return ErasurePlan(subject, own, others, delivered, tuple(seen_by))


def columns_of(publication: Publication) -> dict[str, tuple[str, ...]]:
    """Give the columns of each table of a publication, which may be of an older shape."""
    with duckdb.connect(str(publication.database), read_only=True) as con:
        return dict(
            rows(con, "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal GROUP BY 1")
        )


def _counted(con: Connection, name: str, condition: str) -> int:
    return count(con, f"SELECT count(*) FROM published.{name} WHERE {condition}")


def _own(subject: DataSubject, columns: Collection[str]) -> str:
    """Give the condition for rows about the person; a family that bears their name is not theirs alone."""
    if "person_id" in columns:
        return f"person_id IN ({_listed(subject.ids)})"
    return f"target_id IN ({_listed(subject.target_ids)})" if "target_id" in columns else "false"


def _names_them(subject: DataSubject, columns: Collection[str]) -> str:
    """Give the condition for rows in which an identifier of the person stands, beside their own."""
    holds = [f"{column} IN ({_listed(subject.ids)})" for column in _IDS_OF_OTHERS if column in columns]
    if subject.nik:
        holds += [f"{column} = {literal(subject.nik)}" for column in _NIKS if column in columns]
    return f"coalesce({' OR '.join(holds)}, false)" if holds else "false"


def _queries(subject: DataSubject, columns: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Give the rows that stay of each table that can hold the person, without an identifier of theirs."""
    queries = {}
    for name, known in columns.items():
        own, replaced = _own(subject, known), []
        for column in _IDS_OF_OTHERS:
            if column in known:
                replaced.append(
                    f"CASE WHEN coalesce({column} IN ({_listed(subject.ids)}), false) THEN NULL ELSE {column} END "
                    f"AS {column}"
                )
        if subject.nik:
            nik = literal(subject.nik)
            replaced += [f"nullif({column}, {nik}) AS {column}" for column in _NIKS if column in known]
            if "nik_status" in known:
                replaced.append(f"CASE WHEN nik = {nik} THEN 'missing' ELSE nik_status END AS nik_status")
        if own != "false" or replaced:
            replace = f" REPLACE ({', '.join(replaced)})" if replaced else ""
            queries[name] = f"SELECT *{replace} FROM old.{name} WHERE NOT coalesce({own}, false)"
    return queries


def _delivered(home: Home, subject: DataSubject) -> dict[str, int]:
    if not home.database.exists():
        return {}
    with reader(home) as con:
        if not table_exists(con, "persons", "person_source"):
            return {}
        found = rows(
            con,
            f"""SELECT dataset, count(*) FROM persons.person_source
            WHERE person_id IN ({_listed(subject.ids)}) GROUP BY 1 ORDER BY 1""",
        )
    return dict(found)


def _rebuild_snapshots(home: Home) -> None:
    """Cut the snapshots from the publication in force anew, and remove those of publications that are no more."""
    try:
        build_snapshots(home, current_publication(home), policy_in_force(home))
    except NothingPublished:
        return
    standing = {one.version for one in publications(home)}
    for manifest in home.agencies.glob(f"*/*/*/{MANIFEST}"):
        folder = manifest.parent
        if folder.is_symlink() or _publication_of(manifest) in standing:
            continue
        pointer = folder.parent / POINTER
        if pointer.resolve() == folder:
            pointer.unlink()
        shutil.rmtree(folder)


def _publication_of(manifest: Path) -> str:
    said: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
    return said["publication"]


def _forget_in_database(con: Connection, subject: DataSubject) -> None:
    """Take the person out of the tables of the stage, which hold the last night and remember those before."""
    for name, table in stage_tables("targeting").items():
        if table_exists(con, "targeting", name):
            for column, ids in {
                "person_id": subject.ids,
                "entity_id": subject.ids,
                "target_id": subject.target_ids,
            }.items():
                if column in table.column_names:
                    con.execute(f"DELETE FROM {table.full_name} WHERE {column} IN ({_listed(ids)})")
    con.execute("CHECKPOINT")


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(literal, texts)) or "NULL"
