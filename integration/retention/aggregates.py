"""Keeping the counts of each period for ever, when the rows about people are gone."""

import json
import shutil
from pathlib import Path

from warehouse.durable import fsync_file, fsync_folder
from warehouse.publication import Publication, publications_in_line
from warehouse.settings import Home

TABLES = (
    "report_month",
    "report_month_full",
    "programme_reach",
    "village_sanitation",
    "live_births",
    "measurement_quality",
    "match_summary",
    "data_dictionary",
)
"""The published tables that name nobody."""


def aggregates_folder(home: Home) -> Path:
    """Give the folder that holds a folder of counts for each period."""
    return home.path / "aggregates"


def keep_aggregates(home: Home) -> int:
    """Keep the counts of the newest publication of each period, where they are not yet; give how many periods.

    ::

        aggregates/2026-10/report_month.parquet …  publication.json
    """
    kept = 0
    newest = {one.facts["period"]: one for one in reversed(publications_in_line(home))}
    for period, one in newest.items():
        folder = aggregates_folder(home) / period
        if _version(folder) != one.version:
            _keep(one, folder)
            kept += 1
    return kept


def _version(folder: Path) -> str | None:
    manifest = folder / "publication.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["version"]) if manifest.is_file() else None


def _keep(publication: Publication, folder: Path) -> None:
    build = folder.with_name(f".{folder.name}")
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(mode=0o700, parents=True)
    names = [name for name in TABLES if (publication.folder / f"{name}.parquet").is_file()]
    for name in names:
        shutil.copyfile(publication.folder / f"{name}.parquet", build / f"{name}.parquet")
    said = {
        **publication.facts,
        "tables": {name: publication.facts["tables"][name] for name in names},
        "sha256": {f"{name}.parquet": publication.facts["sha256"][f"{name}.parquet"] for name in names},
        "aggregates_only": True,
    }
    (build / "publication.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    for path in build.iterdir():
        fsync_file(path)
        path.chmod(0o440)
    if folder.exists():
        shutil.rmtree(folder)
    build.rename(folder)
    fsync_folder(folder.parent)
