"""Reaching the server: the connection string, what it must be, and what may go wrong, in sentences."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from warehouse.postgres.errors import PostgresError, PostgresUnreachable

DSN_VARIABLE = "PADAN_POSTGRES_DSN"
OLDEST = 15
Server = psycopg.Connection[tuple[Any, ...]]
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "tcp_user_timeout": "60000",  # a server that is gone without a word is given up after a minute
    "application_name": "padan",
}


def configured_dsn() -> str | None:
    """Give the connection string that `PADAN_POSTGRES_DSN` holds; None where PostgreSQL is not configured."""
    return configured(DSN_VARIABLE)


def configured(variable: str) -> str | None:
    """Give the connection string that a variable of the environment holds; None where it is unset or empty."""
    return os.environ.get(variable, "").strip() or None


def dsn_without_password(dsn: str) -> str:
    """Give a connection string from a command line back; raises `PostgresError` where it holds a password."""
    if "password" in _parts(dsn):
        raise PostgresError(
            "The connection string on the command line holds a password, which everybody on this machine can read "
            f"there. Put it into {DSN_VARIABLE}, PGPASSWORD or ~/.pgpass and leave it out."
        )
    return dsn


@contextmanager
def connected(dsn: str) -> Iterator[Server]:
    """Open a connection (autocommit) to a server that Padan can use, and close it.

    Raises `PostgresUnreachable` where nobody answers or the log-in is refused, `PostgresError` for a server that is
    too old, does not speak UTF-8 or fails later on; no message holds the password or a row.
    """
    connection = _connect(dsn)
    try:
        _expect_usable(connection)
        yield connection
    except psycopg.Error as error:
        raise told(error) from None
    finally:
        connection.close()


def run(server: Server, statement: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
    """Run one statement and give its rows; none for a statement that has no result."""
    cursor = server.execute(statement.encode(), parameters)
    return cursor.fetchall() if cursor.description else []


@contextmanager
def acting_as(server: Server, role: str) -> Iterator[None]:
    """Become another role for a while, and again who one was; after an error the connection is of no further use."""
    ((before,),) = run(server, "SELECT current_setting('role')")
    run(server, f"SET ROLE {role}")
    yield
    run(server, f"SET ROLE {before}")


def told(error: psycopg.Error) -> PostgresError:
    """Say what PostgreSQL refused, by its code and primary message alone: details and context quote rows."""
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return PostgresUnreachable(
            "The connection to PostgreSQL was lost. What it held before stands; load again once it answers."
        )
    said = error.diag.message_primary if error.sqlstate and error.sqlstate[:2] not in ("22", "23") else None
    words = f": {said}" if said else ""
    return PostgresError(
        f"PostgreSQL refused a statement (SQLSTATE {error.sqlstate or 'unknown'}{words}). What it held before stands; "
        "docs/postgres.md says which rights the loader needs."
    )


def _connect(dsn: str) -> Server:
    parts = {**_DEFAULTS, **_parts(dsn)}
    try:
        return psycopg.connect(**parts, autocommit=True)  # type: ignore[arg-type]
    except psycopg.Error as error:
        raise PostgresUnreachable(_why_not(parts, str(error))) from None


def _parts(dsn: str) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    except psycopg.Error:
        raise PostgresError(
            "The PostgreSQL connection string cannot be read (it is not shown, for it may hold a password). Write "
            "host=… port=… dbname=… user=… or postgresql://user@host/dbname."
        ) from None


def _why_not(parts: dict[str, str], said: str) -> str:
    """Give the sentence for a connection that did not come about."""
    place = f"PostgreSQL at {parts.get('host', 'the local socket')}, database {parts.get('dbname', 'by default')},"
    if "authentication failed" in said or "no password" in said:
        return (
            f"{place} refused the log-in of {parts.get('user', 'this user')}: the password is wrong or missing. Set "
            f"the right one in {DSN_VARIABLE}, PGPASSWORD or ~/.pgpass."
        )
    words = re.sub(r"\s+", " ", said).strip()
    for secret in filter(None, (parts.get("password"), os.environ.get("PGPASSWORD"))):
        words = words.replace(secret, "…")
    return f"{place} cannot be used: {words}. What it held before stands; load again once it answers."


def _expect_usable(connection: Server) -> None:
    version = connection.info.server_version
    if version < OLDEST * 10_000:
        raise PostgresError(
            f"The server is PostgreSQL {version // 10_000}; Padan needs {OLDEST} or newer. Upgrade it, or serve the "
            "snapshots alone, which need no server."
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise PostgresError(
            f"The database is encoded in {encoding}, in which names may not be written as they are. Make one with "
            "ENCODING 'UTF8'."
        )
