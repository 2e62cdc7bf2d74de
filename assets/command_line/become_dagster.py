"""Becoming one of Dagster's own programs, so that a signal reaches it directly and it ends its own children."""

import os
import sys
from pathlib import Path
from typing import NoReturn

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"
"""Says which code Dagster's programs load."""
_KNOWN_WARNING = "ignore:Function `dev_command` is superseded"
"""Dagster says this of `dagster dev` at every start; `dg dev`, which it prefers, reads no workspace.yaml."""


def become(module: str, *arguments: str) -> NoReturn:
    """Replace this process by a Dagster program; whoever started it (a terminal, systemd, a container) now holds it.

    The environment is the one `set_environment` made. What it writes holds NIKs, so the umask is inherited, too.
    """
    environment = {**os.environ, "PYTHONWARNINGS": _KNOWN_WARNING}
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)  # noqa: S606 - no shell is wanted
