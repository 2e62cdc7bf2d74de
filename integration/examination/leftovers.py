"""What a run that was killed left behind: the next run sweeps it, and so does the doctor."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from integration.examination.finding import Examined, Finding, Repair, named
from warehouse import pointer
from warehouse.settings import Home
from warehouse.snapshots.layout import BUILD
from warehouse.whole_file import ASIDE

_UNFINISHED = (
    "temporary/*",
    "landing/.*.unfinished",
    f"published/{pointer.ASIDE}*",
    f"agencies/*/*/{BUILD}*",
    "policies/.*",
    "keys/.*.key-*",
    "keys/retired/.*.key-*",
    "decisions.parquet.unfinished",
    ASIDE,
    f"*/{ASIDE}",
    f"dagster/untold/{ASIDE}",
)
"""What is being made, each kind by the name it has until it is whole."""


def examine_leftovers(examined: Examined) -> list[Finding]:
    """Find what was begun and not finished; while a run goes on, it is that run's."""
    if examined.run_goes_on:
        return [Finding("leftovers", "ok", "not looked for while a run goes on: what is unfinished is its work.")]
    left = list(_left(examined.home))
    if not left:
        return [Finding("leftovers", "ok", "nothing unfinished lies about.")]
    names = named([str(path.relative_to(examined.home.path)) for path in left])
    says = f"{len(left)} unfinished ({_size(left) / 1e6:,.0f} MB) of a run that was broken off: {names}."
    repair = Repair(f"{len(left)} unfinished files and folders were removed", lambda: _sweep(left))
    return [Finding("leftovers", "told", f"{says} The next run sweeps most of it; --repair does so now.", repair)]


def _left(home: Home) -> Iterator[Path]:
    for pattern in _UNFINISHED:
        yield from sorted(home.path.glob(pattern))


def _size(left: list[Path]) -> int:
    files = (one for path in left for one in (path.rglob("*") if path.is_dir() else [path]))
    return sum(one.lstat().st_size for one in files if one.is_file())


def _sweep(left: list[Path]) -> None:
    for path in left:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
