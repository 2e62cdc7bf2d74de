"""Spellings read by a process beside this one: Python reads on one core at a time, and a machine has two.

What goes in and comes out are Arrow streams. The process ends when its input does, so it does not outlive a night that
is killed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from integration.cleaning import spelling_kinds
from integration.cleaning.spelling_kinds import SpellingKind, read_batch

APART = 100_000
"""Fewer spellings are read here before another process has begun."""
_ROOT = Path(__file__).resolve().parents[2]
_KINDS = {"name": lambda _: spelling_kinds.names(), "address": spelling_kinds.addresses}
"""The kinds that are read so, made from the villages they know."""


def can_be_read_apart(kind: SpellingKind) -> bool:
    """Say whether another process can be told what to read."""
    return kind.kind in _KINDS


def read_apart(kind: SpellingKind, batches: Sequence[pa.RecordBatch]) -> list[pa.Table] | None:
    """Have batches of one column of texts read; None where the process did not come to its end."""
    schema = batches[0].schema.with_metadata({"kind": kind.kind, "villages": json.dumps(sorted(kind.villages))})
    with subprocess.Popen(  # noqa: S603 - this file, by this interpreter
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    ) as process:
        assert process.stdin  # noqa: S101 - asked for above
        with suppress(OSError, pa.ArrowException):
            with process.stdin, pa.ipc.new_stream(process.stdin, schema) as texts:
                for batch in batches:
                    texts.write_batch(batch)
            read = pa.ipc.open_stream(process.stdout).read_all()
            if read.num_rows == sum(batch.num_rows for batch in batches):
                return [read]
        process.kill()
    return None


def _read_for_another() -> None:
    """Read all that comes in, then write what was read: who sends it listens only afterwards."""
    texts = pa.ipc.open_stream(sys.stdin.buffer)
    said = texts.schema.metadata
    kind = _KINDS[said[b"kind"].decode()](json.loads(said[b"villages"]))
    batches = list(texts)
    with pa.ipc.new_stream(sys.stdout.buffer, read_batch(kind, []).schema) as out:
        for batch in batches:
            out.write_table(read_batch(kind, batch.column(0).to_pylist()))


if __name__ == "__main__":
    _read_for_another()
