"""`./padan export`: the agencies' snapshots of what is published, by the policy in force now."""

import os

import click

from assets.command_line.options import home_option
from warehouse.entitlements import policy_in_force
from warehouse.entitlements.archive import archive_policy
from warehouse.publication import current_publication
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots


@click.command("export")
@home_option
def command(home: Home) -> None:
    """Make each recipient's snapshots of what is published, by the policy in force; the nightly run does it, too.

    To be called after the policy was changed. Who is not entitled any more loses what stood.
    """
    os.umask(0o077)  # it holds names and health
    publication, policy = current_publication(home), policy_in_force(home)
    archive_policy(home)
    built = build_snapshots(home, publication, policy, say=lambda text: click.echo(text, err=True))
    click.echo(f"{built.version}: {len(built.standing)} snapshots stand in {home.agencies}, {len(built.made)} new.")
    for name in built.withdrawn:
        click.echo(f"  withdrawn: {name}")
    if policy.ungranted:
        click.echo(f"  granted to nobody, as the policy does not know them: {', '.join(policy.ungranted)}")
