"""The roles themselves: who may become whom, and that none of them is more than it must be."""

from collections.abc import Iterable

from warehouse.entitlements import Recipient
from warehouse.postgres.connection import Server, run
from warehouse.postgres.errors import GrantsRefused, PostgresError
from warehouse.postgres.grants import groups_of
from warehouse.postgres.names import DOCTOR, LOADER, OWNER, view_owner

_GREAT = {
    "rolsuper": "a superuser",
    "rolbypassrls": "BYPASSRLS",
    "rolcreaterole": "CREATEROLE",
    "rolcreatedb": "CREATEDB",
    "rolreplication": "REPLICATION",
}


def existing_groups(server: Server, recipients: Iterable[Recipient]) -> list[str]:
    """Give the group roles of `recipients` that exist, by the units the policy gives them."""
    there = [str(name) for (name,) in run(server, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'padan\\_%'")]
    return sorted(group for one in recipients for group in groups_of(one, there))


def expect_roles(server: Server, recipients: Iterable[Recipient]) -> None:
    """Raise `PostgresError` where a role that a load needs is not there or cannot be taken on."""
    wanted = [OWNER, *(view_owner(one.name) for one in recipients)]
    there = {
        str(name): bool(ours)
        for name, ours in run(
            server, "SELECT rolname, pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = ANY (%s)", [wanted]
        )
    }
    if missing := [name for name in wanted if not there.get(name)]:
        raise PostgresError(
            f"The server lacks the roles {', '.join(missing)}, or the user of the connection may not become them. "
            "Let a database administrator run what `./padan serve postgres --roles` prints, and connect as "
            f"{LOADER}."
        )


def wrong_roles(server: Server, recipients: Iterable[Recipient]) -> list[str]:
    """Say of Padan's roles what they must not be: able to log in, powerful, or inside one another.

    Only the loader (and whoever administers roles) may become an owner, and no group is a member of anything.
    """
    recipients = list(recipients)
    owners = {OWNER, *(view_owner(one.name) for one in recipients)}
    ours = owners | set(existing_groups(server, recipients))
    columns = ", ".join(_GREAT)
    said = []
    for name, may_log_in, *great in run(
        server,
        f"SELECT rolname, rolcanlogin, {columns} FROM pg_roles WHERE rolname = ANY (%s)",
        [[*ours, LOADER, DOCTOR]],
    ):
        said += [f"{name} is {word}" for word, has in zip(_GREAT.values(), great, strict=True) if has]
        if may_log_in and name in ours:
            said.append(f"{name} may log in")
    for member, role, administers in run(
        server,
        """
        SELECT member.rolname, role.rolname, member.rolsuper OR member.rolcreaterole FROM pg_auth_members AS m
        JOIN pg_roles AS member ON member.oid = m.member JOIN pg_roles AS role ON role.oid = m.roleid
        """,
    ):
        if role in owners and member != LOADER and not administers:
            said.append(f"{member} may become {role}")
        elif member in ours:
            said.append(f"{member} is a member of {role}")
    return sorted(said)


def expect_harmless_roles(server: Server, recipients: Iterable[Recipient]) -> None:
    """Raise `GrantsRefused` where one of Padan's roles is more than it must be."""
    if wrong := wrong_roles(server, recipients):
        raise GrantsRefused(
            f"Nothing was loaded: {'; '.join(wrong[:5])}. The policy explains none of this: take it back, load again."
        )
