"""`./padan erase`: takes a person out of what is published, where the law allows it."""

import click

from assets.command_line.options import home_option
from warehouse.settings import Home


@click.command("erase")
@click.argument("who")
@home_option
@click.option(
    "--basis", required=True, metavar="TEXT", help="Why it may be done: the request and its number, no names."
)
@click.option("--confirm", is_flag=True, help="Do it. Without this it is only said what would be done.")
def command(who: str, home: Home, basis: str, confirm: bool) -> None:
    """Take a person (PERSON_ID or TARGET_ID) out of publications, snapshots and every later night."""
    from integration.privacy.data_subject import data_subject
    from integration.privacy.erasure import erase, plan_erasure

    subject = data_subject(home, who)
    plan = erase(home, subject, basis) if confirm else plan_erasure(home, subject)
    for sentence in plan.sentences():
        click.echo(sentence)
    click.echo("")
    click.echo("Done." if confirm else "Nothing was changed: this is what --confirm does.")
