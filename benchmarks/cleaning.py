"""Measure the stage clean_records: made whole, and on a night on which one row in a hundred came in other files.

    .venv/bin/python benchmarks/cleaning.py HOME

HOME is a home with deliveries taken in; its database is copied. In the copy one row in a hundred of each dataset is put
into a file of its own, and the stage is made whole. Then that file is replaced by one that says other names, and the
stage is brought up to date; and once more with nothing changed. Prints wall and CPU seconds and the peak memory of the
process, by part.
"""

import argparse
import calendar
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from integration.cleaning.macros import define_macros  # noqa: E402
from integration.contracts import contracts  # noqa: E402
from integration.records import build_family_records, build_person_records, type_in_force  # noqa: E402
from integration.records.in_force import collect_cell_issues, newest_day  # noqa: E402
from warehouse.database import Connection, writer  # noqa: E402
from warehouse.settings import Home  # noqa: E402

_RULES = "benchmark"


def main() -> None:
    """Copy, make, change, bring up to date, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.home.absolute().parent) as folder:
        home = Home(Path(folder))
        shutil.copy(Home(asked.home).database, home.database)
        with writer(home) as connection:
            define_macros(connection)
            for contract in contracts().values():
                connection.execute(f"DROP TABLE IF EXISTS {contract.typed_table}")  # nothing stands
            print("| | wall s | CPU s | peak MB |\n| --- | ---: | ---: | ---: |")
            part(connection, "", "+")
            stage(connection, "whole")
            part(connection, "+", "!")
            stage(connection, "1 % changed")
            stage(connection, "nothing changed")


def stage(connection: Connection, night: str) -> None:
    """Bring the stage up to date and print what it cost."""
    day = newest_day(connection)
    if day is None:
        sys.exit("No delivery is in force in that home.")
    end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    declared = contracts().values()

    def typed() -> None:
        for contract in declared:
            type_in_force(connection, contract, end, made_from=_RULES)

    parts: dict[str, Callable[[], object]] = {
        "typed rows": typed,
        "cell issues": lambda: collect_cell_issues(connection, list(declared)),
        "persons": lambda: build_person_records(connection, made_from=_RULES),
        "families": lambda: build_family_records(connection, made_from=_RULES),
    }
    with measured(f"{night}: all"):
        for name, make in parts.items():
            with measured(f"{night}: {name}"):
                make()


def part(connection: Connection, before: str, after: str) -> None:
    """Give one row in a hundred of each dataset to a file called `after`; they were in the one called `before`."""
    for contract in contracts().values():
        name = next(column.name for column in contract.columns if column.type == "name")
        renamed = f", {name} = 'NUR ' || {name}" if before else ""
        hundredth = f"ends_with(source_file_id, '{before}')" if before else "hash(source_row_no) % 100 = 0"
        own = f"left(source_file_id, 32) || '{after}'"
        connection.execute(f"UPDATE {contract.table} SET source_file_id = {own}{renamed} WHERE {hundredth}")
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE parted AS
        SELECT * REPLACE ({own} AS source_file_id, left(source_file, 200) || '{after}' AS source_file)
        FROM agency_extracts.source_file WHERE length(source_file_id) = 32"""
    )
    if before:
        connection.execute(f"DELETE FROM agency_extracts.source_file WHERE ends_with(source_file_id, '{before}')")
    connection.execute("INSERT INTO agency_extracts.source_file FROM parted")


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print wall and CPU seconds of what is done inside, and the peak memory of the process so far."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"| {what} | {time.perf_counter() - wall:.1f} | {time.process_time() - cpu:.1f} | {peak:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
