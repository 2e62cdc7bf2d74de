"""Where the summaries of runs lie: a JSON file and a page for each, the newest once more as `latest`.

::

    runs/
      2026-11-21T190003Z-1f0c9a2b.json      by when the run began, and its id
      2026-11-21T190003Z-1f0c9a2b.html
      latest.json  latest.html              the same as the newest
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from integration.run_summary.compose import Summary
from integration.run_summary.page import summary_page
from warehouse.errors import PadanError
from warehouse.settings import Home
from warehouse.whole_file import whole_file

KEPT = 400
"""Summaries kept: a year of nights and some runs by hand."""
_LATEST = "latest"


class NoSuchRun(PadanError):
    """No summary of that run is kept."""


def runs_folder(home: Home) -> Path:
    """Give the folder of a home that holds them."""
    return home.path / "runs"


def write_summary(home: Home, summary: Summary) -> Path:
    """Write JSON and page of a run, each in one step, and forget the oldest; gives the path of the page.

    `latest` follows when no newer run has a summary. The same again changes nothing.
    """
    folder = runs_folder(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = _name(summary)
    written = {".html": summary_page(summary), ".json": json.dumps(summary, indent=1, ensure_ascii=False) + "\n"}
    for suffix, text in written.items():  # JSON last: where it stands, the page does
        whole_file(folder / f"{name}{suffix}", text)
    kept = _kept(folder)
    if kept[0].stem == name:
        for suffix, text in written.items():
            whole_file(folder / f"{_LATEST}{suffix}", text)
    for old in kept[KEPT:]:
        old.unlink(missing_ok=True)
        old.with_suffix(".html").unlink(missing_ok=True)
    return folder / f"{name}.html"


def summarised(home: Home, run_id: str) -> bool:
    """Say whether the run has its summary already."""
    return any(runs_folder(home).glob(f"????-*-{run_id[:8]}.json"))


def summaries(home: Home, number: int = KEPT) -> list[Summary]:
    """Give the summaries that are kept, the newest first, `number` at most."""
    return list(islice(_readable(home), number))


def latest_summary(home: Home) -> Summary | None:
    """Give the summary of the newest run; None where there is none."""
    found = summaries(home, 1)
    return found[0] if found else None


def named_summary(home: Home, run: str | None) -> Summary:
    """Give the summary of a run by its id, the beginning of it, or its file's name; None means the newest.

    Raises `NoSuchRun`.
    """
    for found in _readable(home):
        if run is None or _name(found) == run or found["run"]["id"].startswith(run):
            return found
    which = "No run" if run is None else f"No run {run!r}"
    raise NoSuchRun(f"{which} has a summary in {runs_folder(home)}; `./padan runs` lists those that have.")


def page_of(home: Home, summary: Summary) -> Path:
    """Give the path of a summary's page."""
    return runs_folder(home) / f"{_name(summary)}.html"


def _name(summary: Summary) -> str:
    started = dt.datetime.fromisoformat(summary["run"]["started_at"])
    return f"{started:%Y-%m-%dT%H%M%SZ}-{summary['run']['id'][:8]}"


def _kept(folder: Path) -> list[Path]:
    """Give the JSON files, the newest first."""
    return sorted(folder.glob("????-*.json"), reverse=True)


def damaged_summaries(home: Home) -> list[Path]:
    """Give the files of summaries that a disk or a kill left damaged; nights pass over them."""
    return [path for path in _kept(runs_folder(home)) if _read(path) is None]


def _readable(home: Home) -> Iterator[Summary]:
    """Give each summary, the newest first; a damaged one tells nothing and stops nobody."""
    for path in _kept(runs_folder(home)):
        found = _read(path)
        if found is not None:
            yield found


def _read(path: Path) -> Summary | None:
    with suppress(ValueError, KeyError, TypeError):
        read: Summary = json.loads(path.read_text(encoding="utf-8"))
        return read if _name(read) == path.stem else None
    return None
