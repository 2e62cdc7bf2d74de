"""Let the disk of a home run full at random moments of the nightly run, and see what the next one makes of it.

    unshare --map-root-user --mount .venv/bin/python benchmarks/full_disk.py <empty folder> [--times 40] [--seed 1]

The home lies on a small disk in memory, of its own mount namespace: nothing else sees it. It has one finished month. An
undisturbed run makes what must come of the next month's deliveries. Then, over and over, from the beginning: at a
random moment of the run the disk shrinks to what is in use and a little (nothing, or a random part of what the
undisturbed run needed), so that each thing that writes comes to be the one that fails. Such a run must end by itself;
with exit code 1, and one sentence that says so, unless all was written. What was published, landed and handed out must
be whole, and the doctor, on the full disk, must come to its end. Then there is room again: the next run must end well
with the rows of the undisturbed one, nothing half-made may lie about, and nobody mends anything.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.killed_nights import (  # noqa: E402
    different,
    environment,
    landed_files,
    must_publish,
    padan,
    run,
    with_one_month,
    wrong_at_rest,
)
from warehouse.settings import Home  # noqa: E402

ROOM = 4_000_000_000
"""What the disk holds when it is not made small."""
SENTENCE = re.compile(r"is full|disk is full|more room to spill")
STEP = re.compile(r"^ *[\d.]+s  (\S+)", re.MULTILINE)
UNFORESEEN = re.compile(r"Traceback|unforeseen|Error:", re.IGNORECASE)


class Disk:
    """A file system in memory whose size can be changed while it is in use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._mount("-t", "tmpfs", "-o", f"size={ROOM}", "padan", str(folder))

    def leave(self, room: int) -> None:
        """Make it so small that `room` bytes are left."""
        self._resize(self.used + room)

    def grow(self) -> None:
        """Give it back its room."""
        self._resize(ROOM)

    @property
    def used(self) -> int:
        """Bytes in use."""
        found = os.statvfs(self.folder)
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    def _resize(self, size: int) -> None:
        self._mount("-o", f"remount,size={max(size, 4096)}", str(self.folder))

    def _mount(self, *arguments: str) -> None:
        for _ in range(50):  # while it is written to, its use may have grown past the size asked for
            done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
            if not done.returncode:
                return
            time.sleep(0.01)
        sys.exit(f"{done.stderr.strip()}\nRun it under: unshare --map-root-user --mount")


def main() -> None:
    """Prepare, fill, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--families", type=int, default=150)
    asked = parser.parse_args()
    folder = asked.folder.absolute()
    lot = random.Random(asked.seed)
    months, base, whole = with_one_month(folder, asked.families)
    disk = Disk(folder / "disk")
    home = Home(disk.folder / "home")
    lasts, needs = undisturbed(base, whole, home, disk, months["2026-10"])
    print(f"an undisturbed night takes {lasts:.0f} s and at most {needs / 1e6:,.0f} MB more than before", flush=True)
    stopped: Counter[str] = Counter()
    faults: list[str] = []
    for number in range(1, asked.times + 1):
        shutil.copytree(base.path, home.path, symlinks=True)
        after, room = lot.uniform(0, lasts), lot.choice([0, lot.randint(0, needs)])
        landed = landed_files(home)
        said = filled(home, months["2026-10"], disk, after, room)
        step = (STEP.findall(said.stderr) or ["before the first step"])[-1]
        found = wrong_ending(said) + wrong_at_rest(home, landed)
        doctor = subprocess.run(
            padan("doctor", "--home", home.path), env=environment(), capture_output=True, text=True, check=False
        )
        if UNFORESEEN.search(doctor.stdout + doctor.stderr) or "broken" not in doctor.stdout:
            found.append(f"the doctor on a full disk: {(doctor.stdout + doctor.stderr)[-600:]}")
        disk.grow()
        for what in ("the next run", "the run that finds nothing new"):
            if (then := run(home, months["2026-10"])).returncode:
                found.append(f"{what} ended with {then.returncode}: {(then.stdout + then.stderr)[-600:]}")
        found += different(whole, home)
        stopped[step if said.returncode else "ended well all the same"] += 1
        faults += [f"{number} ({room / 1e6:.1f} MB left after {after:.1f} s, at {step}): {fault}" for fault in found]
        print(f"{number}: {room / 1e6:6.1f} MB left after {after:5.1f} s  {said.returncode}  {step}", flush=True)
        print("".join(f"    {fault}\n" for fault in found), end="", flush=True)
        shutil.rmtree(home.path)
    print("\n| the last that was heard of the run | runs |\n| --- | ---: |")
    for step, number in stopped.most_common():
        print(f"| {step} | {number} |")
    print(f"\n{asked.times} nights, {len(faults)} faults")
    if faults:
        sys.exit("\n".join(faults))


def undisturbed(base: Home, whole: Home, home: Home, disk: Disk, extracts: Path) -> tuple[float, int]:
    """Make the home that others are compared with, on the disk; give its seconds, and the most bytes it took."""
    shutil.copytree(base.path, home.path, symlinks=True)
    before, most, began = disk.used, [0], time.monotonic()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            most[0] = max(most[0], disk.used - before)

    watching = threading.Thread(target=watch)
    watching.start()
    must_publish(home, extracts)
    lasts = time.monotonic() - began
    over.set()
    watching.join()
    must_publish(home, extracts)  # which finds nothing new, and remembers what was published
    shutil.copytree(home.path, whole.path, symlinks=True)
    shutil.rmtree(home.path)
    return lasts, most[0]


def filled(home: Home, extracts: Path, disk: Disk, after: float, room: int) -> "subprocess.CompletedProcess[str]":
    """Run a night whose disk has `room` bytes left after some seconds."""
    shrinking = threading.Timer(after, disk.leave, [room])
    shrinking.start()
    said = run(home, extracts)
    shrinking.cancel()
    shrinking.join()
    disk.leave(0)  # whatever was swept at the end, the doctor finds no room
    return said


def wrong_ending(said: "subprocess.CompletedProcess[str]") -> list[str]:
    """Say what is wrong with how a run ended."""
    told = said.stdout + said.stderr
    if found := UNFORESEEN.search(told):
        return [f"it told {found[0]!r}: …{told[-1500:]}"]
    if said.returncode not in (0, 1):
        return [f"it ended with {said.returncode}: …{told[-600:]}"]
    if said.returncode and not SENTENCE.search(told):
        return [f"it did not say that the disk is full: …{told[-1500:]}"]
    return []


if __name__ == "__main__":
    main()
