"""Score Padan's links on a set with known truth, beside the rule that an office would write, on the same rows.

    .venv/bin/python benchmarks/linkage.py EXTRACTS TRUTH

The office's rule: an equal valid NIK is one person; a row without one is the person of the same KK in the same place of
the family (head, wife), or of the same KK and birth date. Prints a Markdown table.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from integration.evaluation import Evaluation, evaluate  # noqa: E402
from integration.linkage.duckdb_engine import DuckDBEngine  # noqa: E402
from warehouse.database import Connection, reader  # noqa: E402
from warehouse.settings import Home  # noqa: E402

_SAME_NIK = """
SELECT record_id AS a, first_value(record_id) OVER (PARTITION BY nik ORDER BY record_id) AS b
FROM clean_records.person_record WHERE nik_status IN ('valid', 'valid_foreign')
"""
_SAME_PLACE_IN_FAMILY = """
WITH placed AS (
    SELECT record_id, no_kk, nik_status IN ('valid', 'valid_foreign') AS has_nik,
        CASE
            WHEN role = 'wife' OR relationship = '3' THEN 'wife'
            WHEN relationship = '1' THEN 'head'
            ELSE birth_date::VARCHAR
        END AS place
    FROM clean_records.person_record WHERE kk_status IN ('valid', 'valid_foreign')
)
SELECT x.record_id AS a, min(y.record_id) AS b
FROM placed AS x JOIN placed AS y ON x.no_kk = y.no_kk AND x.place = y.place AND x.record_id <> y.record_id
WHERE NOT x.has_nik GROUP BY x.record_id
"""


def office_rule(connection: Connection, truth: Path) -> Evaluation:
    """Link by the office's rule and score it."""
    engine = DuckDBEngine(connection)
    engine.sql("office_pair", f"{_SAME_NIK} UNION ALL ({_SAME_PLACE_IN_FAMILY})")
    engine.components("office_cluster", "office_pair")
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE office_link AS
        SELECT r.dataset, r.source_file, r.source_row_no, r.role,
            coalesce('c' || c.cluster, 'r' || r.record_id) AS person_id
        FROM clean_records.person_record AS r LEFT JOIN office_cluster AS c ON c.node = r.record_id
        """
    )
    return evaluate(connection, truth, "office_link")


def main() -> None:
    """Run Padan on the extracts, score both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extracts", type=Path)
    parser.add_argument("truth", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = [ROOT / "padan", "run", "--extracts", asked.extracts, "--home", folder]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with reader(Home(Path(folder))) as connection:
            scores = {"Padan": evaluate(connection, asked.truth), "office's rule": office_rule(connection, asked.truth)}
    print("| on the same rows | precision | recall | F1 | register precision | register recall |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, found in scores.items():
        pair, register = found.pairwise, found.register
        cells = (pair.precision, pair.recall, pair.f1, register.precision, register.recall)
        print(f"| {name} | {' | '.join(f'{cell:.4f}' for cell in cells)} |")


if __name__ == "__main__":
    main()
