"""`./padan serve`: load what is published into a server that agencies query with their own tools."""

import click

from assets.command_line.options import home_option
from warehouse.entitlements import policy_in_force
from warehouse.entitlements.archive import archive_policy
from warehouse.errors import NothingPublished
from warehouse.postgres import Loaded, PostgresError, configured_dsn, dsn_without_password, load_postgres, role_script
from warehouse.postgres.connection import DSN_VARIABLE
from warehouse.publication import Publication, current_publication, publications
from warehouse.settings import Home


def chosen_dsn(dsn: str | None) -> str:
    """Give the connection string of the option, else of the environment; raises `PostgresError` without either."""
    found = dsn_without_password(dsn) if dsn else configured_dsn()
    if found is None:
        raise PostgresError(f"No server is named. Give --dsn host=… dbname=… user=… or set {DSN_VARIABLE}.")
    return found


@click.group("serve")
def command() -> None:
    """Load what is published into a server."""


@command.command("postgres")
@home_option
@click.option("--dsn", metavar="DSN", help=f"Connection string without a password; {DSN_VARIABLE} unless given.")
@click.option("--version", metavar="V", help="A publication that is kept; the one in force unless given.")
@click.option("--roles", is_flag=True, help="Print the SQL that makes the roles, for a database administrator.")
def postgres(home: Home, dsn: str | None, version: str | None, roles: bool) -> None:
    """Load a publication into PostgreSQL 15 or newer, with the rights of the access policy."""
    policy = policy_in_force(home)
    if roles:
        click.echo(role_script(policy, _published(home)), nl=False)
        return
    archive_policy(home)
    publication = _kept(home, version) if version else current_publication(home)
    done = load_postgres(home, publication, policy, chosen_dsn(dsn), say=lambda text: click.echo(f"  {text}", err=True))
    click.echo(_told(done))


def _published(home: Home) -> Publication | None:
    try:
        return current_publication(home)
    except NothingPublished:
        return None


def _kept(home: Home, version: str) -> Publication:
    kept = {one.version: one for one in publications(home)}
    if version not in kept:
        raise NothingPublished(f"No publication {version} is kept in {home.path}. There are: {', '.join(kept)}.")
    return kept[version]


def _told(done: Loaded) -> str:
    readers = ", ".join(done.recipients) or "nobody"
    if done.already:
        return f"{done.version} is in force already, for {readers}; nothing was loaded."
    changed = f"{len(done.given):,} rights are new, {len(done.taken):,} are taken back"
    return f"LOADED {done.version} for {readers}: {sum(done.tables.values()):,} rows; {changed}."
