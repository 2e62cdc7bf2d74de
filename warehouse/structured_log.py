"""The log of a home for machines: one JSON object a line, a file for each day (UTC).

::

    logs/padan-2026-11-22.jsonl
    {"time": "2026-11-22T19:00:04.113Z", "level": "INFO", "run": "1f0c…", "step": "persons/persons", "message": "…"}

What a line says is what the terminal and the Dagster log say: sentences without a person's data.
"""

import datetime as dt
import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

from warehouse.settings import Home

KEPT_DAYS = 90
"""Days whose log is kept; older files go when a new day's first line is written."""
FIELDS = ("run", "job", "step", "agency", "dataset", "seconds")
"""What a line says besides time, level and message, where it is known; given as `extra` of the logging call."""
_FORMAT = "PADAN_LOG"
_NAME = re.compile(r"padan-(\d{4}-\d\d-\d\d)\.jsonl")


def wants_json() -> bool:
    """Say whether the terminal is read by a machine: `PADAN_LOG=json`."""
    return os.environ.get(_FORMAT, "").strip().lower() == "json"


def logs_folder(home: Home) -> Path:
    """Give the folder of a home's logs."""
    return home.path / "logs"


def home_logger(home: Home) -> logging.Logger:
    """Give the logger that writes into the home's log, and to standard error as well where a machine reads it."""
    logger = logging.getLogger(f"padan.{home.path}")
    if not logger.handlers:
        logger.setLevel(logging.INFO)
        logger.propagate = False
        logger.addHandler(DailyFile(logs_folder(home)))
        if wants_json():
            logger.addHandler(_StandardError())
    return logger


def tell_error(message: str) -> None:
    """Write the error that ended a command to standard error: as JSON where a machine reads it, else as a sentence."""
    if wants_json():
        error = logging.LogRecord("padan", logging.ERROR, "", 0, message, None, None)
        sys.stderr.write(f"{as_json(error)}\n")
    else:
        sys.stderr.write(f"padan: {message}\n")


def as_json(record: logging.LogRecord) -> str:
    """Write a record as one line of JSON."""
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    line: dict[str, Any] = {
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname,
        **{name: found for name in FIELDS if (found := getattr(record, name, None)) is not None},
        "message": record.getMessage(),
    }
    return json.dumps(line, ensure_ascii=False)


class DailyFile(logging.Handler):
    """Appends each line to the file of its day in one write, so that two processes do not mix theirs.

    A log that cannot be written must not stop a night: such lines are lost, as the terminal and Dagster have them.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._day = ""
        self._file = -1

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            day = f"{dt.datetime.fromtimestamp(record.created, dt.UTC):%Y-%m-%d}"
            if day != self._day:
                self._begin(day)
            os.write(self._file, f"{as_json(record)}\n".encode(errors="backslashreplace"))
        except OSError:
            self.close_file()

    def _begin(self, day: str) -> None:
        self.close_file()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"padan-{day}.jsonl"
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._day = day
        oldest = f"{dt.date.fromisoformat(day) - dt.timedelta(days=KEPT_DAYS)}"
        for old in self._folder.iterdir():
            if (named := _NAME.fullmatch(old.name)) and named[1] < oldest:
                old.unlink(missing_ok=True)

    def close_file(self) -> None:
        """Close the file of the day; the next line opens it again."""
        if self._file >= 0:
            os.close(self._file)
        self._file, self._day = -1, ""

    def close(self) -> None:
        """Close the handler."""
        self.close_file()
        super().close()


class _StandardError(logging.Handler):
    """Writes each line to whatever standard error is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        sys.stderr.write(f"{as_json(record)}\n")
        sys.stderr.flush()
