"""One process at a time, and a process that is killed keeps nobody waiting."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.errors import HomeBusy
from warehouse.lock import held

HOLD = "import sys, time; from pathlib import Path; from warehouse.lock import held\n"
HOLD += "with held(Path(sys.argv[1]), 'busy'): print('held', flush=True); time.sleep(600)"


def test_the_second_is_told_and_the_first_goes_on(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with held(lock, ""), pytest.raises(HomeBusy, match="Somebody is here"), held(lock, "Somebody is here."):
        pytest.fail("two hold one lock")
    with held(tmp_path / "lock", "Nobody is."):
        pass


def test_who_is_killed_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "lock"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(HomeBusy), held(tmp_path / "lock", "busy"):
            pytest.fail("two hold one lock")
        process.send_signal(signal.SIGKILL)
        process.wait()

    with held(tmp_path / "lock", "busy"):
        pass


def test_its_owner_alone_may_read_it(tmp_path: Path) -> None:
    with held(tmp_path / "lock", "busy"):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
