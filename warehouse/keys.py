"""Secret keys of a home: made at first use, readable by their owner alone, never shown, and replaced without a break.

::

    keys/
      target.key                 the key in use
      retired/target.001.key     the one before it, which ids of today still rest on
      mappings/…parquet          which id became which, one file for each rotation (integration/rotation)

What was keyed with one key is keyed again with the next. An id of today is therefore the id of before the rotation,
keyed with the new key: who knows the old key alone cannot compute it, and who holds both gets the same ids again from
the same deliveries.
"""

import datetime as dt
import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse.durable import fsync_folder
from warehouse.errors import HomeError
from warehouse.settings import Home

_BYTES = 32
_OTHERS = 0o077


@dataclass(frozen=True)
class Purpose:
    """What is made with a key, in words, and the file or folder of the home that stands once something was."""

    makes: str
    where: str
    renewed: bool = False
    """Whether a key that is gone is made anew without asking."""


PURPOSES = {
    "person": Purpose("person_id and family_id", "published"),
    "target": Purpose("target_id and event_id", "published"),
    "pseudonym": Purpose("the pseudonyms of the snapshots", "agencies"),
    "erasure": Purpose("the hashes by which people who were erased are known", "erasures.jsonl"),
    # Whatever is read is written down, also while a key is missed; `./padan audit verify` tells that it was.
    "access_log": Purpose("the seals of the access log", "access_log", renewed=True),
}
"""The keys that must not be lost; the key of a purpose that is not named here may be made anew at any time."""
_FINGERPRINT = b"padan: which key is this"


@dataclass(frozen=True)
class KeyFile:
    """What may be told of a key: never the key itself. `retired` counts from 1, 0 is the one in use."""

    purpose: str
    retired: int
    made_at: dt.datetime
    fingerprint: str
    mode: int


def secret_key(home: Home, purpose: str) -> bytes:
    """Give the key of a home for a purpose (`person`, `target`), 32 bytes; make it when there is none.

    Losing a key changes everything made with it. Raises `HomeError` for a key file of another size, for one that others
    than its owner may read, and for one that `is_lost`.
    """
    path = home.keys / f"{purpose}.key"
    if not path.exists():
        if is_lost(home, purpose) and not (purpose in PURPOSES and PURPOSES[purpose].renewed):
            raise HomeError(
                f"The key file {path} is gone, and what was made with it is there. Restore keys/ from the backup: "
                "another key would not give the same again. Where no backup holds it, "
                f"`./padan keys make {purpose}` says what a new one means."
            )
        make_key(home, purpose)
    if home.keys.stat().st_mode & _OTHERS:
        home.keys.chmod(0o700)
    return _read(path)


def is_lost(home: Home, purpose: str) -> bool:
    """Say whether there is no key of a purpose although something was made with one."""
    if (home.keys / f"{purpose}.key").exists():
        return False
    if _retired(home, purpose):
        return True
    made = home.path / PURPOSES[purpose].where if purpose in PURPOSES else None
    if made is None or not made.is_dir():
        return made is not None and made.exists()
    return any(path.is_dir() or path.suffix == ".jsonl" for path in made.iterdir())


def make_key(home: Home, purpose: str) -> None:
    """Make a key where there is none; one that is there stays."""
    home.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(home.keys / f"{purpose}.key", fresh_key())


def key_ring(home: Home, purpose: str) -> tuple[bytes, ...]:
    """Give every key of a purpose, the oldest first and the one in use last; makes the first where there is none.

    Raises as `secret_key` does.
    """
    in_use = secret_key(home, purpose)
    before = [_read(path) for path in _retired(home, purpose)]
    # A rotation that was killed has put the key among the retired and left it in use.
    return (*(key for key in before if key != in_use), in_use)


def replace_key(home: Home, purpose: str, fresh: bytes) -> None:
    """Put another key in use and keep the one before; killed at any moment, the home has the one or the other."""
    in_use = secret_key(home, purpose)
    folder = home.keys / "retired"
    folder.mkdir(mode=0o700, exist_ok=True)
    if not any(_read(path) == in_use for path in _retired(home, purpose)):
        _write(folder / f"{purpose}.{len(_retired(home, purpose)) + 1:03}.key", in_use)
    _write(home.keys / f"{purpose}.key", fresh, instead=True)


def fresh_key() -> bytes:
    """Give a key that nobody had before."""
    return secrets.token_bytes(_BYTES)


def fingerprint(key: bytes) -> str:
    """Give sixteen characters by which a key is known again and from which nothing of it follows."""
    return hmac.digest(key, _FINGERPRINT, hashlib.sha256)[:8].hex()


def known_keys(home: Home) -> list[KeyFile]:
    """Give what may be told of every key file, by purpose, the one in use first; a damaged one has no fingerprint."""
    found = [(path.stem, 0, path) for path in home.keys.glob("*.key")]
    for path in (home.keys / "retired").glob("*.key"):
        purpose, _, number = path.stem.rpartition(".")
        found.append((purpose, int(number), path))
    return [
        KeyFile(
            purpose,
            number,
            dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC),
            fingerprint(key) if len(key := path.read_bytes()) == _BYTES else "damaged",
            path.stat().st_mode & 0o777,
        )
        for purpose, number, path in sorted(found)
    ]


def _retired(home: Home, purpose: str) -> list[Path]:
    return sorted((home.keys / "retired").glob(f"{purpose}.[0-9][0-9][0-9].key"))


def _read(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise HomeError(
            f"The key file {path} can be read by others than its owner. Take that away (`chmod 600 {path}`); if "
            f"somebody may have read it, replace it: `./padan keys rotate {path.name.partition('.')[0]} --confirm`."
        )
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise HomeError(
            f"The key file {path} is not {_BYTES} bytes long. Restore it from the backup: identifiers made with "
            "another key would not be the ones already published."
        )
    return key


def _write(path: Path, key: bytes, *, instead: bool = False) -> None:
    """Write a key aside and give it its name only when it is whole; one that is there is left, unless `instead`."""
    descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # for its owner alone
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        if instead:
            Path(fresh).replace(path)
        else:
            with suppress(FileExistsError):
                path.hardlink_to(fresh)
        fsync_folder(path.parent)
    finally:
        Path(fresh).unlink(missing_ok=True)
