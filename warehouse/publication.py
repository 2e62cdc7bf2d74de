"""Publishing: a snapshot is built aside, verified, and only then pointed to; a reader never sees half of one.

::

    published/
      2026-11-21T020311Z-1f0c9a2b/      one publication, never changed again
        padan.duckdb                    opens in DuckDB 1.0 and later
        targeting.parquet …             the same tables
        publication.json                what, from which run, how many rows, hashes
      current -> 2026-11-21T020311Z-1f0c9a2b
"""

import datetime as dt
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database import Connection, fsync_file, fsync_folder, home_error, literal
from warehouse.digest import file_sha256, table_digest
from warehouse.errors import NothingPublished, PublicationRefused
from warehouse.settings import Home

STORAGE_VERSION = "v1.0.0"
"""Agencies' tools embed older DuckDB versions for years; every version since 1.0 reads this one."""
KEPT = 30
"""Publications kept; older ones are removed after the next one stands."""
KEPT_PERIODS = 25
"""Periods whose newest publication is kept besides: two years of months to compare with (contracts §6.3)."""
_BUILD = ".build-"
_POINTER = "current"
_DATABASE = "padan.duckdb"
_MANIFEST = "publication.json"


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
    connection: Connection, home: Home, snapshots: list[Snapshot], run_id: str, facts: dict[str, Any]
) -> Publication:
    """Publish `snapshots` and point to them; the publication before stays until the very last step.

    `facts` go into `publication.json` beside row counts and hashes. Raises `PublicationRefused` when what was written
    is not what was meant, and `HomeError` when the disk fails; both leave the previous publication as it was.
    """
    home.published.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    now = dt.datetime.now(dt.UTC)
    version = f"{now:%Y-%m-%dT%H%M%SZ}-{run_id[:8]}"
    build = home.published / f"{_BUILD}{version}"
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
        (build / _MANIFEST).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
        for path in build.iterdir():
            fsync_file(path)
            path.chmod(0o440)
        fsync_folder(build)
        folder = home.published / version
        build.rename(folder)
        _point_to(home, version)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException) as error:
        shutil.rmtree(build, ignore_errors=True)
        raise home_error(home, error) from error
    except BaseException:
        shutil.rmtree(build, ignore_errors=True)
        raise
    _forget_oldest(home)
    return Publication(folder, said)


def current_publication(home: Home) -> Publication:
    """Give the publication in force; raises `NothingPublished`."""
    folder = (home.published / _POINTER).resolve()
    if not (folder / _MANIFEST).is_file():
        raise NothingPublished(
            f"The home {home.path} holds no publication yet. Run `./padan run` until one is published."
        )
    return Publication(folder, json.loads((folder / _MANIFEST).read_text(encoding="utf-8")))


def publications(home: Home) -> list[Publication]:
    """Give every publication that is kept, the newest first."""
    folders = [path for path in home.published.glob("*") if path.is_dir() and not path.is_symlink()]
    return [
        Publication(folder, json.loads((folder / _MANIFEST).read_text(encoding="utf-8")))
        for folder in sorted(folders, reverse=True)
        if (folder / _MANIFEST).is_file()
    ]


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
            connection.execute(f"COPY publication.{snapshot.name} TO {parquet} (FORMAT parquet, COMPRESSION zstd)")
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


def _point_to(home: Home, version: str) -> None:
    fresh = home.published / f"{_BUILD}pointer"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(version)
    fresh.replace(home.published / _POINTER)
    fsync_folder(home.published)


def _sweep(home: Home) -> None:
    """Remove what a killed run left half built."""
    for left in home.published.glob(f"{_BUILD}*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _forget_oldest(home: Home) -> None:
    """Remove all but the newest, the newest of each period as long as that is kept, and the one in force."""
    standing = publications(home)
    last_word = {one.facts["period"]: one for one in reversed(standing)}
    kept_periods = sorted(last_word, key=lambda period: last_word[period].version)[-KEPT_PERIODS:]
    kept = {one.folder for one in standing[:KEPT]} | {last_word[period].folder for period in kept_periods}
    kept.add((home.published / _POINTER).resolve())
    for one in standing:
        if one.folder not in kept:
            shutil.rmtree(one.folder)
