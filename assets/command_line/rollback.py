"""`./padan rollback`: an earlier publication in force again."""

import click

from assets.command_line.options import home_option
from warehouse.settings import Home


@click.command("rollback")
@click.argument("version")
@home_option
def command(version: str, home: Home) -> None:
    """Put the publication VERSION (or the only one that begins so) in force, an older or a newer one.

    Readers and the agencies' snapshots are given it from now on. Nothing is deleted, and the next night publishes on
    top of it as usual; `./padan rollback` with the newer version undoes it.
    """
    from warehouse.rollback import roll_back

    done = roll_back(home, version, lambda text: click.echo(text, err=True))
    facts = done.publication.facts
    if done.before == done.publication.version:
        click.echo(f"{done.publication.version} was in force already.")
    else:
        click.echo(f"In force is now {done.publication.version} instead of {done.before or 'none'}.")
    brought = f"{done.snapshots} agencies' snapshots{' and PostgreSQL' if done.postgres else ''}"
    click.echo(
        f"Readers see {facts['period']} as it was published on {facts['published_at'][:10]}: "
        f"{facts['tables'].get('targeting', 0):,} targets; {brought} were brought to it."
    )
