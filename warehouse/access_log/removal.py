"""Taking the oldest years off the access log, so that the chain still holds from the first line that is kept."""

import datetime as dt
from pathlib import Path

from warehouse.access_log.log import parsed, record, segments
from warehouse.settings import Home


def removable_segments(home: Home, before: dt.datetime) -> list[Path]:
    """Give the oldest segments whose every line is from before a time; the newest segment is never one of them."""
    found: list[Path] = []
    for segment in segments(home)[:-1]:
        last = parsed(segment.read_bytes().splitlines()[-1]) if segment.stat().st_size else None
        if last is None or dt.datetime.fromisoformat(last["at"]) >= before:
            break
        found.append(segment)
    return found


def remove_segment(home: Home, segment: Path) -> int:
    """Remove the oldest segment and give how many lines it held; a line of the log tells first where it ended."""
    lines = segment.read_bytes().splitlines()
    last = parsed(lines[-1])
    assert last is not None  # noqa: S101 - removable_segments gives no other
    record(
        home,
        "retention",
        None,
        view="access_log",
        rows=len(lines),
        detail={"segment": segment.name, "last_n": last["n"], "last_hash": last["hash"]},
    )
    segment.unlink()
    return len(lines)
