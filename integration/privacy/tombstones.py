"""The memory of who was erased: keyed hashes, by which a person is recognised and from which nobody is."""

import datetime as dt
import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass

from warehouse.database import Connection, home_error, literal
from warehouse.durable import fsync_file, fsync_folder
from warehouse.errors import HomeError
from warehouse.keys import secret_key
from warehouse.settings import Home


@dataclass(frozen=True)
class Tombstones:
    """Everybody who was erased: hashes of their person_ids and NIKs, and the keys that make such hashes."""

    persons: frozenset[str]
    niks: frozenset[str]
    person_key: bytes
    nik_key: bytes

    def __bool__(self) -> bool:
        """Say whether anybody was erased."""
        return bool(self.persons or self.niks)


def bury(home: Home, ids: Iterable[str], nik: str | None, basis: str) -> bool:
    """Remember that a person was erased; say whether that is new. Nothing that names them is kept.

    Raises `HomeError` where it cannot be written.
    """
    known = _read(home)
    hashes = [_hashed(known.person_key, one) for one in ids]
    nik_hash = _hashed(known.nik_key, nik) if nik else None
    if set(hashes) <= known.persons and (nik_hash is None or nik_hash in known.niks):
        return False
    line = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "basis": basis,
        "persons": sorted(hashes),
        "nik": nik_hash,
    }
    path, aside = home.path / _FILE, home.path / f".{_FILE}"
    before = path.read_bytes() if path.exists() else b""
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(before + json.dumps(line).encode() + b"\n")
        fsync_file(aside)
        aside.replace(path)
        fsync_folder(home.path)
    except OSError as error:
        raise home_error(home, error) from error
    return True


def tombstones(home: Home) -> Tombstones:
    """Give everybody who was erased; raises `HomeError` for a damaged file, for then they would come back."""
    return _read(home) if (home.path / _FILE).exists() else Tombstones(frozenset(), frozenset(), b"", b"")


def _read(home: Home) -> Tombstones:
    path = home.path / _FILE
    secret = secret_key(home, "erasure")
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        return Tombstones(
            persons=frozenset(one for line in lines for one in line["persons"]),
            niks=frozenset(line["nik"] for line in lines if line["nik"]),
            person_key=hmac.digest(secret, b"person_id", hashlib.sha256),
            nik_key=hmac.digest(secret, b"nik", hashlib.sha256),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise HomeError(
            f"{path} cannot be read. Put it back from a backup: without it, people who were erased would be "
            "published again."
        ) from error


def find_erased(con: Connection, known: Tombstones | None) -> None:
    """Write the temporary table `erased_person(person_id, nik)`: who of `persons.person` was erased.

    By their person_id, by an id that merged into it, or by their NIK.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE erased_person (person_id VARCHAR, nik VARCHAR)")
    if not known:
        return
    con.execute(
        f"""INSERT INTO erased_person SELECT person_id, nik FROM persons.person
        WHERE {of_person("person_id", known)} OR {of_nik("nik", known)}
           OR person_id IN (SELECT person_id FROM persons.person_alias WHERE {of_person("old_person_id", known)})"""
    )


def of_person(column: str, known: Tombstones) -> str:
    """Give the condition for rows in which a column holds a person_id of somebody who was erased."""
    return f"coalesce({_hash_of(column, known.person_key)} IN ({_listed(known.persons)}), false)"


def of_nik(column: str, known: Tombstones) -> str:
    """Give the condition for rows in which a column holds the NIK of somebody who was erased."""
    return f"coalesce({_hash_of(column, known.nik_key)} IN ({_listed(known.niks)}), false)"


_FILE = "erasures.jsonl"


def _hashed(key: bytes, text: str) -> str:
    """Hash with a key of fixed length before the text; of the hash half is kept, so nothing can be put behind it.

    HMAC would hash twice, which among millions of persons takes twice as long.
    """
    return hashlib.sha256((key.hex() + text).encode()).hexdigest()[:16]


def _hash_of(column: str, key: bytes) -> str:
    """Give the SQL of `_hashed` of a column."""
    return f"left(sha256({literal(key.hex())} || {column}), 16)"


def _listed(hashes: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(hashes))) or "NULL"
