"""Kill the nightly run at random moments, and see what the next one makes of it.

    .venv/bin/python benchmarks/killed_nights.py <empty folder> [--kills 100] [--seed 1] [--families 300]

A home has one finished month. Of the next month's deliveries an undisturbed run makes what must come of them. Then,
over and over: a copy of that home gets a run that is killed with SIGKILL at a random moment, another that is killed,
one to eight of them; then one that may finish, and one that finds nothing new. After each kill: every landed file that
was there is there, whole and named by its hash; `current` names a publication whose files are what its manifest says;
so do the snapshots of every recipient. At the end every table of the working database and of the publication holds the
rows of the undisturbed run's, run ids and times of day aside, nothing half-made lies about, and no process is left.
Nobody mends anything.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
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

from warehouse.entitlements import KECAMATAN, SHIPPED, WHOLE  # noqa: E402
from warehouse.errors import NothingPublished  # noqa: E402
from warehouse.publication import current_publication  # noqa: E402
from warehouse.rollback import damaged_files  # noqa: E402
from warehouse.settings import STAGES, Home  # noqa: E402

AS_OF_THE_RUN = ("run_id", "received_at", "published_at", "version", "file_id")
"""Columns that say which run wrote a row and when."""
SCRATCH = "spelling_%"
"""Tables that hold what the last step happened to work on; each step that uses one makes it first."""
ASIDE = (".build-", ".unfinished", ".fetching-")
MOST_KILLS = 8


def main() -> None:
    """Prepare, kill, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--families", type=int, default=300)
    asked = parser.parse_args()
    folder = asked.folder.absolute()
    lot = random.Random(asked.seed)
    months, base, whole = with_one_month(folder, asked.families)
    shutil.copytree(base.path, whole.path, symlinks=True)
    began = time.monotonic()
    must_publish(whole, months["2026-10"])
    lasts = time.monotonic() - began
    must_publish(whole, months["2026-10"])  # which finds nothing new, and remembers what was published
    counted: Counter[str] = Counter()
    faults: list[str] = []
    while counted["kills"] < asked.kills:
        home = Home(folder / "killed")
        shutil.copytree(base.path, home.path, symlinks=True)
        wanted = min(lot.randint(1, MOST_KILLS), asked.kills - counted["kills"])
        for _ in range(wanted):
            landed = landed_files(home)
            if not killed(home, months["2026-10"], lot.uniform(0, lasts)):
                counted["ended before it was killed"] += 1
                break
            counted["kills"] += 1
            faults += [f"after kill {counted['kills']}: {fault}" for fault in wrong_at_rest(home, landed)]
        for _ in ("that finishes the night", "that finds nothing new"):
            if code := run(home, months["2026-10"]).returncode:
                faults.append(f"after kill {counted['kills']}: the next run ended with {code}")
        faults += [f"after kill {counted['kills']}: {fault}" for fault in different(whole, home)]
        print("\n".join(faults[-3:]), end="", flush=True)
        counted["nights that finished"] += 1
        shutil.rmtree(home.path)
        print(f"{counted['kills']} kills, {counted['nights that finished']} nights, {len(faults)} faults", flush=True)
    print(f"\n| | |\n| --- | ---: |\n| an undisturbed night | {lasts:.0f} s |")
    for what, number in counted.items():
        print(f"| {what} | {number} |")
    print(f"| landed files lost, publications torn, tables that differ, repairs by hand | {len(faults)} |")
    if faults:
        sys.exit("\n".join(faults))


def with_one_month(folder: Path, families: int) -> tuple[dict[str, Path], Home, Home]:
    """Give the deliveries of two months, a home that has published the first, and where one goes that has both."""
    months = {month: sample(folder / month, families, month) for month in ("2026-09", "2026-10")}
    base, whole = Home(folder / "base"), Home(folder / "whole")
    plant_policy(base)
    must_publish(base, months["2026-09"])
    return months, base, whole


def sample(folder: Path, families: int, month: str) -> Path:
    """Write the deliveries of one month of the same families."""
    asked = ("--families", families, "--seed", 5, "--kab", "35.76", "--period", month, "--months", 1)
    subprocess.run([*padan("sample", folder, *asked)], check=True, capture_output=True)
    return folder


def plant_policy(home: Home) -> None:
    """Let one recipient alone read kecamatan: those of all would take most of every run."""
    said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    for name, recipient in said["recipients"].items():
        recipient["units"] = [WHOLE, KECAMATAN] if name == "dinkes" else [WHOLE]
    home.path.mkdir(mode=0o700, parents=True)
    home.policy.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")


def padan(*arguments: object) -> list[str]:
    """Give the command line of a call."""
    return [sys.executable, "-m", "assets.command_line", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Give an environment that knows where this checkout is and nothing else of Padan."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith("PADAN_")}, "PYTHONPATH": str(ROOT)}


def run(home: Home, extracts: Path) -> subprocess.CompletedProcess[str]:
    """Let a night finish."""
    command = padan("run", "--extracts", extracts, "--home", home.path)
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)


def must_publish(home: Home, extracts: Path) -> None:
    """Run a night that has to succeed before anything can be said."""
    if (said := run(home, extracts)).returncode:
        sys.exit(said.stdout + said.stderr)


def killed(home: Home, extracts: Path, after: float) -> bool:
    """Start a run and kill it after some seconds; say whether it was still going."""
    command = padan("run", "--extracts", extracts, "--home", home.path)
    with subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return True
    return False


def landed_files(home: Home) -> set[Path]:
    """Give the landed files that are whole."""
    return {path for path in home.landing.glob("*/*") if path.stem == hashlib.sha256(path.read_bytes()).hexdigest()}


def wrong_at_rest(home: Home, landed: set[Path]) -> list[str]:
    """Say what a kill has damaged of what readers and the next run rely on."""
    now = landed_files(home)
    found = [f"{len(landed - now)} landed files lost"] if landed - now else []
    found += [f"{path.name} is in the landing folder and not whole" for path in set(home.landing.glob("*/*")) - now]
    try:
        found += [f"published {name} is not what it was" for name in damaged_files(current_publication(home))]
    except NothingPublished as error:
        found.append(str(error))
    return found + wrong_snapshots(home)


def wrong_snapshots(home: Home) -> list[str]:
    """Say which recipients' snapshots in force are not what their manifest says."""
    found = []
    for pointer in home.agencies.glob("*/*/current"):
        folder = pointer.resolve()
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for name, sha256 in said["sha256"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sha256:
                found.append(f"{folder.parent.relative_to(home.agencies)}/{name} is not what its manifest says")
    return found


def different(whole: Home, other: Home) -> list[str]:
    """Say what a home holds otherwise than the one whose run was never disturbed."""
    databases = {
        "working": (whole.database, other.database),
        "published": (current_publication(whole).database, current_publication(other).database),
    }
    found = wrong_at_rest(other, landed_files(whole) and set())
    for name, (one, two) in databases.items():
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{one}' AS one (READ_ONLY)")
            connection.execute(f"ATTACH '{two}' AS two (READ_ONLY)")
            found += [f"{name} {table} differs in {rows} rows" for table, rows in differing(connection)]
    left = [path for path in other.path.rglob("*") if any(word in path.name for word in ASIDE)]
    left += list(other.temporary.iterdir())
    found += [f"left lying: {path.relative_to(other.path)}" for path in left]
    if {path.name for path in landed_files(whole)} != {path.name for path in landed_files(other)}:
        found.append("the landed files are others")
    return found + [f"process {pid} is left" for pid in _processes(other)]


def differing(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Give the tables that hold other rows in the attached databases `one` and `two`, and how many rows."""
    listed = """SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
        WHERE database_name = ? AND schema_name IN (SELECT unnest(?)) AND NOT internal AND table_name NOT LIKE ?
        GROUP BY ALL ORDER BY ALL"""
    schemas = [*STAGES, "main"]
    tables = connection.execute(listed, ["one", schemas, SCRATCH]).fetchall()
    if tables != connection.execute(listed, ["two", schemas, SCRATCH]).fetchall():
        return [("the list of tables", 1)]
    found = []
    for schema, table, columns in tables:
        kept = ", ".join(f'"{column}"' for column in columns if column not in AS_OF_THE_RUN) or "1"
        sides = [f"SELECT {kept} FROM {side}.{schema}.{table}" for side in ("one", "two")]
        ((rows,),) = connection.execute(
            f"SELECT (SELECT count(*) FROM ({sides[0]} EXCEPT ALL {sides[1]})) + "
            f"(SELECT count(*) FROM ({sides[1]} EXCEPT ALL {sides[0]}))"
        ).fetchall()
        if rows:
            found.append((f"{schema}.{table}", rows))
    return found


def _processes(home: Home) -> list[str]:
    """Give the processes that still work in a home."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(home.path).encode() in command.read_bytes():
                found.append(command.parent.name)
        except OSError:
            continue
    return found


if __name__ == "__main__":
    main()
