"""Measure a night on which one record in a hundred changed beside a full linkage of the same records.

    .venv/bin/python benchmarks/changed_night.py HOME

HOME is a finished home; it is copied. In one copy the linkage runs afresh, then 1 % of the person records are changed
(names, dates, residence, numbers; some are deleted), then it runs once more on what changed; in another copy it runs
afresh on the changed records. Prints CPU and wall seconds of the linkage stage, the ratio, and whether both ended in
the same links.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from integration.linkage import load_model, match_records  # noqa: E402
from integration.records.person_record import content_of_record  # noqa: E402
from warehouse.database import Connection, count, literal, writer  # noqa: E402
from warehouse.settings import Home  # noqa: E402

_RECORDS = "clean_records.person_record"
_CHANGES = (
    ("kind < 0.3", "name_canonical = replace(name_canonical, 'A', 'E')"),
    ("kind BETWEEN 0.3 AND 0.45", "birth_date = birth_date + 1"),
    ("kind BETWEEN 0.45 AND 0.6", "rt = '077', rw = '002'"),
    ("kind BETWEEN 0.6 AND 0.7", "nik = NULL, nik_status = 'missing', nik_prefix = NULL"),
    ("kind BETWEEN 0.7 AND 0.9", "no_kk = NULL, kk_status = 'missing'"),
)


def main() -> None:
    """Copy, run, change, run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.home.absolute().parent) as folder:
        nightly, whole = Home(Path(folder) / "nightly"), Home(Path(folder) / "whole")
        for home in (nightly, whole):
            home.path.mkdir()
        shutil.copy(Home(asked.home).database, nightly.database)
        linked(nightly, afresh=True)
        with writer(nightly) as connection:
            changed = change(connection)
        shutil.copy(nightly.database, whole.database)
        full, part = linked(whole, afresh=True), linked(nightly, afresh=False)
        print(f"{changed:,} records changed\n\n| | CPU s | wall s |\n| --- | ---: | ---: |")
        print(
            f"| the whole linkage | {full[0]:.1f} | {full[1]:.1f} |\n| what changed | {part[0]:.1f} | {part[1]:.1f} |"
        )
        print(f"\nCPU of a changed night to a whole one: {part[0] / full[0]:.2f}")
        print(f"Links that differ between the two: {differing(nightly, whole):,}")


def linked(home: Home, *, afresh: bool) -> tuple[float, float]:
    """Run the linkage stage; give CPU and wall seconds."""
    with writer(home) as connection:
        cpu, wall = time.process_time(), time.perf_counter()
        match_records(connection, load_model(), afresh=afresh)
        return time.process_time() - cpu, time.perf_counter() - wall


def change(connection: Connection) -> int:
    """Change one record in a hundred, by lot that falls the same each time; give how many."""
    connection.execute(
        f"""CREATE TEMP TABLE lot AS
        SELECT record_id, (hash(record_id, 'kind') % 1000) / 1000 AS kind FROM {_RECORDS}
        WHERE hash(record_id, 'chosen') % 100 = 0"""
    )
    for which, what in _CHANGES:
        connection.execute(
            f"UPDATE {_RECORDS} SET {what} FROM lot WHERE lot.record_id = {_RECORDS}.record_id AND {which}"
        )
    connection.execute(f"DELETE FROM {_RECORDS} USING lot WHERE lot.record_id = {_RECORDS}.record_id AND kind > 0.9")
    connection.execute(
        f"UPDATE {_RECORDS} SET content_id = {content_of_record()} FROM lot WHERE lot.record_id = {_RECORDS}.record_id"
    )
    return count(connection, "SELECT count(*) FROM lot")


def differing(one: Home, other: Home) -> int:
    """Count the descriptions whose person differs between two homes."""
    with writer(one) as connection:
        connection.execute(f"ATTACH {literal(other.database)} AS other (READ_ONLY)")
        links = "SELECT description_id, cluster FROM {}matched_pairs.person_link"
        return count(
            connection,
            f"""SELECT count(*) FROM (({links.format("")} EXCEPT {links.format("other.")})
            UNION ALL ({links.format("other.")} EXCEPT {links.format("")}))""",
        )


if __name__ == "__main__":
    main()
