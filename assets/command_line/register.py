"""`./padan register`: the register of processing and the impact assessment, from what is in force."""

from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.access_log import record
from warehouse.settings import Home


@click.command("register")
@home_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder that is written; <home>/register unless given.",
)
def command(home: Home, out: Path | None) -> None:
    """Write who processes what, why, how long and how protected, and a frame for the impact assessment."""
    from integration.privacy.register import write_register
    from warehouse.entitlements import policy_in_force

    folder, questions = write_register(home, out)
    record(home, "policy", None, detail={"register": policy_in_force(home).label, "open_questions": questions})
    click.echo(
        f"{folder}: register.md, register.xlsx and dpia.md; {questions:,} places only the kabupaten can fill in."
    )
