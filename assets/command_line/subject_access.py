"""`./padan subject-access`: all that is held of a person, for that person."""

from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.access_log import record
from warehouse.settings import Home


@click.command("subject-access")
@click.argument("who")
@home_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the folder is put; <home>/subject_access unless given.",
)
def command(who: str, home: Home, out: Path | None) -> None:
    """Write all that is held of a person (PERSON_ID or TARGET_ID), where it came from and who received it."""
    from integration.privacy.data_subject import data_subject
    from integration.privacy.subject_access import write_subject_access

    subject = data_subject(home, who)
    record(home, "subject_access", None, subject=subject.name)
    folder = write_subject_access(home, subject, out)
    click.echo(
        f"{folder}: a page to print and the same as JSON. Only you can read it: make sure who asks before you hand it "
        "over, and remove it afterwards."
    )
