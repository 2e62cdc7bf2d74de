"""What two readers see while publications are made, killed at random moments, and put in force again.

    python benchmarks/readers_during_publication.py <empty folder> [--rounds 20] [--rows 20000] [--seed 1]

Real processes. A publisher publishes a night, builds every recipient's snapshot of it and, at last, rolls back to an
earlier one and forward again, over and over. It is let finish `rounds` times and killed with SIGKILL at a random moment
`rounds` times. Meanwhile one reader opens DuckDB files and one Parquet, each finding the version through the pointer:
of `published/` and of three units below `agencies/`. Every table holds the number of its night in every row, so each
read checks that all rows of all tables, the row counts of the manifest and the name of the folder are of one version.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import duckdb
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from warehouse.entitlements import SHIPPED, policy_in_force  # noqa: E402
from warehouse.errors import HomeError, NothingPublished  # noqa: E402
from warehouse.publication import Publication, Snapshot, current_publication, publications, publish  # noqa: E402
from warehouse.rollback import damaged_files, roll_back  # noqa: E402
from warehouse.settings import Home  # noqa: E402
from warehouse.snapshots import build_snapshots, current_snapshot  # noqa: E402
from warehouse.tables import stage_tables  # noqa: E402

UNITS = ("dinkes", "dp3akb", "evaluasi")
"""The recipients of the home's policy, each of the whole kabupaten and without XLSX: a round takes seconds."""
STAMPED = {"targeting": "score", "target_exit": "last_period", "report_month": "source_note"}
"""Tables that are read, and the column of each that holds the number of the night."""
_ROWS = {
    "targeting": """SELECT {night}::INTEGER AS score, 'T' || lpad(range::VARCHAR, 16, '0') AS target_id,
        'balita' AS subject_type, 'P1' AS tier, '35.09' AS kab_code, '35.09.' || (1 + range % 31)::VARCHAR AS kec_code
        FROM range({rows})""",
    "target_exit": """SELECT '{night}' AS last_period, 'T' || lpad(range::VARCHAR, 16, '0') AS target_id,
        'balita' AS subject_type, 'P1' AS last_tier, 'died' AS reason, '35.09' AS kab_code, '35.09.27.2001' AS
        village_code FROM range({rows} // 10)""",
    "report_month": """SELECT '{night}' AS source_note, 'kab' AS region_level, range::VARCHAR AS region_code,
        'I01' AS indicator_code FROM range(100)""",
}
_NOTHING = {"VARCHAR": "'-'", "DATE": "DATE '2026-10-31'", "BOOLEAN": "false", "DOUBLE": "0.0", "TIMESTAMP": "now()"}
_UNPUBLISHED = ("published_target", "family_status")


def publish_one(home: Home, night: int, rows: int) -> Publication:
    """Publish a night whose number stands in every row."""
    with duckdb.connect() as con:
        tables = []
        for one in stage_tables("targeting").values():
            if one.name in _UNPUBLISHED:
                continue
            con.execute(one.ddl(one.name))
            if one.name in _ROWS:
                con.execute(f"CREATE TEMP TABLE given AS {_ROWS[one.name].format(night=night, rows=rows)}")
                have = {name for (name, *_) in con.execute("DESCRIBE given").fetchall()}
                columns = ", ".join(
                    f'"{c.name}"' if c.name in have else f"{_empty(c.type) if c.filled else 'NULL'}::{c.type}"
                    for c in one.columns
                )
                con.execute(f"INSERT INTO {one.name} SELECT {columns} FROM given")
                con.execute("DROP TABLE given")
            tables.append(Snapshot(one.name, f"FROM {one.name}"))
        tables.append(Snapshot("data_dictionary", "SELECT 'targeting' AS table_name, 'score' AS column_name"))
        period = f"{2026 + night // 12}-{1 + night % 12:02}"
        facts = {"period": period, "period_end": f"{period}-28", "as_of": f"{period}-28", "night": night}
        return publish(con, home, tables, f"{night:08}", facts)


def _empty(kind: str) -> str:
    return "[]" if kind.endswith("[]") else _NOTHING.get(kind, "0")


def publisher(home: Home, first: int, rows: int) -> None:
    """Publish and build for ever, saying each step on standard output; every third night goes back and forth."""
    night = first
    while True:
        done = publish_one(home, night, rows)
        build_snapshots(home, done, policy_in_force(home))
        if night % 3 == 0:
            roll_back(home, publications(home)[1].version)
            roll_back(home, done.version)
        print(f"done {night}", flush=True)
        night += 1


def reader(home: Home, kind: str, stop: Path) -> None:
    """Read until `stop` is there and print, as JSON, what was seen: reads, versions, and every fault by its kind."""
    faults: Counter[str] = Counter()
    seen: dict[str, set[str]] = {}
    reads = 0
    policy = policy_in_force(home)
    while not stop.exists():
        for unit in ("", *UNITS):
            try:
                found = current_snapshot(home, policy.unit(unit)) if unit else current_publication(home)
                version = read_one(found.folder, found.facts, kind, publication=not unit)
                seen.setdefault(unit, set()).add(version)
            except AssertionError as fault:
                faults[f"{unit or 'published'}: {fault}"] += 1
            except Exception as error:
                faults[f"{unit or 'published'}: {type(error).__name__}: {str(error)[:200]}"] += 1
            reads += 1
    print(json.dumps({"reads": reads, "faults": faults, "versions": {unit: len(one) for unit, one in seen.items()}}))


def read_one(folder: Path, facts: dict[str, object], kind: str, *, publication: bool) -> str:
    """Read the tables of a publication or snapshot and fail unless all of it is of one version; give that version."""
    counts = facts["tables"]
    assert isinstance(counts, dict)
    said = str(facts["version" if publication else "publication"])
    night = int(said.rpartition("-")[2])
    assert folder.name.startswith(said), "mixed versions: folder and manifest"
    stamps = {}
    with duckdb.connect(
        str(folder / "padan.duckdb") if kind == "duckdb" else ":memory:", read_only=kind == "duckdb"
    ) as con:
        for table, rows in counts.items():
            column = next((c for name, c in STAMPED.items() if table.startswith(name)), None)
            source = table if kind == "duckdb" else f"read_parquet('{folder / table}.parquet')"
            have = {name for (name, *_) in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
            (number,) = con.execute(f"SELECT count(*) FROM {source}").fetchall()[0]
            assert number == rows, f"torn: {table} has {number} rows, the manifest says {rows}"
            if column in have and table != "report_month_full":
                for (stamp,) in con.execute(f"SELECT DISTINCT {column} FROM {source}").fetchall():
                    stamps[table] = int(stamp)
                    assert int(stamp) == night, f"mixed versions: {table} is of night {stamp}, not {night}"
    assert stamps, "nothing was read"
    return said


def run(folder: Path, rounds: int, rows: int, seed: int) -> dict[str, object]:
    """Let the publisher finish and be killed `rounds` times each under two readers; give what happened."""
    home, stop, chance = Home(folder / "home"), folder / "stop", random.Random(seed)
    home.path.mkdir(parents=True)
    _write_policy(home)
    first = publish_one(home, 0, rows)
    build_snapshots(home, first, policy_in_force(home))
    readers = [_start("reader", str(home.path), kind, str(stop)) for kind in ("duckdb", "parquet")]
    finished, killed, night = 0, Counter[str](), 1
    plan = [True] * rounds + [False] * rounds
    chance.shuffle(plan)
    publishing, round_takes = None, 1.0
    try:
        for is_killed in plan:
            if publishing is None:
                publishing = _start("publisher", str(home.path), str(night), str(rows))
                night += 100
                _line(publishing)  # the first round counts as a start: from here on rounds take alike
            began = time.monotonic()
            if is_killed:
                time.sleep(chance.uniform(0, round_takes))
                publishing.send_signal(signal.SIGKILL)
                publishing.communicate()
                killed[_left_by(home)] += 1
                publishing = None
            else:
                _line(publishing)
                round_takes = time.monotonic() - began
                finished += 1
    finally:
        if publishing is not None:
            publishing.kill()
            publishing.communicate()
        stop.touch()
    told = [json.loads(one.communicate(timeout=120)[0].splitlines()[-1]) for one in readers]
    last = publish_one(home, night, rows)
    build_snapshots(home, last, policy_in_force(home))
    damaged = [one.version for one in publications(home) if damaged_files(one)]
    left = [path.name for path in home.published.iterdir() if path.name.startswith(".")]
    return {
        "publications": len(publications(home)),
        "rounds finished": finished,
        "killed": dict(killed),
        "readers": told,
        "damaged publications": damaged,
        "left over": left,
    }


def _write_policy(home: Home) -> None:
    said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    small = {"units": ["kabupaten"], "formats": ["duckdb", "parquet"]}
    said["recipients"] = {name: said["recipients"][name] | small for name in UNITS}
    home.policy.write_text(yaml.safe_dump(said), encoding="utf-8")


def _left_by(home: Home) -> str:
    """Say how far the killed publisher was, by what it left."""
    if any(path.name.startswith(".build-2") for path in home.published.iterdir()):
        return "while it wrote a publication"
    if any(path.name.startswith(".build-") for path in home.agencies.glob("*/*/.build-*")):
        return "while it wrote snapshots"
    try:
        published, policy = current_publication(home).version, policy_in_force(home)
        behind = any(current_snapshot(home, policy.unit(unit)).facts["publication"] != published for unit in UNITS)
    except (HomeError, NothingPublished):
        return "elsewhere"
    return "between the publication and its snapshots" if behind else "elsewhere"


def _line(publishing: "subprocess.Popen[str]") -> None:
    """Wait until the publisher has ended a round; it must not end itself."""
    assert publishing.stdout
    line = publishing.stdout.readline()
    assert line, "the publisher ended by itself"


def _start(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, __file__, *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PADAN_THREADS": "1"},
    )


def main() -> None:
    """Run the benchmark, or one of its processes."""
    match sys.argv[1:]:
        case ["publisher", home, first, rows]:
            publisher(Home(Path(home)), int(first), int(rows))
        case ["reader", home, kind, stop]:
            reader(Home(Path(home)), kind, Path(stop))
        case _:
            parser = argparse.ArgumentParser(description=__doc__)
            parser.add_argument("folder", type=Path)
            parser.add_argument("--rounds", type=int, default=20)
            parser.add_argument("--rows", type=int, default=20_000)
            parser.add_argument("--seed", type=int, default=1)
            said = parser.parse_args()
            began = time.monotonic()
            print(json.dumps(run(said.folder, said.rounds, said.rows, said.seed), indent=1))
            print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
