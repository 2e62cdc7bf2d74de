"""`./padan ui`: the Dagster UI on a home."""

from pathlib import Path

import click

from assets.command_line.become_dagster import WORKSPACE, become
from assets.command_line.night import set_environment
from assets.command_line.options import home_option
from warehouse.settings import Home


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
    from assets.automation.killed_runs import end_killed_runs_of  # takes seconds to import

    end_killed_runs_of(home)
    click.echo(f"http://{host}:{port}  (home {home.path}; first answer after some seconds)", err=True)
    become("dagster", "dev", "-w", str(WORKSPACE), "-p", str(port), "-h", host, "--log-level", "warning")
