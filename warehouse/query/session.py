"""The session: starts the locked child, asks it, and ends it when it takes too long or says too much."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.errors import PadanError
from warehouse.query import frames

_ROOT = Path(__file__).resolve().parents[2]
_LIBRARIES = dict.fromkeys(str(Path(module.__file__ or "").parents[1]) for module in (duckdb, pa))
_START = 60
"""Seconds in which a child must have opened its snapshot, on a machine however busy."""
_MEGABYTE = 1_000_000


class QueryNotAnswered(PadanError):
    """A query was refused, failed or was stopped; the text says why."""


@dataclass(frozen=True)
class Limits:
    """What one query may take: seconds, megabytes of memory and of answer, threads."""

    seconds: int = 60
    memory: int = 1_000
    answer: int = 500
    threads: int = 2


class Outcome(StrEnum):
    """How a query ended, as the access log says it."""

    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Answer:
    """What came of a query.

    `sql` is the statement without its values and `tables` what it reads of the snapshot, as far as it came to that.
    `rows` is empty unless the outcome is `ANSWERED`, else `why` is the sentence; `more` says that the answer was cut.
    """

    outcome: Outcome
    sql: str = "?"
    tables: list[str] = field(default_factory=list)
    rows: pa.Table = field(default_factory=lambda: pa.table({}))
    more: bool = False
    why: str = ""


class _Ended(Exception):
    """The child has to go, or went; says why."""


class Session:
    """Questions to one snapshot, one after the other; a child that was ended is followed by a fresh one."""

    def __init__(self, snapshot: Path, limits: Limits) -> None:
        self._snapshot = snapshot
        self._limits = limits
        self._child: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        self.landlock = 0
        """Version of Landlock that holds the child; 0 before the first question, and where the kernel has none."""

    def ask(self, sql: str, most: int) -> Answer:
        """Ask one statement and give at most that many rows of its answer; never raises for what the SQL says."""
        said: dict[str, Any] = {}
        try:
            return self._ask(sql.encode("utf-8", "replace").decode(), most, said)
        except _Ended as ended:
            self.close()
            return Answer(Outcome.STOPPED, **said, why=str(ended))
        except KeyboardInterrupt:
            self.close()
            return Answer(Outcome.STOPPED, **said, why="The query was stopped from the keyboard.")

    def close(self) -> None:
        """End the child, whatever it is doing."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _ask(self, sql: str, most: int, said: dict[str, Any]) -> Answer:
        child = self._child or self._start()
        self._deadline = time.monotonic() + self._limits.seconds
        self._tell(child, {"sql": sql, "most": most})
        parts: list[pa.Table] = []
        size = rows = 0
        while True:
            kind, body = self._hear(child, self._limits.answer * _MEGABYTE - size)
            match kind:
                case frames.READ:
                    said.update(json.loads(body))
                case frames.ROWS:
                    size += len(body)
                    parts.append(pa.ipc.open_stream(body).read_all())
                    rows += parts[-1].num_rows
                    if rows > most:
                        raise _Ended("The query gave more rows than were asked for and was stopped.")
                case frames.END:
                    return Answer(Outcome.ANSWERED, **said, rows=pa.concat_tables(parts), more=json.loads(body)["more"])
                case frames.TROUBLE:
                    return Answer(**said, **_trouble(body))

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a child; raises `QueryNotAnswered` where the snapshot cannot be opened."""
        limits = self._limits
        self._child = child = subprocess.Popen(
            [sys.executable, "-S", "-B", "-m", "warehouse.query.locked"],
            env={
                "PYTHONPATH": os.pathsep.join([str(_ROOT), *_LIBRARIES]),
                "PYTHONSAFEPATH": "1",
                "PYTHONUTF8": "1",
                "MALLOC_ARENA_MAX": "2",
            },
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._deadline = time.monotonic() + _START
        job = {"seconds": limits.seconds, "memory": limits.memory, "threads": limits.threads}
        try:
            self._tell(child, {"snapshot": str(self._snapshot), **job})
            kind, body = self._hear(child, _MEGABYTE)
        except _Ended as ended:
            self.close()
            raise QueryNotAnswered("The process that answers queries did not start; nothing was read.") from ended
        if kind != frames.READY:
            self.close()
            raise QueryNotAnswered(_trouble(body)["why"])
        self.landlock = json.loads(body)["landlock"]
        return child

    def _tell(self, child: subprocess.Popen[bytes], said: dict[str, Any]) -> None:
        assert child.stdin is not None  # noqa: S101 - it was opened so
        try:
            child.stdin.write(json.dumps(said).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            raise _Ended(_DIED) from None

    def _hear(self, child: subprocess.Popen[bytes], most: int) -> tuple[bytes, bytes]:
        """Give the next frame; raises `_Ended` when it is later or longer than it may be, or the child died."""
        kind, length = frames.HEADER.unpack(self._read(child, frames.HEADER.size))
        if length > most:
            raise _Ended(
                f"The answer is larger than {self._limits.answer:,} MB and was stopped. Ask for fewer rows or columns."
            )
        return kind, self._read(child, length)

    def _read(self, child: subprocess.Popen[bytes], length: int) -> bytes:
        assert child.stdout is not None  # noqa: S101 - it was opened so
        pipe = child.stdout.fileno()
        whole = bytearray()
        while len(whole) < length:
            heard, _, _ = select.select([pipe], [], [], max(0.0, self._deadline - time.monotonic()))
            if not heard:
                raise _Ended(
                    f"The query was stopped after {self._limits.seconds} seconds. Ask for less, or allow it more "
                    "with --seconds."
                )
            part = os.read(pipe, min(length - len(whole), _MEGABYTE))
            if not part:
                raise _Ended(_DIED)
            whole += part
        return bytes(whole)


_DIED = (
    "The query took more memory or computing time than one query may have and was stopped. "
    "Ask for fewer rows or columns, or for sums instead of rows."
)


def _trouble(body: bytes) -> dict[str, Any]:
    said = json.loads(body)
    return {"outcome": Outcome(said["outcome"]), "why": said["why"]}


@contextmanager
def session(snapshot: Path, limits: Limits) -> Iterator[Session]:
    """Open a session on a snapshot (a DuckDB file) and end its child afterwards, whatever happens."""
    opened = Session(snapshot, limits)
    try:
        yield opened
    finally:
        opened.close()
