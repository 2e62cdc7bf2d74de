"""`./padan doctor`: prove that what must be so is so, by trying the contrary."""

import sys
from collections import Counter

import click

from assets.command_line.options import home_option
from assets.command_line.serve import chosen_dsn
from warehouse.entitlements import policy_in_force
from warehouse.postgres.connection import DSN_VARIABLE
from warehouse.postgres.doctor import examine
from warehouse.settings import Home

_MARKS = {True: "passed", False: "FAILED", None: "not tried"}


@click.group("doctor")
def command() -> None:
    """Prove that what must be so is so."""


@command.command("postgres")
@home_option
@click.option("--dsn", metavar="DSN", help=f"Connection string without a password; {DSN_VARIABLE} unless given.")
@click.option("--failed-only", is_flag=True, help="Print only what did not pass.")
def postgres(home: Home, dsn: str | None, failed_only: bool) -> None:
    """Log in to PostgreSQL as readers of each group and try every way out of what the policy gives.

    Exit code 1 where one came through, a right is not the policy's or a setting is not as it should be.
    """
    counted: Counter[str] = Counter()
    for one in examine(chosen_dsn(dsn), policy_in_force(home)):
        mark = _MARKS[one.passed]
        counted[mark] += 1
        if not (failed_only and one.passed):
            click.echo(f"{mark:9}  {one.place:24}  {one.name}{f': {one.said}' if one.said else ''}")
    click.echo(f"\n{counted['passed']} passed, {counted['FAILED']} failed, {counted['not tried']} not tried.")
    if counted["FAILED"]:
        sys.exit(1)
