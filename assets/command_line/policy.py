"""`./padan policy`: who may read what, and whether a policy file is right."""

from pathlib import Path

import click

from assets.command_line.options import home_option
from warehouse.entitlements import (
    SHIPPED,
    Policy,
    check_policy,
    described,
    described_recipients,
    load_policy,
    policy_in_force,
)
from warehouse.errors import PadanError
from warehouse.settings import Home
from warehouse.wall_clock import today

_NAMED = "A policy file, `shipped` for the one that comes with Padan, or `in-force` for the home's."


@click.group("policy", help="Read the access policy in words, check a file of it, or begin one of the home's own.")
def command() -> None:
    """Hold the commands about the policy."""


@command.command("show")
@click.argument("recipient", required=False)
@click.option("--policy", "file", default="in-force", help=_NAMED)
@home_option
def show(recipient: str | None, file: str, home: Home) -> None:
    """Say what RECIPIENT may read and how it is shown; without one, who there is."""
    policy, day = _policy(file, home), today()
    lines = described(policy.recipient(recipient), policy, day) if recipient else described_recipients(policy, day)
    click.echo("\n".join(lines))


@command.command("check")
@click.argument("file", default="in-force")
@home_option
def check(file: str, home: Home) -> None:
    """Say whether FILE may be used; if not, where it is wrong, what was found and what may stand there.

    Exit 1 also where it does not know a column that is published: that column is dropped for everyone.
    """
    policy = _policy(file, home)
    check_policy(policy)
    click.echo(
        f"{file} may be used: {policy.label}; {len(policy.recipients)} recipients, {len(policy.views)} views of "
        f"{len(policy.tables)} tables."
    )


@command.command("init")
@home_option
def init(home: Home) -> None:
    """Copy the shipped policy to the home's policy.yaml, to be changed there."""
    if home.policy.exists():
        raise PadanError(f"{home.policy} exists already and was left as it is.")
    home.path.mkdir(parents=True, exist_ok=True)
    home.policy.write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    click.echo(f"{home.policy} is this home's policy now. After changing it: `./padan policy check`, `./padan export`.")


def _policy(name: str, home: Home) -> Policy:
    if name == "shipped":
        return load_policy(SHIPPED)
    if name == "in-force":
        return policy_in_force(home)
    return load_policy(Path(name))
