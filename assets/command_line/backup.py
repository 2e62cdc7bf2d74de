"""`./padan backup`: a copy of a home that stands on its own."""

import os
from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.settings import Home


@click.command("backup")
@click.argument("to", type=click.Path(path_type=Path))
@home_option
@click.option(
    "--keep", type=click.IntRange(min=1), metavar="N", help="Remove all but the newest N backups of TO after."
)
@click.option("--encrypt-to", default="", metavar="KEY", help="Public key (age1…, ssh-ed25519 …) that alone opens it.")
@click.option("--history", is_flag=True, help="The run history that the UI shows, too.")
def command(to: Path, home: Home, keep: int | None, encrypt_to: str, history: bool) -> None:
    """Copy the home into a new folder of TO; what did not change since the last one there is shared with it.

    It holds NIKs, health and the secret keys: keep it as safe as the home.
    """
    from warehouse.backup import back_up

    os.umask(0o077)
    made = back_up(
        home,
        to.absolute(),
        encrypt_to=encrypt_to,
        keep=keep,
        history=history,
        say=lambda text: click.echo(text, err=True),
    )
    click.echo(
        f"Backed up {home.path} to {made.folder}: {made.files:,} files, {made.size / 1e6:,.0f} MB, "
        f"{made.written / 1e6:,.0f} MB of them new."
    )
    click.echo(f"Restore it with: ./padan restore {made.folder} --home FOLDER")
