"""`./padan alerts`: try whether those who should be told of a night can be told."""

import sys

import click

from assets.command_line.options import home_option
from warehouse.errors import HomeError
from warehouse.settings import Home


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
    """Send what could not be sent when it was due, as the next run would; exit 1 if some of it still waits."""
    from integration.alerts import alerts_of, send_late, waiting

    alerts_of(home)  # a faulty file is an error here, not an answer
    for sent in send_late(home):
        click.echo(f"{'waits' if sent.wrong else 'sent':6} {sent.where}")
        if sent.wrong:
            click.echo(f"       - {sent.wrong}")
    left = len(waiting(home))
    click.echo(f"{left} wait to be sent." if left else "Nothing waits to be sent.")
    if left:
        sys.exit(1)
