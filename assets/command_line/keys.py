"""`./padan keys`: which secret keys a home has, and putting a new one in the place of one."""

import click

from assets.command_line.options import home_option
from warehouse.settings import Home


@click.group("keys")
def command() -> None:
    """Show the secret keys of a home (never themselves), replace one, or make one that is lost."""


@command.command("show")
@home_option
def show(home: Home) -> None:
    """List the keys: since when, a fingerprint to know them by, and who may read the file."""
    from warehouse.keys import known_keys

    found = known_keys(home)
    if not found:
        click.echo(f"{home.path} has no key yet: each is made when it is first needed.")
        return
    click.echo(f"{'key':14} {'state':12} {'since':17} {'fingerprint':17} file")
    for one in found:
        state = f"retired {one.retired}" if one.retired else "in use"
        who = "" if one.mode & 0o077 == 0 else "  OTHERS MAY READ IT: chmod 600, and rotate it if somebody has"
        since = f"{one.made_at.astimezone():%Y-%m-%d %H:%M}"
        click.echo(f"{one.purpose:14} {state:12} {since:17} {one.fingerprint:17} {one.mode:04o}{who}")
    if home.keys.stat().st_mode & 0o077:
        click.echo(f"Others may enter {home.keys}: chmod 700 it.")


@command.command("rotate")
@click.argument("purpose")
@click.option("--confirm", is_flag=True, help="Really do it; without this only what it means is told.")
@home_option
def rotate(purpose: str, confirm: bool, home: Home) -> None:
    """Put a new key in the place of that of PURPOSE: target, person, pseudonym or access_log.

    The old key stays under keys/retired/, for ids of today still rest on it; keys/mappings/ says which id became
    which. Back up keys/ afterwards.
    """
    from integration.rotation import ROTATABLE, rotate_key

    if not confirm and purpose in ROTATABLE:
        click.echo(
            f"Rotating {purpose} changes {ROTATABLE[purpose]}. Nothing was changed; with --confirm it is done, and "
            "the next night publishes by the new key."
        )
        return
    done = rotate_key(home, purpose, lambda text: click.echo(text, err=True))
    click.echo(f"The key {purpose} is now {done.now} instead of {done.before}, which stays under keys/retired/.")
    words = {"P": "persons", "F": "families", "T": "targets", "M": "deaths"}
    if done.renamed:
        told = ", ".join(f"{number:,} {words[letter]}" for letter, number in done.renamed.items())
        click.echo(f"From the next night on these have other ids: {told}. Run it, then back up {home.keys}.")
    else:
        click.echo(f"Back up {home.keys}.")


@command.command("make")
@click.argument("purpose")
@click.option("--confirm", is_flag=True, help="Really do it; without this only what it means is told.")
@home_option
def make(purpose: str, confirm: bool, home: Home) -> None:
    """Make a new key of PURPOSE where the old one is gone and no backup holds it: person, target, pseudonym, erasure.

    A rotation carries ids over; this cannot, for nobody knows what the lost key gave.
    """
    from integration.rotation import MEANS, refuse_what_is_there, replace_lost_key

    refuse_what_is_there(home, purpose)
    if not confirm:
        click.echo(
            f"With a new key {purpose}, {MEANS[purpose]}. Look first for keys/{purpose}.key in every backup. Nothing "
            "was changed; with --confirm it is made."
        )
        return
    now = replace_lost_key(home, purpose)
    click.echo(f"The key {purpose} is now {now}: {MEANS[purpose]}. Back up {home.keys}.")
