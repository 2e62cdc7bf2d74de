"""`./padan daemon`: what starts runs at their time, as a service runs it."""

import sys

import click

from assets.command_line.become_dagster import WORKSPACE, become
from assets.command_line.night import set_environment
from assets.command_line.options import home_option
from warehouse.settings import Home


@click.command("daemon")
@home_option
@click.option("--check", is_flag=True, help="Ask whether a daemon of this home is at work; exit 0 if one is.")
def command(home: Home, check: bool) -> None:
    """Run schedules, sensors and the queue of runs on this home, without the web server (`./padan web`)."""
    set_environment(home)
    if check:
        sys.exit(_tell(home))
    from assets.automation.killed_runs import end_killed_runs_of  # takes seconds to import

    end_killed_runs_of(home)
    become("dagster._daemon", "run", "-w", str(WORKSPACE), "--log-level", "info")


def _tell(home: Home) -> int:
    """Say on the terminal whether a daemon is at work; give the exit code."""
    import dagster as dg  # takes seconds to import

    from assets.daemon_beats import SILENT_AFTER, silent_threads

    with dg.DagsterInstance.get() as instance:
        silent = silent_threads(instance)
    if silent:
        minutes = SILENT_AFTER // 60
        click.echo(f"No daemon is at work on {home.path}: {', '.join(silent)} silent for {minutes} minutes.", err=True)
        return 1
    click.echo(f"A daemon is at work on {home.path}.")
    return 0
