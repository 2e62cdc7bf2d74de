"""`./padan alerts`: try whether those who should be told of a night can be told."""

import os
import sys

import click

from assets.automation.telling import tell_stopped
from assets.command_line.night import say_untold, tell_of_killed_runs
from assets.command_line.options import home_option
from warehouse.errors import HomeBusy, HomeError
from warehouse.settings import Home

_EXIT_CODE = "MONITOR_EXIT_CODE"
"""How the process of the unit ended that failed: systemd says so to the unit that it starts for that (`OnFailure=`)."""
_KILLED_OUTSIDE = "The night was killed before its run began, or when that had just ended; `./padan runs` says which."


@click.group("alerts")
def command() -> None:
    """Tell people of failures and warnings by e-mail and webhook, as alerts.yaml of the home says."""


@command.command("check")
@home_option
def check(home: Home) -> None:
    """Send a test message to each who is named; exit 1 if one could not be told."""
    from integration.alerts import Alerts, Message, alerts_of, try_each

    alerts = alerts_of(home)
    if alerts == Alerts():
        raise HomeError(f"The home {home.path} has no alerts.yaml: nobody is told of anything. See docs/operate.md.")
    name = home.path.name
    text = f"This is a test from the Padan home {name}. Whoever reads it is told of its nights. Nothing is wrong.\n"
    wrong = False
    for sent in try_each(alerts, Message("test", f"Padan {name}: test", text, home=name)):
        click.echo(f"{'wrong' if sent.wrong else 'good':6} {sent.where}")
        if sent.wrong:
            click.echo(f"       - {sent.wrong}")
            wrong = True
    if wrong:
        sys.exit(1)


@command.command("send")
@home_option
def send(home: Home) -> None:
    """Tell what could not be told when it was due, and of runs that were killed; exit 1 if some of it still waits.

    The next run would do the same. It changes nothing while a run goes on.
    """
    from integration.alerts import alerts_of, send_late, waiting

    late = send_late(home)
    _tell_of_the_killed(home)
    alerts_of(home)  # a faulty file is an error here, not an answer; what it kept from being told waits
    for sent in late:
        click.echo(f"{'waits' if sent.wrong else 'sent':6} {sent.where}")
        if sent.wrong:
            click.echo(f"       - {sent.wrong}")
    left = len(waiting(home))
    click.echo(f"{left} wait to be sent." if left else "Nothing waits to be sent.")
    if left:
        sys.exit(1)


def _tell_of_the_killed(home: Home) -> None:
    """Tell of runs that were killed, and of a night that was killed before Dagster knew of its run."""
    try:
        # Without a working database no run ever began, and Dagster takes seconds to import.
        killed = tell_of_killed_runs(home) if home.database.exists() else 0
    except HomeBusy:
        return
    except Exception as error:
        say_untold(tell_stopped(home, error))
        raise
    if killed:
        click.echo(f"{killed} runs that were killed count as failed now.")
    elif os.environ.get(_EXIT_CODE) in ("killed", "dumped"):
        say_untold(tell_stopped(home, HomeError(_KILLED_OUTSIDE)))
        click.echo(_KILLED_OUTSIDE)
