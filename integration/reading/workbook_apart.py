"""A workbook of an unusual shape is opened by a process of its own, whose memory and time are limited.

Old workbooks (.xls) say nowhere beforehand how large they become, and a reader that asks for too much memory ends its
whole process. Here that process is another one, and the night goes on.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from integration.reading.limits import SECONDS_APART

_ROOT = Path(__file__).resolve().parents[2]
_END = "end"


class ReaderStoppedError(RuntimeError):
    """The process ended before it had read the workbook: it asked for too much memory or time, or it crashed."""


def read_apart(path: Path, memory: int) -> Iterator[str | list[str]]:
    """Give the name of each visible sheet, and after it its rows as text, the empty cells at their ends left out.

    `memory` in bytes is what the process may take. Raises `ReaderStoppedError`, and `ValueError` for a workbook that
    the reader calls damaged.
    """
    with subprocess.Popen(  # noqa: S603 - this file, by this interpreter
        [sys.executable, "-m", __name__, str(path), str(memory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    ) as reader:
        said: str | list[str] = ""
        try:
            for line in reader.stdout or ():
                said = json.loads(line)
                if isinstance(said, list):
                    yield said
                elif said.startswith("="):
                    yield said[1:]
        except json.JSONDecodeError as error:  # a line that was cut off
            raise ReaderStoppedError(str(path)) from error
        finally:
            reader.kill()
    if said == "damaged":
        raise ValueError(said)
    if said != _END:
        raise ReaderStoppedError(str(path))


def _tell(path: Path, memory: int) -> None:
    """Write what `read_apart` reads: a line of JSON for each sheet and each row, and one that says how it ended."""
    from integration.reading.workbook import sheets_of

    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_APART, SECONDS_APART))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for sheet in sheets_of(path):
            print(json.dumps(f"={sheet.name}"))
            for row in sheet.rows():
                filled = max((at for at, text in enumerate(row, start=1) if text), default=0)
                print(json.dumps(row[:filled]))
    except ValueError:
        print('"damaged"')
    else:
        print(json.dumps(_END))


if __name__ == "__main__":
    _tell(Path(sys.argv[1]), int(sys.argv[2]))
