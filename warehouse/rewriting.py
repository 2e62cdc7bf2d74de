"""Writing a publication anew without some of its rows: the one way in which a publication ever changes."""

import datetime as dt
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb

from warehouse.database import Connection, home_error, in_memory, literal, rows
from warehouse.digest import file_sha256, table_digest
from warehouse.durable import fsync_folder, seal_folder
from warehouse.errors import PublicationRefused
from warehouse.pointer import ASIDE, rename
from warehouse.publication import PARQUET, STORAGE_VERSION, Publication, publications
from warehouse.settings import Home

_ERASED = re.compile(r"\.e(\d+)$")


def rewrite(home: Home, publication: Publication, queries: Mapping[str, str], erased: Mapping[str, int]) -> Publication:
    """Write a publication anew, point to it where the old one was in force, and remove the old one.

    `queries` give the rows of the tables that change, from `old.<table>`; the others stay as they are. `erased` says
    of each table how many rows went, and is added up in `publication.json` as `erased_rows`. The new one is called as
    the old one with `.e1`, `.e2` … behind it. A database that rows are deleted from still holds them in its file, so
    a new file is written. Raises `PublicationRefused` where what was written is not what was meant, and `HomeError`
    where the disk fails; both leave the old one.
    """
    version = _next_name(publication.version)
    build = home.published / f"{ASIDE}{version}"
    shutil.rmtree(build, ignore_errors=True)
    try:
        build.mkdir(mode=0o700)
        counts = _write(publication, build, queries)
        before: dict[str, int] = publication.facts.get("erased_rows", {})
        facts = {
            **publication.facts,
            "version": version,
            "rewritten_from": publication.version,
            "rewritten_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "erased_rows": {name: before.get(name, 0) + erased.get(name, 0) for name in sorted({*before, *erased})},
            "tables": {**publication.facts["tables"], **counts},
            "sha256": {path.name: file_sha256(path) for path in sorted(build.iterdir())},
        }
        (build / "publication.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        seal_folder(build)
        _take_the_place(home, publication, build, version)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException) as error:
        raise home_error(home, error) from error
    finally:
        shutil.rmtree(build, ignore_errors=True)
    return Publication(home.published / version, facts)


def remove_rewritten(home: Home) -> int:
    """Remove publications that were rewritten and that a killed call left standing beside the new one."""
    standing = publications(home)
    replaced = {one.facts.get("rewritten_from") for one in standing}
    left = [one for one in standing if one.version in replaced]
    for one in left:
        newer = next(other for other in standing if other.facts.get("rewritten_from") == one.version)
        rename(home, one.version, newer.version)
        shutil.rmtree(one.folder)
    return len(left)


def _next_name(version: str) -> str:
    number = _ERASED.search(version)
    return f"{_ERASED.sub('', version)}.e{int(number[1]) + 1 if number else 1}"


def _write(publication: Publication, build: Path, queries: Mapping[str, str]) -> dict[str, int]:
    expected: dict[str, tuple[int, int | None]] = {}
    with in_memory() as con:
        con.execute(f"ATTACH {literal(publication.database)} AS old (READ_ONLY)")
        con.execute(f"ATTACH {literal(build / 'padan.duckdb')} AS fresh (STORAGE_VERSION '{STORAGE_VERSION}')")
        for (name,) in rows(con, "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old' ORDER BY 1"):
            query = queries.get(name, f"FROM old.{name}")
            con.execute(f"CREATE TABLE fresh.{name} AS {query}")
            _parquet(con, publication, build, name, changed=name in queries)
            expected[name] = table_digest(con, f"({query})")
        con.execute("DETACH fresh")
        con.execute("DETACH old")
    with duckdb.connect(str(build / "padan.duckdb"), read_only=True) as reader:
        for name, wanted in expected.items():
            for source in (name, f"read_parquet({literal(build / f'{name}.parquet')})"):
                if table_digest(reader, source) != wanted:
                    raise PublicationRefused(
                        f"The rewritten table {name} is not the one that was meant; the old publication stands.", [name]
                    )
    return {name: count for name, (count, _) in expected.items()}


def _parquet(con: Connection, publication: Publication, build: Path, name: str, *, changed: bool) -> None:
    fresh, old = build / f"{name}.parquet", publication.folder / f"{name}.parquet"
    if not changed and old.is_file():
        fresh.hardlink_to(old)
    else:
        con.execute(f"COPY fresh.{name} TO {literal(fresh)} ({PARQUET})")


def _take_the_place(home: Home, publication: Publication, build: Path, version: str) -> None:
    build.rename(home.published / version)
    fsync_folder(home.published)
    rename(home, publication.version, version)
    shutil.rmtree(publication.folder)
    fsync_folder(home.published)
