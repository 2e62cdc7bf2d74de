"""A home on a disk that is mounted read-only: each service says so, before a library does in its own words."""

import shlex
import subprocess
from pathlib import Path

import pytest
from at_the_terminal import PATIENCE, assert_one_sentence, command, environment

from assets.command_line.run_storage import write_instance
from warehouse.settings import Home

MOUNT = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && '


def read_only(home: Home, words: str) -> subprocess.CompletedProcess[str]:
    """Run something in a namespace of its own, in which the home cannot be written."""
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNT + words, str(home.path)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("words", [["web"], ["daemon"], ["daemon", "--check"], ["doctor"]])
def test_what_serves_a_home_says_that_it_cannot_be_written(tmp_path: Path, words: list[str]) -> None:
    home = Home(tmp_path / "home")
    home.temporary.mkdir(parents=True)
    home.dagster.mkdir()
    write_instance(home)
    if read_only(home, "true").returncode:
        pytest.skip("this machine lets nobody mount in a namespace of his own")

    said = read_only(home, shlex.join(command(*words, "--home", home.path)))

    assert_one_sentence(said, "cannot be written by this user")
