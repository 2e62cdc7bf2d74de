"""The files that say which id became which, one for each rotation; the truth from which everything else follows."""

import datetime as dt
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.database import Connection, literal
from warehouse.durable import fsync_file, fsync_folder
from warehouse.keys import fingerprint, key_ring
from warehouse.settings import Home

ALIASES = "id_alias"
"""The temporary table `id_alias(old_id, new_id, rotated_at)`: every id of before any rotation, and what it is now."""
_STAMP = "%Y-%m-%dT%H%M%S.%fZ"
_NAME = re.compile(r"(?P<at>[0-9T.Z-]+)-(?P<purpose>[a-z_]+)-(?P<fingerprint>[0-9a-f]{16})\.parquet")


@dataclass(frozen=True)
class Mapping:
    """One rotation: its file with the columns `old_id, new_id`, the purpose, and when."""

    path: Path
    purpose: str
    rotated_at: dt.datetime


def mappings(home: Home) -> list[Mapping]:
    """Give the rotations that took place, the oldest first.

    A file whose key is not in the home is of a rotation that was broken off before the key was replaced: it is not
    given. Raises `HomeError` as `warehouse.keys` does.
    """
    return [one for one, is_in_use in _files(home) if is_in_use]


def write_mapping(home: Home, purpose: str, fresh: bytes, old_ids: pa.Array, new_ids: pa.Array) -> Path:
    """Write a mapping for its owner alone, whole or not at all; it counts once the key `fresh` is in use."""
    folder = home.keys / "mappings"
    folder.mkdir(mode=0o700, exist_ok=True)
    for one, is_in_use in _files(home):
        if not is_in_use:
            one.path.unlink()
    path = folder / f"{dt.datetime.now(dt.UTC):{_STAMP}}-{purpose}-{fingerprint(fresh)}.parquet"
    aside = folder / f".{path.name}"
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        pq.write_table(pa.table({"old_id": old_ids, "new_id": new_ids}), file, compression="zstd")
    fsync_file(aside)
    aside.replace(path)
    fsync_folder(folder)
    return path


def write_aliases(con: Connection, home: Home) -> int:
    """Write the temporary table `ALIASES` from all rotations, one after the other; give how many there were."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {ALIASES} (old_id VARCHAR, new_id VARCHAR, rotated_at TIMESTAMP)")
    found = mappings(home)
    for one in found:
        source = f"read_parquet({literal(one.path)})"
        at = f"TIMESTAMP '{one.rotated_at:%Y-%m-%d %H:%M:%S}'"
        con.execute(
            f"""UPDATE {ALIASES} SET new_id = m.new_id, rotated_at = {at}
            FROM {source} AS m WHERE {ALIASES}.new_id = m.old_id"""
        )
        con.execute(
            f"INSERT INTO {ALIASES} SELECT old_id, new_id, {at} FROM {source} ANTI JOIN {ALIASES} USING (old_id)"
        )
    return len(found)


def _files(home: Home) -> list[tuple[Mapping, bool]]:
    found = []
    for path in sorted((home.keys / "mappings").glob("*.parquet")):
        said = _NAME.fullmatch(path.name)
        if said is None:
            continue
        at = dt.datetime.strptime(said["at"], _STAMP).replace(tzinfo=dt.UTC)
        prints = {fingerprint(key) for key in key_ring(home, said["purpose"])}
        found.append((Mapping(path, said["purpose"], at), said["fingerprint"] in prints))
    return found
