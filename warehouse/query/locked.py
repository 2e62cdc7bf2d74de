"""The locked child: opens one snapshot, answers SELECTs about it, and can do nothing else.

Started by `warehouse.query.session` with an empty environment and no open files but its two pipes. Its first line of
input says which snapshot and which limits (JSON); each line after that is a question. It answers in frames.

The walls, from the outside in: limits of the kernel and Landlock (`walls`), DuckDB locked and read-only, and only
statements that read (`statements`). A child holds nobody's secrets: no key, no environment, no other snapshot.
"""

import json
import re
import sys
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.query import frames, walls

if TYPE_CHECKING:
    import duckdb

_ROOT = Path(__file__).resolve().parents[2]
_SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"),
    # How large the machine is. DuckDB ends the process where the cgroup files are there and cannot be opened.
    *("/proc/self/cgroup", "/sys/fs/cgroup", "/proc/meminfo", "/proc/stat", "/sys/devices/system/cpu"),
)
_BESIDE = 1_000_000_000
"""Bytes of address space beside what DuckDB may use: libraries, stacks, and values being made."""
_OPEN_FILES = 64
_BATCH = 8_192
_MEGABYTE = 1_000_000


def main() -> None:
    """Raise the walls, open the snapshot, and answer until the input ends."""
    job = json.loads(sys.stdin.buffer.readline())
    walls.limit_resources(job["memory"] * _MEGABYTE + _BESIDE, _OPEN_FILES)
    snapshot = Path(job["snapshot"])
    libraries = [Path(place) for place in sys.path if Path(place) != _ROOT]
    version = walls.landlock([snapshot, Path(__file__).parent, *libraries, *map(Path, _SYSTEM)])
    sys.modules["numpy"] = None  # type: ignore[assignment] # neither library needs it, and it takes half of the start
    import duckdb

    try:
        child = Child(snapshot, job)
    except duckdb.Error:
        _say(frames.TROUBLE, {"outcome": "failed", "why": _DAMAGED})
        return
    walls.forbid_processes()
    _say(frames.READY, {"landlock": version})
    for line in sys.stdin.buffer:
        walls.allow_cpu(job["seconds"] * job["threads"])
        child.answer(**json.loads(line))


_DAMAGED = "The snapshot cannot be read: it is damaged or was cut short. `./padan export` makes it anew."


def locked_connection(snapshot: Path, memory: int, threads: int) -> "duckdb.DuckDBPyConnection":
    """Open a snapshot so that SQL reaches nothing but it, and can change no setting; `memory` is in megabytes.

    What this leaves open, `statements` closes: DuckDB lets a query read its own database file as bytes.
    """
    import duckdb

    connection = duckdb.connect(
        str(snapshot),
        read_only=True,
        config={
            "threads": threads,
            "memory_limit": f"{memory}MB",
            "temp_directory": "",
            "python_enable_replacements": "false",
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
        },
    )
    for lock in ("SET enable_external_access = false", "SET lock_configuration = true"):
        connection.execute(lock)  # last: as settings of connect, DuckDB takes them in an order of its own
    return connection


class Child:
    """One snapshot, and the answers to questions about it."""

    def __init__(self, snapshot: Path, job: dict[str, Any]) -> None:
        self._memory = job["memory"]
        self._connection = locked_connection(snapshot, self._memory, job["threads"])
        columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        self._columns: list[tuple[str, str]] = self._connection.execute(columns).fetchall()
        self._tables = sorted({table for table, _ in self._columns})

    @cached_property
    def _words(self) -> frozenset[str]:
        """Every word that means something to DuckDB or in this snapshot, and therefore nothing about a person."""
        known = """
            SELECT keyword_name FROM duckdb_keywords()
            UNION SELECT function_name FROM duckdb_functions()
            UNION SELECT type_name FROM duckdb_types()
        """
        words = [word for (word,) in self._connection.execute(known).fetchall()]
        return frozenset(word.lower() for word in (*words, *(name for pair in self._columns for name in pair)))

    def answer(self, sql: str, most: int) -> None:
        """Answer one question with at most that many rows; whatever goes wrong becomes a sentence."""
        import duckdb
        import pyarrow as pa

        from warehouse.query.statements import NotAsked, readable, without_values

        said: dict[str, Any] = {"sql": without_values(sql, self._words), "tables": []}
        try:
            try:
                statement = readable(self._connection, sql, self._tables)
                said["tables"] = statement.tables
            finally:
                _say(frames.READ, said)
            _say(frames.END, {"more": self._rows(statement.parsed, most)})
        except NotAsked as refused:
            _say(frames.TROUBLE, {"outcome": "refused", "why": str(refused)})
        except (MemoryError, duckdb.OutOfMemoryException, pa.ArrowMemoryError, pa.ArrowCapacityError):
            _say(frames.TROUBLE, {"outcome": "stopped", "why": self._too_much_memory})
        except duckdb.IOException:
            _say(frames.TROUBLE, {"outcome": "failed", "why": _DAMAGED})
        except (duckdb.Error, pa.ArrowException) as error:
            outcome = "refused" if isinstance(error, duckdb.PermissionException) else "failed"
            _say(frames.TROUBLE, {"outcome": outcome, "why": _sentence(error, sql)})
        except Exception as unforeseen:  # such as a kind of statement that DuckDB's Python does not know
            why = f"The statement cannot be answered ({type(unforeseen).__name__})."
            _say(frames.TROUBLE, {"outcome": "failed", "why": why})

    @property
    def _too_much_memory(self) -> str:
        return (
            f"The query needed more memory than one query may have ({self._memory:,} MB) and was stopped. "
            "Ask for fewer rows or columns, or for sums instead of rows."
        )

    def _rows(self, statement: Any, most: int) -> bool:  # noqa: ANN401 - a Statement of DuckDB
        """Say the rows, at most that many; give whether there were more."""
        import pyarrow as pa

        with closing(self._connection.cursor()) as cursor:  # of its own: an answer may be left in its middle
            reader = cursor.sql(statement).to_arrow_reader(_BATCH)
            _say_rows(pa.Table.from_batches([], reader.schema))
            left = most
            for batch in reader:
                _say_rows(pa.Table.from_batches([batch.slice(0, left)]))
                if batch.num_rows > left:
                    return True
                left -= batch.num_rows
        return False


def _say_rows(rows: Any) -> None:  # noqa: ANN401 - an Arrow table
    import pyarrow as pa

    body = pa.BufferOutputStream()
    with pa.ipc.new_stream(body, rows.schema) as stream:
        stream.write_table(rows)
    whole = body.getvalue()
    sys.stdout.buffer.write(frames.HEADER.pack(frames.ROWS, whole.size))
    sys.stdout.buffer.write(whole)
    sys.stdout.buffer.flush()


def _say(kind: bytes, said: dict[str, Any]) -> None:
    sys.stdout.buffer.write(frames.frame(kind, json.dumps(said).encode()))
    sys.stdout.buffer.flush()


def _sentence(error: Exception, sql: str) -> str:
    """Give what DuckDB said in one line, without its picture of the place and without any path but the reader's own."""
    text = " ".join(str(error).split("\n\nLINE")[0].split("\n\nStack")[0].split())[:500]
    return re.sub(r"/[^\s\"']+", lambda path: path[0] if path[0] in sql else "…", text)


if __name__ == "__main__":
    main()
