"""`./padan erase`: takes a person out of what is published, where the law allows it."""

import click

from assets.command_line.options import home_option
from warehouse.settings import Home


@click.command("erase")
@click.argument("who", required=False)
@home_option
@click.option("--basis", metavar="TEXT", help="Why it may be done: the request and its number, no names.")
@click.option("--again", is_flag=True, help="Instead: everybody whom the home knows as erased, after a restore.")
@click.option("--confirm", is_flag=True, help="Do it. Without this it is only said what would be done.")
def command(who: str | None, home: Home, basis: str | None, again: bool, confirm: bool) -> None:
    """Take a person (PERSON_ID or TARGET_ID) out of publications, snapshots and every later night."""
    if again == bool(who) or (who and not basis):
        raise click.UsageError("Give a PERSON_ID or TARGET_ID with --basis, or --again without either.")
    if who:
        _erase(home, who, str(basis), confirm=confirm)
    else:
        _erase_again(home, confirm=confirm)
    click.echo("")
    click.echo("Done." if confirm else "Nothing was changed: this is what --confirm does.")


def _erase(home: Home, who: str, basis: str, *, confirm: bool) -> None:
    from integration.privacy.data_subject import data_subject
    from integration.privacy.erasure import erase, plan_erasure

    subject = data_subject(home, who)
    plan = erase(home, subject, basis) if confirm else plan_erasure(home, subject)
    for sentence in plan.sentences():
        click.echo(sentence)


def _erase_again(home: Home, *, confirm: bool) -> None:
    from integration.privacy.erased_again import erase_again, still_published

    found = erase_again(home) if confirm else len(still_published(home))
    click.echo(f"{found} people who were erased before stand in publications that are kept.")
