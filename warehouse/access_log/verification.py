"""Saying whether the access log is what was written: every line sealed, every line there, in order, to the end."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.access_log.log import parsed, read_head, sealed_with, segments
from warehouse.keys import key_ring
from warehouse.settings import Home


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where: the file, and the line in it counted from 1 (None where it is about the whole)."""

    file: str
    line: int | None
    says: str

    def __str__(self) -> str:
        """Give the finding as a sentence."""
        at = f", line {self.line}" if self.line else ""
        return f"{self.file}{at}: {self.says}"


@dataclass(frozen=True)
class _Line:
    file: str
    line: int
    n: int
    hash: str
    previous: str
    action: str
    detail: dict[str, Any]


def verify(home: Home) -> list[Finding]:
    """Give everything that speaks against the log: a line changed, removed, inserted or moved, an end cut off.

    A log whose first segments were removed by retention holds from its first kept line, if a line of it tells of the
    removal. Publications that name a head of the log are asked as witnesses. Empty means that nothing was found; who
    holds the key `access_log` of the home can write what passes, so keep a copy of the head elsewhere.
    """
    if not home.access_log.is_dir() and not (home.keys / "access_log.key").exists():
        return []
    keys = key_ring(home, "access_log")
    findings: list[Finding] = []
    lines = list(_sealed_lines(home, keys, findings))
    findings.extend(_chain(lines))
    findings.extend(_head(home, keys, lines))
    findings.extend(_witnesses(home, lines))
    return findings


def _sealed_lines(home: Home, keys: tuple[bytes, ...], findings: list[Finding]) -> Iterator[_Line]:
    """Give the lines whose seal is ours, and note the others; a replaced key seals nothing after its successor."""
    standing = segments(home)
    oldest = 0
    for segment in standing:
        raw = segment.read_bytes().splitlines(keepends=True)
        for number, line in enumerate(raw, 1):
            found = parsed(line)
            seal = sealed_with(found, line, keys) if found is not None else None
            if found is not None and seal is not None and seal >= oldest:
                oldest = seal
                yield _Line(
                    segment.name, number, found["n"], found["hash"], found["previous"], found["action"], found["detail"]
                )
            elif segment == standing[-1] and number == len(raw) and not line.endswith(b"\n") and found is None:
                findings.append(
                    Finding(segment.name, number, "it has no end, as a power cut leaves one; the next line mends it.")
                )
            else:
                findings.append(Finding(segment.name, number, "it is not as it was written."))


def _chain(lines: list[_Line]) -> Iterator[Finding]:
    removed = {(one.detail["last_n"], one.detail["last_hash"]) for one in lines if "last_hash" in one.detail}
    last: _Line | None = None
    for one in lines:
        n, said = (last.n, last.hash) if last else (0, "")
        if last is None and (one.n - 1, one.previous) in removed:
            pass
        elif one.n > n + 1:
            yield Finding(one.file, one.line, f"the lines {n + 1} to {one.n - 1} before it are missing.")
        elif one.n <= n:
            yield Finding(one.file, one.line, f"line {one.n} stands after line {n}: it was moved or put in twice.")
        elif one.previous != said:
            yield Finding(one.file, one.line, f"line {one.n} does not follow the line {n} that stands before it.")
        if one.action == "mended" and "head" in one.detail:
            yield Finding(
                one.file, one.line, "the head of the log was gone when it was written: what stood before may be cut."
            )
        last = one


def _head(home: Home, keys: tuple[bytes, ...], lines: list[_Line]) -> Iterator[Finding]:
    found = read_head(home, *keys)
    newest = lines[-1] if lines else None
    if found is None:
        yield Finding("head.json", None, "it is missing or not as it was written: an end that was cut off is not seen.")
    elif read_head(home, keys[-1]) is None:
        yield Finding(
            "head.json", None, "it is sealed with a key that was replaced: an end that was cut off is not seen."
        )
    elif newest is None or newest.n < found["n"]:
        yield Finding("head.json", None, f"the log was cut off: it names line {found['n']}, which is not there.")
    elif all((one.n, one.hash) != (found["n"], found["hash"]) for one in lines):
        yield Finding("head.json", None, f"it does not name line {found['n']} as it stands.")


def _witnesses(home: Home, lines: list[_Line]) -> Iterator[Finding]:
    """Ask the publications, each of which names the head of the log at its time."""
    standing = {one.n: one.hash for one in lines}
    first = min(standing, default=1)
    for path in sorted(home.published.glob("*/publication.json")):
        if path.parent.is_symlink():
            continue
        try:
            said = _said(path)
        except ValueError:
            yield Finding(f"{path.parent.name}/{path.name}", None, "it is damaged: what it said of the log is lost.")
            continue
        if said and (said["n"] >= first or not standing) and standing.get(said["n"]) != said["hash"]:
            yield Finding(
                f"{path.parent.name}/{path.name}", None, f"it names a line {said['n']} that does not stand in the log."
            )


def _said(path: Path) -> dict[str, Any] | None:
    said = json.loads(path.read_text(encoding="utf-8")).get("access_log")
    return said if isinstance(said, dict) and said.get("n") else None
