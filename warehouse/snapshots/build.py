"""Building the snapshots of all recipients from a publication: aside, verified, then pointed to."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.access_log import record_each
from warehouse.attached import attach_publication
from warehouse.database import Connection, home_error, in_memory, literal, rows
from warehouse.durable import fsync_folder, swing_link
from warehouse.entitlements import (
    KECAMATAN,
    WHOLE,
    Policy,
    Treatment,
    Unit,
    published_tables,
    recipient_key,
    view_query,
)
from warehouse.keys import secret_key
from warehouse.progress import Progress, Say, silent
from warehouse.publication import Publication
from warehouse.settings import REGIONS_CSV, Home, Resources
from warehouse.snapshots.alike import Alike
from warehouse.snapshots.compression import as_published, compressions
from warehouse.snapshots.layout import BUILD, DICTIONARY, MANIFEST, POINTER, snapshot_version, unit_folder
from warehouse.snapshots.removal import remove_old_snapshots, sweep, withdraw
from warehouse.snapshots.unchanged import Unchanged, shown_digests, unchanged
from warehouse.snapshots.unit_database import column_definitions
from warehouse.snapshots.unit_dictionary import make_dictionary
from warehouse.snapshots.unit_files import Cut, write_unit
from warehouse.snapshots.workbook import special_columns
from warehouse.wall_clock import today


@dataclass(frozen=True)
class Built:
    """What a call made: the version, the units that have it now, and those that were taken away."""

    version: str
    made: tuple[str, ...]
    standing: tuple[str, ...]
    withdrawn: tuple[str, ...]


def build_snapshots(
    home: Home,
    publication: Publication,
    policy: Policy,
    *,
    day: dt.date | None = None,
    afresh: bool = False,
    say: Say = silent,
) -> Built:
    """Give every recipient who is valid on `day` (today) its snapshots of a publication, and take away the others'.

    All are built aside and verified before the first is pointed to. A unit that has the version already is left as
    it is, so a call that was killed is finished by the next. A table of which a unit is shown what it was shown before
    is taken from its snapshot before, unless all is to be made `afresh`. Raises `PublicationRefused` where a written
    file is not what was meant, and `HomeError` where the disk fails; both leave what stood.
    """
    version = snapshot_version(publication, policy)
    home.agencies.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with in_memory() as connection:
            # With its order kept, each kecamatan lies together and a unit reads no other's rows.
            connection.execute("SET preserve_insertion_order = true")
            attach_publication(connection, "published", publication)
            entitled = list(_units(connection, policy, day or today()))
            missing = [unit for unit in entitled if not (unit_folder(home, unit) / version / MANIFEST).is_file()]
            _write(connection, home, publication, policy, missing, version, say, afresh=afresh)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException) as error:
        raise home_error(home, error) from error
    pointed = [unit for unit in entitled if _point_to(unit_folder(home, unit), version)]
    record_each(home, "snapshot", pointed, version=version)
    for unit in pointed:
        remove_old_snapshots(home, unit)
    withdrawn = withdraw(home, entitled)
    return Built(
        version,
        made=tuple(unit.name for unit in pointed),
        standing=tuple(unit.name for unit in entitled),
        withdrawn=tuple(withdrawn),
    )


def _units(connection: Connection, policy: Policy, day: dt.date) -> Iterator[Unit]:
    """Give the units of who may read on the day; the kecamatan are those of the kabupaten that are published."""
    codes = [
        str(code)
        for (code,) in rows(
            connection,
            f"""SELECT code FROM read_csv({literal(REGIONS_CSV)}, header = true, all_varchar = true)
            WHERE length(code) = 8 AND code[:5] IN (SELECT kab_code FROM published_targeting)
            ORDER BY code""",
        )
    ]
    for recipient in policy.valid_recipients(day):
        if WHOLE in recipient.units:
            yield Unit(recipient)
        if KECAMATAN in recipient.units:
            yield from (Unit(recipient, code) for code in codes)


def _write(
    connection: Connection,
    home: Home,
    publication: Publication,
    policy: Policy,
    units: list[Unit],
    version: str,
    say: Say,
    *,
    afresh: bool,
) -> None:
    """Write the files of every unit into a folder of its own, and give the folder its name once all are written."""
    special = _gather(connection, units)
    secret = secret_key(home, "pseudonym")
    keys = {unit.name: recipient_key(secret, unit.recipient) for unit in units}
    any_of = {unit.recipient.name: unit for unit in units}  # the columns of a recipient's units are the same
    dictionaries = {name: make_dictionary(connection, unit.recipient) for name, unit in any_of.items()}
    queries = {
        unit.name: {**_granted(unit, keys[unit.name]), DICTIONARY: dictionaries[unit.recipient.name]} for unit in units
    }
    compressed = compressions(connection, "published", special)
    definitions = {
        name: column_definitions(connection, queries[unit.name], as_published(unit.recipient, compressed))
        for name, unit in any_of.items()
    }
    alike = Alike(query for asked in queries.values() for query in asked.values())
    digests = shown_digests(connection, units, queries, keys)
    progress = Progress("snapshots", say)
    builds: list[tuple[Path, Path]] = []
    cuts = []
    for unit in units:
        folder = unit_folder(home, unit)
        for level in (folder.parent, folder):  # mkdir(parents=True) would leave the upper one open to all
            level.mkdir(mode=0o700, exist_ok=True)
        sweep(folder)
        build = folder / f"{BUILD}{version}"
        build.mkdir(mode=0o700)
        builds.append((build, folder / version))
        stands = Unchanged() if afresh else unchanged(home, unit, digests[unit.name])
        cuts.append(
            Cut(
                unit=unit,
                folder=build,
                publication=publication,
                policy=policy,
                queries=queries[unit.name],
                definitions=definitions[unit.recipient.name],
                special=special,
                alike=alike,
                digests=digests[unit.name],
                unchanged=stands,
            )
        )
    cuts.sort(key=lambda cut: cut.unit.kecamatan is not None)  # the long ones first
    # Units go side by side, each on one thread: DuckDB sharing out the work of small queries would cost more.
    connection.execute("SET threads = 1")
    with ThreadPoolExecutor(Resources.from_environment().threads) as pool:
        for done, _ in enumerate(pool.map(lambda cut: write_unit(connection.cursor(), cut), cuts), start=1):
            progress(done, len(cuts))
    for build, folder in builds:
        build.rename(folder)
        fsync_folder(folder.parent)


def _granted(unit: Unit, key: bytes) -> dict[str, str]:
    """Give the query of each table that the policy grants to a unit; `key` is its recipient's."""
    return {view.shown_as: view_query(view, view.table.name, key, unit.kecamatan) for view in unit.recipient.views}


def _gather(connection: Connection, units: list[Unit]) -> dict[str, frozenset[str]]:
    """Make a copy of each table that the units show, its rows ordered by place, without columns that nobody sees.

    Gives the columns of each in which a text needs escaping.
    """
    views = {view.name: view for unit in units for view in unit.recipient.views}.values()
    special = {}
    for name, one in {view.table.name: view.table for view in views}.items():
        of_table = [view for view in views if view.table is one]
        dropped = set.intersection(*({column.name for column in view.columns(Treatment.DROPPED)} for view in of_table))
        unseen = [column for column in dropped if not any(column in (view.rows or "") for view in of_table)]
        excluded = f"EXCLUDE ({', '.join(sorted(unseen))})" if unseen else ""
        order = f"ORDER BY {one.kecamatan}" if one.kecamatan else ""
        connection.execute(f"CREATE TABLE {name} AS SELECT * {excluded} FROM published_{name} {order}")
        seen = [column for column in published_tables()[name].columns if column.name not in unseen]
        special[name] = special_columns(connection, name, seen)
    return special


def _point_to(folder: Path, version: str) -> bool:
    """Point to a version in one step; say whether it was not pointed to before."""
    pointer = folder / POINTER
    if pointer.is_symlink() and pointer.readlink() == Path(version):
        return False
    swing_link(pointer, version, f"{BUILD}pointer")
    return True
