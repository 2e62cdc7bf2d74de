"""What it costs to give every recipient of the access policy its snapshots of a publication.

    .venv/bin/python benchmarks/agency_snapshots.py HOME

HOME: a home that has published; it is only read. The snapshots (DuckDB, Parquet, XLSX of every recipient and kecamatan
by the shipped policy) are written into a home of their own beside it and removed. Then a village's list is asked of one
of them. Bars, of 2.6 million people on 2 cores: 90 s, and 200 ms.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from resource_use import measured_part

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from warehouse.entitlements import load_policy  # noqa: E402
from warehouse.publication import current_publication  # noqa: E402
from warehouse.settings import Home  # noqa: E402
from warehouse.snapshots import build_snapshots, current_snapshot  # noqa: E402

_ASKED = 21


def main() -> None:
    """Build, measure, ask, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    home = Home(parser.parse_args().home.absolute())
    policy, publication = load_policy(), current_publication(home)
    with tempfile.TemporaryDirectory(dir=home.path.parent, prefix="agency-snapshots-") as folder:
        beside = Home(Path(folder))
        with measured_part() as use:
            built = build_snapshots(beside, publication, policy)
        files = [path for path in beside.agencies.rglob("*") if path.is_file() and "current" not in path.parts]
        size = sum(path.stat().st_size for path in files)
        rows = publication.facts["tables"]["targeting"]
        print(f"{len(built.standing)} snapshots of {rows:,} targets, {size / 1e6:,.0f} MB")
        print(f"{use.wall_seconds:.1f} s wall, {use.cpu_seconds:.1f} CPU s, peak {use.peak_mb:,.0f} MB")
        database = current_snapshot(beside, policy.unit("dinkes")).database
        print(f"a village's list from {database.stat().st_size / 1e6:.0f} MB: median {_village_list(database):.0f} ms")


def _village_list(database: Path) -> float:
    """Give the median milliseconds of one village's rows, each on a connection of its own, opening it included."""
    with duckdb.connect(str(database), read_only=True) as connection:
        villages = connection.execute(
            "SELECT village_code FROM targeting_bnba GROUP BY ALL ORDER BY count(*) DESC LIMIT ?", [_ASKED]
        ).fetchall()
    taken = []
    for (village,) in villages:
        started = time.monotonic()
        with duckdb.connect(str(database), read_only=True) as connection:
            connection.execute("FROM targeting_bnba WHERE village_code = ? ORDER BY tier", [village]).fetchall()
        taken.append(1000 * (time.monotonic() - started))
    return statistics.median(taken)


if __name__ == "__main__":
    main()
