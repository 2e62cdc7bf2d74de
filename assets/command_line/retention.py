"""`./padan retention`: how long data are kept, and removing what is kept no longer."""

from collections.abc import Iterable

import click

from assets.command_line.options import home_option
from integration.retention import Expired, apply_retention, expired, retention_in_force
from warehouse.settings import Home
from warehouse.wall_clock import today


@click.group("retention")
def command() -> None:
    """Say how long data are kept, and remove what is kept no longer."""


@command.command("show")
@home_option
def show(home: Home) -> None:
    """Print the rules, and how much is due today."""
    rules = retention_in_force(home)
    _print(expired(home, rules, today()))
    click.echo("")
    for rule in rules.rules.values():
        since = f", counted from {rule.counted_from}" if rule.counted_from else ""
        click.echo(f"{rule.kind} ({rule.label}), {rule.term}{since}: {rule.meaning}")


@command.command("apply")
@home_option
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def apply(home: Home, dry_run: bool) -> None:
    """Remove what is due today; every removal is logged."""
    rules = retention_in_force(home)
    _print(expired(home, rules, today()) if dry_run else apply_retention(home, rules, today()))
    if dry_run:
        click.echo("Nothing was removed.")


def _print(found: Iterable[Expired]) -> None:
    for one in found:
        click.echo(one.sentence())
        for sentence in one.stays:
            click.echo(f"  {sentence}")
