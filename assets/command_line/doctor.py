"""`./padan doctor`: look a home over and put right what may be; prove that PostgreSQL lets nobody out of the policy."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from assets.command_line.night import set_environment
from assets.command_line.options import home_option
from assets.command_line.serve import chosen_dsn
from warehouse.entitlements import policy_in_force
from warehouse.postgres.connection import DSN_VARIABLE
from warehouse.postgres.doctor import examine
from warehouse.settings import Home

if TYPE_CHECKING:
    from integration.examination import Finding

_MARKS = {True: "passed", False: "FAILED", None: "not tried"}


@click.group("doctor", invoke_without_command=True)
@home_option
@click.option(
    "--repair", is_flag=True, help="Put right what may be put right without asking; nothing is deleted that counts."
)
@click.option("--json", "as_json", is_flag=True, help="Give the findings as JSON.")
@click.pass_context
def command(context: click.Context, home: Home, repair: bool, as_json: bool) -> None:
    """Look the home over: files, keys, permissions, space, versions, books, publications, schedules.

    Exit code 1 where something is broken; what is `told` stops no night.
    """
    if context.invoked_subcommand is not None:
        return
    os.umask(0o077)  # what a repair writes is its owner's alone
    findings = []
    for one in _examined(home, repair):
        findings.append(one)
        if not as_json:
            click.echo(f"{one.state:8}  {one.about:16}  {one.says}")
    counted = Counter(one.state for one in findings)
    if as_json:
        said = [
            {"about": one.about, "state": one.state, "says": one.says, "repairable": bool(one.repair)}
            for one in findings
        ]
        click.echo(json.dumps({"home": str(home.path), "broken": counted["broken"], "findings": said}, indent=1))
    else:
        repaired = f", {counted['repaired']} repaired" if repair else ""
        click.echo(f"\n{counted['ok']} ok, {counted['told']} told, {counted['broken']} broken{repaired}.")
    if counted["broken"]:
        sys.exit(1)


def _examined(home: Home, repair: bool) -> Iterator["Finding"]:
    """Give the findings about the home, then those about what Dagster keeps of it."""
    from integration.examination import examine, repaired

    run_goes_on = False
    for one in examine(home, repair=repair):
        run_goes_on |= one.about == "lock" and one.state != "ok"
        yield one
    # Dagster takes seconds to import, and reads the environment when it is.
    set_environment(home)
    from assets.run_state import examine_run_state

    for one in examine_run_state(home, run_goes_on=run_goes_on):
        yield repaired(one) if repair and one.repair and not run_goes_on else one


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
