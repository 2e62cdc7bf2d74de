"""`./padan run`: the nightly job once, on a folder of deliveries or on what the sources give."""

import datetime as dt
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from assets.automation.telling import tell_stopped
from assets.command_line.night import Outcome, run_night, say_untold, show
from assets.command_line.options import home_option
from assets.command_line.summary import show_intake, show_targets
from integration.alerts import send_late
from integration.periods import asked
from warehouse.database import one_run
from warehouse.errors import HomeBusy
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
@click.option(
    "--months",
    metavar="YYYY-MM[..YYYY-MM]",
    help="Publish these earlier months again first, each from what is in force for it, beside the newest.",
)
@click.option("--afresh", is_flag=True, help="Make everything anew, also what is unchanged since the last run.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    is_flag=False,
    flag_value=7_200,
    default=0,
    metavar="[SECONDS]",
    help="Wait so long (two hours) for another run on this home to end, instead of stepping back at once.",
)
def command(
    extracts: Path | None,
    home: Home,
    as_of: dt.datetime | None,
    weekly: bool,
    months: str | None,
    afresh: bool,
    wait: float,
) -> None:
    """Run the nightly job once, on what changed; exit 0 if what stands published rests on all that was delivered."""
    if months and (as_of or weekly):
        raise click.UsageError("--months goes with neither --as-of nor --week: the newest month follows by itself.")
    if months:
        asked(months)
    folder = home.inbox if extracts is None else extracts.absolute()
    day = as_of.date().isoformat() if as_of else None

    def run() -> Outcome:
        with one_run(home):
            return run_night(home, folder, day, weekly=weekly, afresh=afresh, months=months)

    try:
        outcome = when_free(run, wait)
    except Exception as error:
        say_untold((*send_late(home), *tell_stopped(home, error)))
        raise
    show_intake(home)
    show(outcome, home)
    if outcome.publication is None:
        sys.exit(1)
    if not outcome.nothing_new:
        show_targets(outcome.publication)
    if outcome.sentences:
        sys.exit(1)


def when_free(run: Callable[[], Outcome], wait: float) -> Outcome:
    """Run as soon as nobody else has the home, for `wait` seconds at most; raises `HomeBusy` after that."""
    until = time.monotonic() + wait
    told = False
    while True:
        try:
            return run()
        except HomeBusy as error:
            if time.monotonic() >= until:
                raise
            if not told:
                click.echo(f"waiting up to {wait:,.0f} s: {error}", err=True)
                told = True
            time.sleep(min(1.0, max(0.0, until - time.monotonic())))
