"""Free disk space against what a night needs."""

import shutil
from pathlib import Path

from integration.examination.finding import Examined, Finding
from warehouse.pointer import pointed_to

_LEAST = 500_000_000
"""What even the first night of a small kabupaten needs, in bytes."""
_SPILL = 1.0
"""What a night spills to disk, as a share of its working database: measured at 850,000 families below this."""


def examine_space(examined: Examined) -> list[Finding]:
    """Compare what is free with what the last night took: a publication, its snapshots, and a database written anew."""
    home = examined.home
    version = pointed_to(home)
    publication = _size(home.published / version) if version else 0
    snapshots = sum(_size(path.resolve()) for path in home.agencies.glob("*/*/current"))
    database = home.database.stat().st_size if home.database.exists() else 0
    needed = max(_LEAST, int(publication + snapshots + (1 + _SPILL) * database))
    free = shutil.disk_usage(home.path).free
    says = f"{free / 1e9:,.1f} GB free; a night needs up to {needed / 1e9:,.1f} GB"
    if free < needed:
        return [Finding("disk space", "broken", f"{says}: make room (old backups, landed files, publications) first.")]
    if free < 3 * needed:
        return [Finding("disk space", "told", f"{says}: that is less than three nights.")]
    return [Finding("disk space", "ok", f"{says}.")]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
