"""The files of one unit: DuckDB, Parquet, XLSX, the page that explains them and the manifest that proves them."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.database import Connection, literal, rows
from warehouse.digest import file_sha256
from warehouse.durable import seal_folder
from warehouse.entitlements import Policy, Unit, published_tables
from warehouse.entitlements.dictionary import DICTIONARY_COLUMNS, declared
from warehouse.errors import PublicationRefused
from warehouse.publication import PARQUET, Publication
from warehouse.snapshots.alike import Alike
from warehouse.snapshots.encryption import encrypt_files
from warehouse.snapshots.layout import ABOUT, DATABASE, DICTIONARY, MANIFEST, README, WORKBOOK
from warehouse.snapshots.readme import readme
from warehouse.snapshots.unchanged import Unchanged
from warehouse.snapshots.unit_database import write_database
from warehouse.snapshots.workbook import Sheet, write_workbook
from warehouse.tables import Column


@dataclass(frozen=True)
class Cut:
    """One unit to be written: where, from which publication, by which policy, and the query of each of its tables.

    `definitions` are those of the tables' columns, `special` the columns of each published table in which a text needs
    escaping (`special_columns`). `alike` is what other units have made of the same rows; `digests` are those of its
    tables, and `unchanged` what it holds already.
    """

    unit: Unit
    folder: Path
    publication: Publication
    policy: Policy
    queries: Mapping[str, str]
    definitions: Mapping[str, str]
    special: Mapping[str, frozenset[str]]
    alike: Alike
    digests: Mapping[str, str]
    unchanged: Unchanged


def write_unit(connection: Connection, cut: Cut) -> None:
    """Write the files of a unit into its folder, from tables on `connection` called as the published ones.

    Raises `PublicationRefused` where what was written is not what was meant.
    """
    formats, stands = cut.unit.recipient.formats, cut.unchanged.tables
    alias = f"unit_{cut.folder.parent.parent.name}_{cut.unit.place.replace('.', '')}"
    queries = {**cut.queries, ABOUT: _about(cut)}
    computed = write_database(
        connection, cut.folder / DATABASE, alias, queries, cut.unchanged, _naming_nobody(cut), cut.definitions
    )
    connection.execute(f"ATTACH {literal(cut.folder / DATABASE)} AS {alias} (READ_ONLY)")
    try:
        counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {alias}.{name}" for name in computed)
        _expect(cut, computed, dict(rows(connection, counts)))
        if "parquet" in formats:
            for name, query in queries.items():
                _write_parquet(connection, cut, alias, name, query)
            _expect(cut, computed, _rows_in_parquet(connection, cut))
        too_long = [name for name, length in computed.items() if length > cut.policy.xlsx_rows]
        if "xlsx" in formats:
            sheets = [
                Sheet(name, columns, f"{alias}.{name}", computed[name], special, queries[name], name in stands)
                for name, columns, special in _sheets(cut)
                if name not in too_long
            ]
            before = cut.unchanged.file(WORKBOOK)
            write_workbook(connection, cut.folder / WORKBOOK, sheets, cut.unit.name, alike=cut.alike, before=before)
    finally:
        connection.execute(f"DETACH {alias}")
    if "duckdb" not in formats:
        (cut.folder / DATABASE).unlink()
    _seal(cut, _facts(cut, computed, too_long if "xlsx" in formats else []))


def _naming_nobody(cut: Cut) -> set[str]:
    """Give the tables that hold nothing of anybody: what the snapshot says of itself, and counts that all may see."""
    open_tables = {
        view.shown_as
        for view in cut.unit.recipient.views
        if all(column.privacy == "none" for column in published_tables()[view.table.name].columns)
    }
    return open_tables | {DICTIONARY, ABOUT}


def _write_parquet(connection: Connection, cut: Cut, alias: str, name: str, query: str) -> None:
    path = cut.folder / f"{name}.parquet"
    if name in cut.unchanged.tables and (before := cut.unchanged.file(path.name)):
        path.hardlink_to(before)  # neither is ever changed again
        return
    copy = f"COPY {alias}.{name} TO {literal(path)} ({PARQUET})"
    if query not in cut.alike:
        connection.execute(copy)
        return

    def copied() -> bytes:
        connection.execute(copy)
        return path.read_bytes()

    path.write_bytes(cut.alike.made(query, "parquet", copied))


def _rows_in_parquet(connection: Connection, cut: Cut) -> dict[str, int]:
    """Give how many rows each Parquet file of the unit says that it has."""
    files = literal(cut.folder / "*.parquet")
    query = f"SELECT parse_filename(file_name, true), num_rows FROM parquet_file_metadata({files})"
    return dict(rows(connection, query))


def _about(cut: Cut) -> str:
    """Give the query of the one row that says what this is, for whoever opens it with a tool."""
    said = {name: fact for name, fact in _identity(cut).items() if not isinstance(fact, dict | list)}
    return "SELECT " + ", ".join(f"{literal(fact)} AS {name}" for name, fact in said.items())


def _sheets(cut: Cut) -> Iterator[tuple[str, list[Column], frozenset[str] | None]]:
    """Give the name of each sheet, its columns, and those in which a text may need escaping (None: nobody looked)."""
    for view in cut.unit.recipient.views:
        yield view.shown_as, [column for _, column in declared(view)], cut.special[view.table.name]
    yield DICTIONARY, list(DICTIONARY_COLUMNS), None
    about = [Column(name, "VARCHAR", name) for name, fact in _identity(cut).items() if not isinstance(fact, dict)]
    yield ABOUT, about, None


def _identity(cut: Cut) -> dict[str, Any]:
    """Say what the snapshot is, for whom, and until when it may be kept."""
    recipient = cut.unit.recipient
    published = dt.datetime.fromisoformat(cut.publication.facts["published_at"])
    return {
        "unit": cut.unit.name,
        "agency": recipient.agency,
        "role": recipient.role,
        "purpose_code": recipient.purpose.code,
        "purpose": recipient.purpose.says,
        "legal_basis": recipient.legal_basis,
        "publication": cut.publication.version,
        "period": cut.publication.facts["period"],
        "published_at": cut.publication.facts["published_at"],
        "policy": cut.policy.label,
        "keep_until": (published.date() + dt.timedelta(days=recipient.keep_days)).isoformat(),
    }


def _facts(cut: Cut, counts: dict[str, int], not_in_xlsx: list[str]) -> dict[str, Any]:
    return {
        **_identity(cut),
        "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "tables": counts,
        "not_in_xlsx": not_in_xlsx,
        "digests": dict(cut.digests),
    }


def _seal(cut: Cut, facts: dict[str, Any]) -> None:
    """Explain, encrypt where the policy says so, hash and fsync what was written."""
    page = readme(cut.unit, facts, list(cut.unit.recipient.views))
    (cut.folder / README).write_text(page, encoding="utf-8")
    if cut.unit.recipient.encrypt_to:
        encrypt_files(cut.folder, cut.unit.recipient.encrypt_to)
    hashes = {path.name: file_sha256(path) for path in sorted(cut.folder.iterdir())}
    said = json.dumps({**facts, "sha256": hashes}, indent=1, ensure_ascii=False)
    (cut.folder / MANIFEST).write_text(said + "\n", encoding="utf-8")
    seal_folder(cut.folder)


def _expect(cut: Cut, wanted: Mapping[str, int], found: Mapping[str, int]) -> None:
    for table, length in wanted.items():
        if found.get(table) != length:
            raise PublicationRefused(
                f"The written table {table} of {cut.unit.name} has {found.get(table, 0):,} rows and {length:,} were "
                "computed; what stood before stands.",
                [cut.unit.name],
            )
