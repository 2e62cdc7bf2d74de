"""`./padan ui`: the Dagster UI on a home."""

import os
import sys
from pathlib import Path

import click

from assets.command_line.night import set_environment
from assets.command_line.options import home_option
from warehouse.settings import Home

_WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"
_KNOWN_WARNING = "ignore:Function `dev_command` is superseded"
"""Dagster says this of `dagster dev` at every start; `dg dev`, which it prefers, reads no workspace.yaml."""


@click.command("ui")
@home_option
@click.option(
    "--extracts", type=click.Path(path_type=Path), help="Folder that runs started here read; else the last one."
)
@click.option("--port", default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Only this machine, unless you say otherwise.")
def command(home: Home, extracts: Path | None, port: int, host: str) -> None:
    """Open the Dagster UI (web server and daemon) on this home; Ctrl-C ends it."""
    set_environment(home, extracts.absolute() if extracts else None)
    from dagster import DagsterInstance  # takes seconds to import

    from assets.automation.killed_runs import end_killed_runs

    with DagsterInstance.get() as instance:
        end_killed_runs(home, instance)
    click.echo(f"http://{host}:{port}  (home {home.path}; first answer after some seconds)", err=True)
    dagster = [sys.executable, "-m", "dagster", "dev", "-w", str(_WORKSPACE), "-p", str(port), "-h", host]
    # Become Dagster rather than start it: a signal from a terminal, systemd or a script then reaches it directly, and
    # it ends its web server, daemon and code servers before it ends.
    environment = {**os.environ, "PYTHONWARNINGS": _KNOWN_WARNING}
    os.execve(sys.executable, [*dagster, "--log-level", "warning"], environment)  # noqa: S606 - no shell is wanted
