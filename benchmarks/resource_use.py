"""What a command, or one part of a process, costs: CPU seconds, peak resident memory, wall seconds.

Only the standard library is used, since the jobs that run in the peers' environment use it too.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

_POLL_SECONDS = 0.02


@dataclass
class Use:
    """CPU seconds of all threads, peak resident megabytes (10^6 bytes), wall seconds."""

    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    wall_seconds: float = 0.0


def run_measured(command: Sequence[str | Path]) -> tuple[Use, str]:
    """Run a command to its end; give what it cost and what it wrote to standard output.

    CPU includes the processes that it started and waited for; the peak is that of its own process. Raises `SystemExit`
    with the end of what it said when it fails.
    """
    started = time.monotonic()
    with TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=errors)
        peak, ended = 0.0, 0
        while not ended:
            # The kernel's own mark in rusage starts with the size of the parent that forked; this one does not.
            peak = max(peak, _peak_mb(process.pid))
            time.sleep(_POLL_SECONDS)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
        use = Use(usage.ru_utime + usage.ru_stime, peak, time.monotonic() - started)
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            name = " ".join(Path(part).name for part in command[:3])
            sys.exit(f"{name} ended with exit code {process.returncode}:\n{errors.read()[-3000:]}")
        return use, out.read()


@contextmanager
def measured_part() -> Iterator[Use]:
    """Measure what this process does inside the `with`: CPU of all its threads, and its peak from here on."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew at what is resident now
    use = Use()
    cpu, wall = time.process_time(), time.monotonic()
    yield use
    use.cpu_seconds, use.wall_seconds = time.process_time() - cpu, time.monotonic() - wall
    use.peak_mb = _peak_mb(os.getpid())


def _peak_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")), 0.0)
