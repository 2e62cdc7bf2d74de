"""Publishing: a snapshot is built aside, verified, and only then pointed to; a reader never sees half of one.

::

    published/
      2026-11-21T020311Z-1f0c9a2b/      one publication, never changed again
        padan.duckdb                    opens in DuckDB 1.0 and later
        targeting.parquet …             the same tables
        publication.json                what, from which run, how many rows, hashes
      current -> 2026-11-21T020311Z-1f0c9a2b
      in_force.json                     every move of `current` (warehouse/pointer.py)

A publication that was killed after its folder got its name and before the pointer moved is whole, but nobody was ever
given it: it counts for nothing, and goes as the old ones do. `./padan publications` shows it.
Readers resolve the pointer once and then read one folder; it stays at least an hour after another took its place.
"""

import datetime as dt
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database import Connection, home_error, literal
from warehouse.digest import file_sha256, table_digest
from warehouse.durable import fsync_folder, seal_folder
from warehouse.errors import NothingPublished, PublicationRefused
from warehouse.pointer import (
    ASIDE,
    MANIFEST,
    PUBLISHED,
    last_in_force,
    line,
    made_at,
    moves,
    point_to,
    pointed_to,
    put_beside,
    standing_versions,
)
from warehouse.settings import Home

STORAGE_VERSION = "v1.0.0"
"""Agencies' tools embed older DuckDB versions for years; every version since 1.0 reads this one."""
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 2000"
"""More words than these in a row group save nothing by a dictionary, and to build it takes an eighth of the time."""
KEPT = 30
"""Publications kept; older ones are removed after the next one stands."""
KEPT_PERIODS = 25
"""Periods whose newest publication is kept besides: two years of months to compare with (contracts §6.3)."""
UNDISTURBED = dt.timedelta(hours=1)
"""How long a publication stays after it was made or was last in force: somebody may have just begun to read it."""
_DATABASE = "padan.duckdb"


@dataclass(frozen=True)
class Snapshot:
    """One table of a publication: its name there, and the query on the working database that fills it."""

    name: str
    query: str


@dataclass(frozen=True)
class Publication:
    """A publication that stands: its folder and what `publication.json` says of it."""

    folder: Path
    facts: dict[str, Any]

    @property
    def version(self) -> str:
        """The name of its folder: time (UTC) and run."""
        return self.folder.name

    @property
    def database(self) -> Path:
        """The DuckDB file, by its own name rather than through the pointer, which may move while it is open."""
        return self.folder / _DATABASE


def publish(
    connection: Connection,
    home: Home,
    snapshots: list[Snapshot],
    run_id: str,
    facts: dict[str, Any],
    *,
    beside: bool = False,
) -> Publication:
    """Publish `snapshots` and point to them; the publication before stays until the very last step.

    With `beside` the pointer stays where it is: the last word on an earlier period (warehouse/pointer.py).
    `facts` go into `publication.json` beside row counts and hashes. Raises `PublicationRefused` when what was written
    is not what was meant, and `HomeError` when the disk fails; both leave the previous publication as it was.
    """
    home.published.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    now = dt.datetime.now(dt.UTC)
    version = f"{now:%Y-%m-%dT%H%M%SZ}-{run_id[:8]}"
    folder = home.published / version
    build = home.published / f"{ASIDE}{version}"
    build.mkdir(mode=0o700)
    try:
        expected = _write(connection, build, snapshots, now)
        _verify(build, expected)
        files = {path.name: file_sha256(path) for path in sorted(build.iterdir())}
        said = {
            "version": version,
            "run_id": run_id,
            "published_at": now.isoformat(timespec="seconds"),
            **facts,
            "tables": {name: count for name, (count, _) in expected.items()},
            "sha256": files,
        }
        (build / MANIFEST).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        seal_folder(build)
        build.rename(folder)
        fsync_folder(home.published)  # the pointer must not reach the disk before what it names
        if beside:
            put_beside(home, version)
        else:
            point_to(home, version, PUBLISHED)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException) as error:
        _take_back(home, build, folder)
        raise home_error(home, error) from error
    except BaseException:
        _take_back(home, build, folder)
        raise
    _forget_oldest(home)
    return Publication(folder, said)


def current_publication(home: Home) -> Publication:
    """Give the publication in force; raises `NothingPublished`, also where the one that is pointed to is gone."""
    version = pointed_to(home)
    if version is None:
        raise NothingPublished(
            f"The home {home.path} holds no publication yet. Run `./padan run` until one is published."
        )
    found = _standing(home, version)
    if found is None:
        raise NothingPublished(
            f"The publication in force, {version}, is not whole in {home.published}. Restore the folder from the "
            "backup, or put another in force: `./padan publications` lists them, `./padan rollback VERSION` does it."
        )
    return found


def publications(home: Home) -> list[Publication]:
    """Give every publication that is kept and says what it is, the newest first, rolled back or not."""
    return [one for version in standing_versions(home) if (one := _standing(home, version))]


def publications_in_line(home: Home) -> list[Publication]:
    """Give the publication in force and the kept ones it was made on top of, the newest first.

    What a later night compares itself with, and what reports look back on: not what was rolled back.
    """
    kept = set(standing_versions(home))
    return [one for version in line(home) if version in kept and (one := _standing(home, version))]


def is_late(home: Home, period: str) -> bool:
    """Say whether a publication of a later period of the same kind, month or week, counts already."""
    weekly = "W" in period
    return any(
        ("W" in one.facts["period"]) is weekly and one.facts["period"] > period for one in publications_in_line(home)
    )


def publication_made_from(home: Home, made_from: str, late: str | None = None) -> Publication | None:
    """Give the publication in force if it was made from this very version of the tables, else one rolled back that was.

    For a `late` period the last word on it stands for the one in force. None where neither is: then there is something
    to publish.
    """
    version, back = pointed_to(home), rolled_back(home)
    if late:
        version = next((one.version for one in publications_in_line(home) if one.facts["period"] == late), None)
    found = [one for one in publications(home) if one.facts.get("made_from") == made_from]
    in_force = [one for one in found if one.version == version]
    return next(iter([*in_force, *(one for one in found if one.version in back)]), None)


def rolled_back(home: Home) -> set[str]:
    """Give the versions that counted once and count no more, also those removed since."""
    return {one.version for one in moves(home)} - set(line(home))


def _standing(home: Home, version: str) -> Publication | None:
    """Give a publication by its version; None where its manifest is gone or damaged."""
    folder = home.published / version
    facts = None
    with suppress(FileNotFoundError, NotADirectoryError, ValueError):
        facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return Publication(folder, facts) if isinstance(facts, dict) else None


def _write(
    connection: Connection, build: Path, snapshots: list[Snapshot], now: dt.datetime
) -> dict[str, tuple[int, int | None]]:
    """Write database and Parquet; give each table's rows and an order-free hash of them, taken from the source."""
    expected = {}
    connection.execute(f"ATTACH {literal(build / _DATABASE)} AS publication (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        for snapshot in snapshots:
            query = snapshot.query.replace("{published_at}", f"TIMESTAMP '{now:%Y-%m-%d %H:%M:%S}'")
            connection.execute(f"CREATE TABLE publication.{snapshot.name} AS {query}")
            parquet = literal(build / f"{snapshot.name}.parquet")
            connection.execute(f"COPY publication.{snapshot.name} TO {parquet} ({PARQUET})")
            expected[snapshot.name] = table_digest(connection, f"({query})")
    finally:
        connection.execute("DETACH publication")
    return expected


def _verify(build: Path, expected: dict[str, tuple[int, int | None]]) -> None:
    with duckdb.connect(str(build / _DATABASE), read_only=True) as reader:
        for name, wanted in expected.items():
            parquet = literal(build / f"{name}.parquet")
            for source in (name, f"read_parquet({parquet})"):
                if table_digest(reader, source) != wanted:
                    raise PublicationRefused(
                        f"The written table {name} is not the one that was computed; nothing was published.", [name]
                    )


def _take_back(home: Home, build: Path, folder: Path) -> None:
    """Remove what a failed publication wrote, unless readers have it already."""
    shutil.rmtree(build, ignore_errors=True)
    if pointed_to(home) != folder.name:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(home: Home) -> None:
    """Remove what a killed run left half built or half removed."""
    for left in home.published.glob(f"{ASIDE}*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _forget_oldest(home: Home) -> None:
    """Remove all but the newest, the last word on each period as long as that is kept, and what may still be read."""
    standing = publications(home)
    until = last_in_force(home)
    last_word = {one.facts["period"]: one for one in reversed(publications_in_line(home))}
    newest = sorted(last_word.values(), key=lambda one: str(one.facts.get("period_end", one.facts["period"])))
    kept_periods = [one.version for one in newest[-KEPT_PERIODS:]]
    limit = dt.datetime.now(dt.UTC) - UNDISTURBED
    kept = {*(one.version for one in standing[:KEPT]), *kept_periods, pointed_to(home)}
    for one in standing:
        if one.version not in kept and max(until.get(one.version, limit), made_at(one.version)) <= limit:
            _remove(home, one)


def _remove(home: Home, one: Publication) -> None:
    """Take a publication away in one step, so that a kill leaves no part of it standing."""
    leaving = home.published / f"{ASIDE}removed-{one.version}"
    one.folder.rename(leaving)
    shutil.rmtree(leaving)
