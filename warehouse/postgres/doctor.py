"""Proof of the rights: log in as a reader of each group and try every way out; look at the settings of the server."""

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from warehouse.entitlements import Policy, Recipient
from warehouse.postgres.connection import Server, connected, run
from warehouse.postgres.errors import PostgresError
from warehouse.postgres.escapes import attempt, escapes
from warehouse.postgres.grants import found_rights, groups_of, meant_rights
from warehouse.postgres.memberships import existing_groups, wrong_roles
from warehouse.postgres.names import DOCTOR, GENERATION, ROWS, group_role, of_generation, schema_of, view_owner
from warehouse.wall_clock import today
from warehouse.yaml_file import read_yaml

_CHECKS = Path(__file__).with_name("checks.yaml")


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: `passed` is None where it could not be, `said` what came of it."""

    place: str
    name: str
    passed: bool | None
    said: str = ""


def examine(dsn: str, policy: Policy, day: dt.date | None = None) -> Iterator[Finding]:
    """Try everything, and give what came of each.

    A superuser, or who may make roles, logs in for real, as a new person of each group, and removes that person again.
    `padan_doctor` takes on the groups one after the other; then what needs a log-in of its own is not tried.
    Raises `PostgresError` where the connection is neither, or nothing is in force.
    """
    recipients = list(policy.valid_recipients(day or today()))
    with connected(dsn) as server:
        yield from _settings(server)
        yield _told("rights", "no role of Padan's is more than it must be",
                    wrong_roles(server, policy.recipients.values()))  # fmt: skip
        generation = _generation(server)
        yield _rights(server, recipients, generation)
        for recipient in recipients:
            for group in _examined(server, recipient):
                names = _names(server, recipient, recipients, group, generation)
                with _reader(server, dsn, group) as (reader, is_real):
                    yield from _tried(reader, group, names, is_real=is_real)


@cache
def checks() -> dict[str, str]:
    """Give the queries on the server's settings, by what they want."""
    return {name: said["sql"] for name, said in read_yaml(_CHECKS).items()}


def _settings(server: Server) -> Iterator[Finding]:
    for name, sql in checks().items():
        try:
            yield _told("server", name, [str(one) for (one,) in run(server, sql)])
        except psycopg.errors.InsufficientPrivilege:
            yield Finding("server", name, None, "this log-in may not look; a superuser may")


def _told(place: str, name: str, wrong: list[str]) -> Finding:
    return Finding(place, name, not wrong, "; ".join(wrong))


def _generation(server: Server) -> int:
    """Give the generation in force, from what the views read: the doctor may not look into the state."""
    found = run(
        server,
        """
        SELECT DISTINCT base.relnamespace::regnamespace::text FROM pg_depend
        JOIN pg_rewrite ON pg_rewrite.oid = pg_depend.objid JOIN pg_class AS base ON base.oid = refobjid
        JOIN pg_class AS view ON view.oid = ev_class
        WHERE base.relnamespace::regnamespace::text ~ '^padan_rows__' AND view.relname = 'about'
        AND view.relnamespace::regnamespace::text !~ '__[0-9]+$'
        """,
    )
    if len(found) != 1:
        raise PostgresError("Nothing is in force on this server: load a publication first (./padan serve postgres).")
    generation = GENERATION.fullmatch(str(found[0][0]))
    assert generation  # noqa: S101 - by the query
    return int(generation[2])


def _rights(server: Server, recipients: list[Recipient], generation: int) -> Finding:
    schemas = {schema_of(one.name): schema_of(one.name) for one in recipients}
    found = found_rights(server, schemas | {ROWS: of_generation(ROWS, generation)})
    meant = meant_rights(recipients, existing_groups(server, recipients))
    wrong = [f"{one} is given" for one in sorted(found - meant)] + [f"{one} is missing" for one in meant - found]
    return _told("rights", "the rights in force are those that the policy means", wrong[:10])


def _examined(server: Server, recipient: Recipient) -> list[str]:
    """Give the groups of a recipient to be tried: the whole kabupaten and one kecamatan; the others are like it."""
    groups = groups_of(recipient, existing_groups(server, [recipient]))
    whole = [one for one in groups if one == group_role(recipient.name)]
    return whole + [one for one in groups if one not in whole][:1]


def _names(
    server: Server, recipient: Recipient, recipients: list[Recipient], group: str, generation: int
) -> dict[str, str]:
    """Give what the names in an escape stand for, for a reader of a group."""
    other = next(one for one in [*recipients, recipient] if one != recipient or len(recipients) == 1)
    ((superuser, database, pid),) = run(
        server,
        "SELECT (SELECT rolname FROM pg_roles WHERE rolsuper ORDER BY oid LIMIT 1), current_database(), "
        "pg_backend_pid()",
    )
    digits = group[-6:] if group != group_role(recipient.name) else ""
    own = schema_of(recipient.name)
    return {
        "own": own,
        "view": f"{own}.{recipient.views[0].shown_as}",
        "rows": of_generation(ROWS, generation),
        "old": of_generation(own, generation - 1),
        "other": schema_of(other.name),
        "other_group": group_role(other.name),
        "owner": view_owner(recipient.name),
        "superuser": str(superuser),
        "database": str(database),
        "pid": str(pid),
        "kecamatan": ".".join((digits[:2], digits[2:4], digits[4:])) if digits else "",
    }


@contextmanager
def _reader(server: Server, dsn: str, group: str) -> Iterator[tuple[Server, bool]]:
    """Give a connection as a reader of a group, and whether it is a log-in of its own."""
    ((makes_roles, becomes),) = run(
        server,
        "SELECT rolsuper OR rolcreaterole, pg_has_role(%s, 'MEMBER') FROM pg_roles WHERE rolname = current_user",
        [group],
    )
    if makes_roles:
        with (
            _person(server, group) as (name, password),
            connected(make_conninfo(dsn, user=name, password=password)) as reader,
        ):
            yield reader, True
    elif becomes:
        with connected(dsn) as reader:
            run(reader, f"SET ROLE {group}")
            yield reader, False
    else:
        raise PostgresError(
            f"This log-in can be no reader of {group}. Connect as {DOCTOR} or as a superuser; the loader may not "
            "read what it loads."
        )


@contextmanager
def _person(server: Server, group: str) -> Iterator[tuple[str, str]]:
    """Make a person of a group for ten minutes at most; give name and password."""
    name, password = f"padan_doctor_{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    hashed = server.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    run(server, f"CREATE ROLE {name} LOGIN VALID UNTIL '{until:%Y-%m-%d %H:%M:%S}+00' PASSWORD '{hashed}'")
    try:
        run(server, f"GRANT {group} TO {name}")
        yield name, password
    finally:
        run(server, f"DROP ROLE {name}")


def _tried(reader: Server, group: str, names: dict[str, str], *, is_real: bool) -> Iterator[Finding]:
    for escape in escapes():
        if escape.who == "kecamatan" and not names["kecamatan"]:
            continue
        if escape.log_in and not is_real:
            yield Finding(group, escape.name, None, "needs a log-in of its own: run the doctor as a superuser")
            continue
        came = attempt(reader, escape, names)
        yield Finding(group, escape.name, came is None, came or "")
