"""What intake alone costs: from a folder of deliveries to raw rows in force, by dataset.

    .venv/bin/python benchmarks/intake.py EXTRACTS              a folder of deliveries
    .venv/bin/python benchmarks/intake.py --families 50000      a sample, written first

The home is made for it and removed. CPU is that of every thread and of every process started. Bar, of 2.6 million
people (7.2 million rows, 336 files) on 2 cores: 200 s wall.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from resource_use import measured_part

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from integration.cleaning.macros import define_macros  # noqa: E402
from integration.cleaning.regions import load_regions  # noqa: E402
from integration.contracts import contracts  # noqa: E402
from integration.intake import find_deliveries, prepare, take_in  # noqa: E402
from warehouse.database import writer  # noqa: E402
from warehouse.settings import Home  # noqa: E402


def main() -> None:
    """Take everything in, dataset by dataset, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extracts", nargs="?", type=Path)
    parser.add_argument("--families", type=int)
    parser.add_argument("--beside", type=Path, help="the folder in which the home is made; by default the system's")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.beside, prefix="intake-") as folder:
        extracts = asked.extracts
        if asked.families:
            extracts = Path(folder) / "sample"
            sample = ["sample", str(extracts), "--families", str(asked.families), "--seed", "7"]
            subprocess.run([ROOT / "padan", *sample], check=True, stderr=subprocess.DEVNULL)
        if extracts is None:
            parser.error("name a folder of extracts, or --families")
        measure(extracts, Home(Path(folder) / "home"))


def measure(extracts: Path, home: Home) -> None:
    """Print what each dataset cost."""
    home.path.mkdir()
    print("| dataset | files | rows read | refused | wall s | CPU s |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    files = rows = refused = 0
    with measured_part() as use, writer(home) as connection:
        load_regions(connection)
        define_macros(connection)
        prepare(connection, list(contracts().values()))
        found = find_deliveries(extracts)
        began, cpu_began = time.monotonic(), _cpu_seconds()
        for contract in contracts().values():
            wall, cpu = time.monotonic(), _cpu_seconds()
            one = take_in(connection, home, extracts, contract, found.of(contract.dataset), "benchmark")
            wall, cpu = time.monotonic() - wall, _cpu_seconds() - cpu
            print(
                f"| {contract.dataset} | {one.files} | {one.read:,} | {one.quarantined:,} | {wall:.1f} | {cpu:.1f} |",
                flush=True,
            )
            files, rows, refused = files + one.files, rows + one.read, refused + one.quarantined
        wall, cpu = time.monotonic() - began, _cpu_seconds() - cpu_began
    print(f"| **all** | {files} | {rows:,} | {refused:,} | **{wall:.1f}** | **{cpu:.1f}** |")
    print(f"peak {use.peak_mb:,.0f} MB")


def _cpu_seconds() -> float:
    """Give the CPU seconds of this process and of those it started and waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
