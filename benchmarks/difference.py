"""How long `./padan diff` takes between a publication and a perturbed copy of it.

    python benchmarks/difference.py <home with a publication> <empty folder>

The copy has every 50th target less, other ids for every 40th (new), another tier for every 10th, another village for
every 100th, and stunting and gaps changed for every 20th. The original is only read.
"""

import resource
import shutil
import sys
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from integration.history import compare, write_rows  # noqa: E402
from warehouse.publication import Snapshot, current_publication, publications, publish  # noqa: E402
from warehouse.settings import Home  # noqa: E402

PERTURBED = """
SELECT * EXCLUDE (n) REPLACE (
    CASE WHEN n % 40 = 1 THEN 'X' || target_id[2:] ELSE target_id END AS target_id,
    CASE WHEN n % 10 = 2 THEN CASE tier WHEN 'P1' THEN 'P2' ELSE 'P1' END ELSE tier END AS tier,
    CASE WHEN n % 100 = 3 THEN left(village_code, 9) || '2999' ELSE village_code END AS village_code,
    CASE WHEN n % 20 = 4 THEN 'tinggi' ELSE stunting_status END AS stunting_status,
    CASE WHEN n % 20 = 5 THEN gaps || ['G99'] ELSE gaps END AS gaps,
    '2026-11' AS period
)
FROM (SELECT *, hash(target_id) AS n FROM original.targeting)
WHERE n % 50 <> 7
"""


def main() -> None:
    """Make the copy, compare, write the lists, and say what each took."""
    source, folder = current_publication(Home(Path(sys.argv[1]))), Path(sys.argv[2])
    home = Home(folder)
    home.published.mkdir(parents=True, exist_ok=True)
    if not (home.published / source.version).exists():
        shutil.copytree(source.folder, home.published / source.version)
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{source.database}' AS original (READ_ONLY)")
        later = publish(
            con,
            home,
            [
                Snapshot("targeting", PERTURBED),
                Snapshot("report_month_full", "SELECT * REPLACE (value + 1 AS value) FROM original.report_month_full"),
            ],
            "perturbed",
            {"period": "2026-11"},
        )
    earlier = next(one for one in publications(home) if one.version == source.version)
    begun = time.monotonic()
    with compare(home, earlier, later) as found:
        print(f"compared in {time.monotonic() - begun:.2f} s: {found.totals}, {len(found.kecamatan)} kecamatan")
        for kind in ("parquet", "csv", "xlsx"):
            begun = time.monotonic()
            number = write_rows(home, found, folder / f"diff.{kind}")
            size = (folder / f"diff.{kind}").stat().st_size / 1e6
            print(f"{kind}: {number:,} rows, {size:.1f} MB in {time.monotonic() - begun:.2f} s")
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
