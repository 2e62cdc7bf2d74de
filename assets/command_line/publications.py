"""`./padan publications`: what was published, what stands, and what was in force on a day."""

import datetime as dt

import click

from assets.command_line.options import home_option
from warehouse.settings import Home


@click.command("publications")
@click.option("--on", metavar="YYYY-MM-DD", help="Only what was in force on this day.")
@home_option
def command(on: str | None, home: Home) -> None:
    """List the publications that stand, and which of them readers are given."""
    from integration.history import moves_on, publication_named, standing_publications
    from integration.history.standing import STATES

    if on is not None:
        in_force = publication_named(home, on)
        for move in moves_on(home, dt.date.fromisoformat(on)):
            click.echo(f"{_clock(move.at)}  {move.how} of {move.version}")
        click.echo(f"At the end of {on} {in_force.version} was in force:")
        found = [one for one in standing_publications(home) if one.publication == in_force]
    else:
        found = standing_publications(home)
    if not found:
        click.echo(f"Nothing is published in {home.path} yet.")
        return
    click.echo(f"{'version':31} {'period':9} {'published':17} {'targets':>9}  {'rules':15} state")
    for one in found:
        facts = one.publication.facts
        rules = ", ".join(facts.get("rule_versions") or ["-"])
        until = f" until {_clock(one.until)}" if one.until else ""
        published = _clock(dt.datetime.fromisoformat(facts["published_at"]))
        click.echo(
            f"{one.publication.version:31} {facts['period']:9} {published:17} "
            f"{facts['tables'].get('targeting', 0):9,}  {rules:15} {one.state}{until}"
        )
    for state, means in STATES.items():
        if state != "in force" and any(one.state == state for one in found):
            click.echo(f"  {state}: {means}")


def _clock(moment: dt.datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
