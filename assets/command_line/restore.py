"""`./padan restore`: a home made of a backup."""

import os
from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.settings import Home


@click.command("restore")
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@home_option
@click.option("--identity", type=click.Path(path_type=Path), help="File of the private key of an encrypted backup.")
def command(source: Path, home: Home, identity: Path | None) -> None:
    """Make a home of the backup FROM (or the newest in it), in a folder that is empty or not there."""
    from integration.privacy.erased_again import erase_again
    from warehouse.backup import restore

    os.umask(0o077)
    done = restore(source.absolute(), home, identity=identity, say=lambda text: click.echo(text, err=True))
    click.echo(
        f"Restored {done.backup.name} into {home.path}: {done.files:,} files, {done.size / 1e6:,.0f} MB, each as"
    )
    click.echo(f"it was backed up. Look it over with: ./padan doctor --home {home.path}")
    if again := erase_again(home):
        click.echo(f"{again:,} people who were erased after that backup was made were taken out again.")
    click.echo(f"Who was erased after {done.erasures_until} is in it again: repeat that (./padan erase).")
