"""`./padan run`: the nightly job once, on a folder of deliveries or on what the sources give."""

import datetime as dt
import sys
from pathlib import Path

import click

from assets.automation.telling import tell_stopped
from assets.command_line.night import run_night, show
from assets.command_line.options import home_option
from assets.command_line.summary import show_intake, show_targets
from warehouse.settings import Home


@click.command("run")
@click.option(
    "--extracts",
    type=click.Path(path_type=Path),
    help="Folder of the agencies' deliveries; without it, the home's inbox, filled from its sources first.",
)
@home_option
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day whose month is published; without it, that of the newest snapshot delivered.",
)
@click.option("--week", "weekly", is_flag=True, help="Publish the week of that day, judged on that day, not its month.")
@click.option("--afresh", is_flag=True, help="Make everything anew, also what is unchanged since the last run.")
def command(extracts: Path | None, home: Home, as_of: dt.datetime | None, weekly: bool, afresh: bool) -> None:
    """Run the nightly job once, on what changed; exit 0 if what stands published rests on all that was delivered."""
    folder = home.inbox if extracts is None else extracts.absolute()
    try:
        outcome = run_night(home, folder, as_of.date().isoformat() if as_of else None, weekly=weekly, afresh=afresh)
    except Exception as error:
        tell_stopped(home, error)
        raise
    show_intake(home)
    show(outcome, home)
    if outcome.publication is None:
        sys.exit(1)
    if not outcome.nothing_new:
        show_targets(outcome.publication)
    if outcome.sentences:
        sys.exit(1)
