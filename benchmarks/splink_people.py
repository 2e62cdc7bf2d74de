"""Score and measure Padan's linkage beside Splink 5, well set up, on the same person records.

    .venv/bin/python benchmarks/splink_people.py HOME TRUTH [--peers FOLDER]

HOME is a finished home (it is copied, not changed), TRUTH the truth folder of its set. Splink sees what Padan sees:
names, dates, regions and numbers as Padan standardised them; with --names-as-delivered the persons' names as the
agencies wrote them, in capitals, as who installs Splink without Padan has them. It links and de-duplicates all records
of all sources, and its result is taken at three thresholds, once as connected clusters and once with its one-to-one
clustering, which holds each person once in each snapshot of a source. Prints a Markdown table.

CPU and peak memory are those of the linkage: from the records to the links (one clustering), after the imports.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from peer_environment import peer_python  # noqa: E402
from resource_use import run_measured  # noqa: E402

from integration.evaluation import Evaluation, evaluate  # noqa: E402
from integration.persons import build_persons  # noqa: E402
from warehouse.database import literal, reader, writer  # noqa: E402
from warehouse.settings import Home  # noqa: E402

_HERE = Path(__file__).resolve().parent
_RECORDS = """
COPY (
    SELECT record_id AS unique_id, dataset || '_' || strftime(snapshot_date, '%Y%m') AS source_dataset, role,
        CASE WHEN nik_status IN ('valid', 'valid_foreign') THEN nik END AS nik,
        CASE WHEN kk_status IN ('valid', 'valid_foreign') THEN no_kk END AS kk,
        {name} AS name, sex, birth_date, coalesce(mother_name, parent_name) AS mother,
        village_code AS village, rt, rw, source_file, source_row_no
    FROM clean_records.person_record ORDER BY record_id
) TO {file} (FORMAT parquet)
"""
_NAMES = {
    "Splink 5": "nullif(name_canonical, '')",
    "Splink 5 on names as delivered": "nullif(trim(regexp_replace(upper(name_written), '[^A-Z ]+', ' ', 'g')), '')",
}
_LINKS = """
CREATE OR REPLACE TEMP TABLE splink_link AS
SELECT dataset, source_file, source_row_no, role, cluster AS person_id
FROM read_parquet({clusters}) AS c JOIN clean_records.person_record AS r ON r.record_id = c.unique_id
WHERE clustering = {clustering}
"""


def main() -> None:
    """Run both on copies, score both, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--names-as-delivered", action="store_true", help="run Splink on these, too")
    parser.add_argument("--peers", type=Path, help="folder of the peers' environment")
    asked = parser.parse_args()
    peer = peer_python(asked.peers)
    print("| on the same rows | precision | recall | F1 | CPU s | peak MB | pairs compared |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for label in list(_NAMES)[: 2 if asked.names_as_delivered else 1]:
            splink(label, Home(asked.home), asked.truth, peer, Path(folder))
        padan(Home(asked.home), asked.truth, Home(Path(folder) / "home"))


def splink(label: str, home: Home, truth: Path, peer: Path, folder: Path) -> None:
    """Run Splink's job and print a line for each of its clusterings."""
    records, clusters = folder / "records.parquet", folder / "clusters.parquet"
    with reader(home) as connection:
        connection.execute(_RECORDS.format(file=literal(records), name=_NAMES[label]))
    use, said = run_measured([peer, _HERE / "splink_people_job.py", records, clusters])
    report = json.loads(said.splitlines()[-1])
    scoring = report["scoring"]
    for clustering, cost in report["clusterings"].items():
        with reader(home) as connection:
            connection.execute(_LINKS.format(clusters=literal(clusters), clustering=literal(clustering)))
            found = evaluate(connection, truth, "splink_link")
        cpu = scoring["cpu_seconds"] + cost["cpu_seconds"]
        show(f"{label}, {clustering}", found, cpu, max(scoring["peak_mb"], cost["peak_mb"]), report["pairs"])
    print(f"Splink, whole process with all clusterings: {use.cpu_seconds:.1f} CPU s", file=sys.stderr)


def padan(home: Home, truth: Path, copy: Home) -> None:
    """Run Padan's linkage on a copy of the home and print its line."""
    copy.path.mkdir()
    shutil.copy(home.database, copy.database)
    use, said = run_measured([sys.executable, _HERE / "padan_people_job.py", copy.path])
    report = json.loads(said.splitlines()[-1])
    with writer(copy) as connection:
        build_persons(connection, b"a key for one benchmark")
        found = evaluate(connection, truth)
    show("**Padan**", found, report["linkage"]["cpu_seconds"], report["linkage"]["peak_mb"], report["pairs"])
    print(f"Padan, whole process: {use.cpu_seconds:.1f} CPU s", file=sys.stderr)


def show(name: str, found: Evaluation, cpu: float, peak: float, pairs: int) -> None:
    """Print one line of the table."""
    pair = found.pairwise
    scores = " | ".join(f"{score:.4f}" for score in (pair.precision, pair.recall, pair.f1))
    print(f"| {name} | {scores} | {cpu:.1f} | {peak:,.0f} | {pairs:,} |", flush=True)


if __name__ == "__main__":
    main()
