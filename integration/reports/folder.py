"""A folder of documents that stands whole or not at all, readable by its owner alone."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from xlsxwriter.exceptions import FileCreateError

from warehouse.errors import PadanError

CONTENTS = "isi.json"
"""Says what a folder holds and from which publication; also the sign that Padan may replace the folder."""


class ReportNotWritten(PadanError):
    """The documents could not be written where they were wanted."""


@contextmanager
def whole_folder(target: Path, contents: Mapping[str, object]) -> Iterator[Path]:
    """Give a hidden folder to write into; it becomes `target` once everything in it is written, else nothing is left.

    An earlier `target` stands until then and is replaced. Files become 0600, folders 0700. `contents` goes into
    `isi.json`. Raises `ReportNotWritten` where the disk fails, or where `target` is no folder of reports.
    """
    build, old = (target.with_name(f".{target.name}.{word}") for word in ("build", "old"))
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(build, old, target)
        if target.exists() and not (target / CONTENTS).is_file():
            raise ReportNotWritten(
                f"{target} exists and is no folder of reports (it has no {CONTENTS}), so it was left as it is. "
                "Move it away, or name another folder with --out."
            )
        build.mkdir(mode=0o700)
        yield build
        files = [str(path.relative_to(build)) for path in sorted(build.rglob("*")) if path.is_file()]
        said = json.dumps({**contents, "files": files}, indent=1, ensure_ascii=False)
        (build / CONTENTS).write_text(said + "\n", encoding="utf-8")
        for path in build.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        if target.exists():
            target.rename(old)
        build.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except (OSError, FileCreateError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise ReportNotWritten(
            f"The reports cannot be written to {target}: {why}. "
            "Make room, or name another folder with --out; what stood there before stands."
        ) from error
    finally:
        shutil.rmtree(build, ignore_errors=True)


def _sweep(build: Path, old: Path, target: Path) -> None:
    """Remove what a killed call left: its documents hold names. Killed between two renames, its `old` is put back."""
    if old.exists() and not target.exists():
        old.rename(target)
    for left in (build, old):
        if left.exists():
            shutil.rmtree(left)
