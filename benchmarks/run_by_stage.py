"""Measure `./padan run` by stage: wall seconds, CPU seconds and peak memory.

    .venv/bin/python benchmarks/run_by_stage.py EXTRACTS              a folder of deliveries
    .venv/bin/python benchmarks/run_by_stage.py --families 50000      a sample, written first
    .venv/bin/python benchmarks/run_by_stage.py … --nights            and the nights after: nothing new, files sent
                                                                      again (1 % of rows), 1 % of the rows of each file

The run is a process of its own; every fifth of a second its CPU time and resident memory are read from /proc, and the
steps' times come from the run's own record in the home. Steps do not overlap, so a stage's CPU is what was used while
its steps ran. Prints a Markdown table.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections import defaultdict
from pathlib import Path

from corrected_deliveries import correct_files, correct_rows

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extracts", nargs="?", type=Path)
    parser.add_argument("--families", type=int)
    parser.add_argument("--nights", action="store_true", help="measure the nights after the first, too")
    parser.add_argument("--beside", type=Path, help="an empty folder to work in, instead of a temporary one")
    parser.add_argument("--truth", type=Path, help="score the links against this truth folder afterwards")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.beside) as folder:
        extracts, truth = asked.extracts, asked.truth
        if asked.families:
            extracts, truth = Path(folder) / "sample", Path(folder) / "sample" / "truth"
            padan("sample", str(extracts), "--families", str(asked.families), "--seed", "7", quiet=True)
        if extracts is None:
            parser.error("name a folder of extracts, or --families")
        home = Path(folder) / "home"
        night("the first night", extracts, home)
        if asked.nights:
            night("nothing new", extracts, home)
            for what, correct in (("files", correct_files), ("rows", correct_rows)):
                changed, files = correct(extracts, Path(folder) / what)
                night(f"{changed:,} rows in {files} files are others", Path(folder) / what, home)
        if truth:
            padan("evaluate", "--home", str(home), "--truth", str(truth))


def night(title: str, extracts: Path, home: Path) -> None:
    """Measure one run and print it."""
    samples, wall, code = measured_run(extracts, home)
    print(f"\n{title}\n", flush=True)
    show(samples, wall, home)
    if code:
        sys.exit(f"the run ended with exit code {code}")


def padan(*arguments: str, quiet: bool = False) -> None:
    """Call the launcher."""
    subprocess.run([ROOT / "padan", *arguments], check=True, stderr=subprocess.DEVNULL if quiet else None)


def measured_run(extracts: Path, home: Path) -> tuple[list[tuple[float, float, float]], float, int]:
    """Run once; give samples of (clock time, CPU seconds so far, resident MB), the wall seconds and the exit code."""
    samples = []
    started = time.time()
    command = [ROOT / "padan", "run", "--extracts", str(extracts), "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            try:
                fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            except FileNotFoundError:
                break
            cpu, rss = sum(map(int, fields[11:15])) / TICKS, int(fields[21]) * PAGE / 1e6
            samples.append((time.time(), cpu, rss))
            time.sleep(0.2)
        code = process.wait()
    return samples, time.time() - started, code


_HANDED_ON = {"targeting__agency_snapshots": "agencies' snapshots", "targeting__postgres": "agencies' snapshots"}


def steps(home: Path) -> list[tuple[str, float, float]]:
    """Give (step, start, end) of the home's newest run, from Dagster's own record."""
    with sqlite3.connect(home / "dagster" / "history" / "event_log.db") as connection:
        events = connection.execute(
            "SELECT step_key, dagster_event_type, (julianday(timestamp) - 2440587.5) * 86400 "
            "FROM event_logs WHERE dagster_event_type IN ('STEP_START', 'STEP_SUCCESS', 'STEP_FAILURE') "
            "AND run_id = (SELECT run_id FROM event_logs ORDER BY id DESC LIMIT 1) ORDER BY id"
        ).fetchall()
    begun: dict[str, float] = {}
    found = []
    for step, kind, at in events:
        if kind == "STEP_START":
            begun[step] = at
        else:
            found.append((step, begun[step], at))
    return found


def show(samples: list[tuple[float, float, float]], wall: float, home: Path) -> None:
    """Print wall, CPU and peak memory by stage; checks are a line of their own."""
    clock = [sample[0] for sample in samples]

    def cpu_at(moment: float) -> float:
        return samples[min(bisect_left(clock, moment), len(samples) - 1)][1]

    table: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for step, start, end in steps(home):
        stage = "checks" if step.endswith(("__checks", "__gates")) else _HANDED_ON.get(step, step.split("__")[0])
        line = table[stage]
        line[0] += end - start
        line[1] += cpu_at(end) - cpu_at(start)
        line[2] = max([line[2], *(rss for at, _, rss in samples if start <= at <= end)])
    accounted = [sum(line[i] for line in table.values()) for i in (0, 1)]
    cpu, peak = samples[-1][1], max(sample[2] for sample in samples)
    table["start, between steps, end"] = [wall - accounted[0], cpu - accounted[1], 0.0]
    print("| stage | wall s | CPU s | peak MB |\n| --- | ---: | ---: | ---: |")
    for stage, (seconds, used, memory) in table.items():
        print(
            f"| {stage} | {seconds:.1f} | {used:.1f} | {memory:,.0f} |"
            if memory
            else f"| {stage} | {seconds:.1f} | {used:.1f} | |"
        )
    print(f"| **whole run** | **{wall:.1f}** | **{cpu:.1f}** | **{peak:,.0f}** |")


if __name__ == "__main__":
    main()
