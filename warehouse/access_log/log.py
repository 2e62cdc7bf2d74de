"""Writing the access log, and reading it back.

::

    access_log/
      2026.jsonl      a line for each access of the year; the chain goes on from year to year
      head.json       number and hash of the last line, sealed: cutting off the end is noticed
      lock

Lines are appended and on the disk before their head is written. What stands after the head and seals rightly is
therefore a line whose head a power cut kept from being written; what the head names and is not there was cut off.
"""

import datetime as dt
import fcntl
import hashlib
import hmac
import json
import os
import pwd
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.access_log.declaration import actions, fields
from warehouse.database import home_error
from warehouse.durable import fsync_folder
from warehouse.entitlements import Unit
from warehouse.errors import DeclarationError
from warehouse.keys import key_ring
from warehouse.settings import Home

_KEY = "access_log"
_IDENTITY_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{16}(?![0-9A-Za-z])")
_BLOCK = 65_536


@dataclass(frozen=True)
class Entry:
    """One line of the log; `warehouse/access_log/actions.yaml` says what each field means."""

    n: int
    at: str
    who: str
    action: str
    recipient: str | None = None
    unit: str | None = None
    role: str | None = None
    purpose: str | None = None
    view: str | None = None
    version: str | None = None
    rows: int | None = None
    export_sha256: str | None = None
    subject: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    previous: str = ""
    hash: str = ""

    @property
    def moment(self) -> dt.datetime:
        """When, as a time with its zone."""
        return dt.datetime.fromisoformat(self.at)


def record(
    home: Home,
    action: str,
    unit: Unit | None,
    *,
    view: str | None = None,
    rows: int | None = None,
    purpose: str | None = None,
    version: str | None = None,
    subject: str | None = None,
    detail: Mapping[str, Any] | None = None,
    export_sha256: str | None = None,
) -> None:
    """Append one line and return when it is on the disk: call it before what it tells of is shown.

    `unit` is whose snapshot was touched, None for the operator's own work; its recipient's purpose stands unless
    `purpose` says another. `detail` is small and holds nothing about a person but target_ids; a number of 16 digits in
    it is blotted out all the same. Raises `DeclarationError` for an action that is not declared, and `HomeError` where
    the line cannot be written: then what it tells of must not happen.
    """
    said = _of_unit(action, unit)
    said |= {"view": view, "version": version, "rows": rows, "export_sha256": export_sha256, "subject": subject}
    _append(home, [{**said, "purpose": purpose or said["purpose"], "detail": dict(detail or {})}])


def record_each(home: Home, action: str, units: Sequence[Unit], *, version: str) -> None:
    """Append a line for each of the units, as `record` does for one; all are on the disk when this returns."""
    _append(home, [_of_unit(action, unit) | {"version": version} for unit in units])


def _of_unit(action: str, unit: Unit | None) -> dict[str, Any]:
    if action not in actions():
        raise DeclarationError(f"{action!r} is no action of the access log; declared are {', '.join(actions())}.")
    recipient = unit.recipient if unit else None
    return {
        "action": action,
        "recipient": recipient and recipient.name,
        "unit": unit and unit.name,
        "role": recipient and recipient.role,
        "purpose": recipient and recipient.purpose.code,
        "detail": {},
    }


def _append(home: Home, lines: Sequence[Mapping[str, Any]]) -> None:
    """Seal what each line says, the one before included, and write them; raises `HomeError` where that fails."""
    if not lines:
        return
    try:
        with locked(home):
            known = (home.keys / f"{_KEY}.key").exists()
            keys = key_ring(home, _KEY)
            last, trouble = _mend(home, keys, was_begun=known)
            mended = [{"action": "mended", "detail": trouble}] if trouble else []
            _write(home, keys[-1], last, [*mended, *lines])
    except OSError as error:
        raise home_error(home, error) from error


def head(home: Home) -> dict[str, Any]:
    """Give number and hash of the last line (0 and empty before the first), to be kept outside the log as a witness."""
    folder = home.access_log
    if not folder.is_dir():
        return {"n": 0, "hash": ""}
    with locked(home):
        found = read_head(home, *key_ring(home, _KEY)) or {"n": 0, "hash": ""}
        return {"n": found["n"], "hash": found["hash"]}


def entries(home: Home) -> Iterator[Entry]:
    """Give every line that can be read, the oldest first; `verify` says whether they are what was written."""
    for segment in segments(home):
        for line in segment.read_bytes().splitlines():
            found = parsed(line)
            if found is not None:
                yield Entry(**found)


def segments(home: Home) -> list[Path]:
    """Give the files of the log, the oldest first."""
    return sorted(home.access_log.glob("[0-9][0-9][0-9][0-9].jsonl"))


def parsed(line: bytes) -> dict[str, Any] | None:
    """Give what a line says; None where it is no line of the log."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    is_line = isinstance(found, dict) and set(found) == set(fields()) and type(found["n"]) is int
    return found if is_line else None


def sealed(said: Mapping[str, Any], key: bytes) -> bytes:
    """Give the line that says this (without its hash), in the one form in which it may be written."""
    body = {name: said[name] for name in fields() if name != "hash"}
    return _canonical({**body, "hash": _seal(key, _canonical(body))}) + b"\n"


def sealed_with(found: Mapping[str, Any], line: bytes, keys: tuple[bytes, ...]) -> int | None:
    """Give which of the keys, the oldest first, sealed a line as it stands; None where none did."""
    return next((n for n, key in enumerate(keys) if sealed(found, key) == line), None)


def read_head(home: Home, *keys: bytes) -> dict[str, Any] | None:
    """Give what the head file says; None where there is none or its seal is of none of the keys."""
    try:
        raw = (home.access_log / "head.json").read_bytes()
        found = json.loads(raw)
        body = {"n": found["n"], "hash": found["hash"]}
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return body if any(raw == _sealed_head(body, key) for key in keys) else None


def _is_torn(segment: Path) -> bool:
    """Say whether the last line of a segment has no end."""
    with segment.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Keep every other process and thread out of the log."""
    home.access_log.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(home.access_log / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _mend(home: Home, keys: tuple[bytes, ...], *, was_begun: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Find the line to go on from, and what is wrong with the end of the log; a torn last line is cut off.

    Where the head names a later line than the file holds, the chain goes on from the head: the gap stays to be seen.
    """
    trouble: dict[str, Any] = {}
    known = read_head(home, *keys)
    last: dict[str, Any] | None = None
    for segment in segments(home)[-1:]:
        if _is_torn(segment):
            trouble = {"torn_bytes": _cut_torn_line(segment)}
    for segment in reversed(segments(home)):
        if line := _last_line(segment):
            last = parsed(line)
            break
    if known is None:
        if last is not None or was_begun:
            trouble |= {"head": "missing"}
        return ({"n": last["n"], "hash": last["hash"]} if last else {"n": 0, "hash": ""}), trouble
    if last is not None and last["n"] > known["n"] and sealed_with(last, _canonical(last) + b"\n", keys) is not None:
        return {"n": last["n"], "hash": last["hash"]}, trouble
    return known, trouble


def _cut_torn_line(segment: Path) -> int:
    size = segment.stat().st_size
    torn = len(_last_line(segment))
    with segment.open("rb+") as file:
        file.truncate(size - torn)
        os.fsync(file.fileno())
    return torn


def _last_line(segment: Path) -> bytes:
    """Give the last line of a segment without reading all of it; without its end, empty for an empty file."""
    with segment.open("rb") as file:
        at = file.seek(0, os.SEEK_END)
        tail = b""
        while at > 0 and b"\n" not in tail[:-1]:
            step = min(_BLOCK, at)
            at -= step
            file.seek(at)
            tail = file.read(step) + tail
    return tail.removesuffix(b"\n").rpartition(b"\n")[2]


def _write(home: Home, key: bytes, last: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    now = dt.datetime.now(dt.UTC)
    newest = segments(home)[-1:]  # a clock that was put back must not put a line before its predecessor
    year = max([f"{now:%Y}", *(segment.stem for segment in newest)])
    written = []
    for said in lines:
        full = {
            **dict.fromkeys(fields()),
            **said,
            "n": last["n"] + 1,
            "at": now.isoformat(timespec="milliseconds"),
            "who": _user(),
            "detail": _without_identity_numbers(said["detail"]),
            "previous": last["hash"],
        }
        written.append(sealed(full, key))
        last = {"n": full["n"], "hash": json.loads(written[-1])["hash"]}
    descriptor = os.open(home.access_log / f"{year}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"".join(written))
        file.flush()
        os.fsync(file.fileno())
    _write_head(home, key, last)


def _write_head(home: Home, key: bytes, said: Mapping[str, Any]) -> None:
    aside = home.access_log / ".head.json"
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_sealed_head(said, key))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(home.access_log / "head.json")
    fsync_folder(home.access_log)


def _sealed_head(said: Mapping[str, Any], key: bytes) -> bytes:
    return _canonical({**said, "seal": _seal(key, _canonical(said))})


def _canonical(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode()


def _seal(key: bytes, body: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def _without_identity_numbers(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Blot out what has the form of a NIK or KK: a caller's mistake must not put one where it stays for years."""
    text = json.dumps(detail, ensure_ascii=True, default=str)
    found: dict[str, Any] = json.loads(_IDENTITY_NUMBER.sub("0", text))
    return found


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
