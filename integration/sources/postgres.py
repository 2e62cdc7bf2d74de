"""PostgreSQL: one snapshot of the table, in a transaction that the server itself keeps from writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from integration.sources.places import Source, SqlTable
from integration.sources.secret import secret
from warehouse.errors import SourceFailed

_TLS = {"verify": "verify-full", "require": "require", "none": "prefer"}
_DATES = frozenset(map(psycopg.adapters.types.get_oid, ("date", "timestamp", "timestamptz")))
_IN_ERROR = psycopg.pq.TransactionStatus.INERROR
_NOT_LET_IN = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "not permitted to log in",
    "permission denied for database",
)


@contextmanager
def open_postgres(source: Source, place: SqlTable) -> Iterator["Postgres"]:
    """Connect and begin a read-only transaction; raises `SourceFailed`."""
    tls: dict[str, Any] = {"sslmode": _TLS[place.tls]}
    if place.tls == "verify":
        tls["sslrootcert"] = str(place.ca_file) if place.ca_file else "system"
    try:
        connection = psycopg.connect(
            host=place.host,
            port=place.port,
            dbname=place.database,
            user=place.user,
            password=secret(source, place.password_env, "the password") if place.password_env else None,
            connect_timeout=30,
            keepalives_idle=60,
            application_name="padan",
            options="-c default_transaction_read_only=on -c datestyle=ISO,YMD -c intervalstyle=iso_8601 "
            "-c timezone=Asia/Jakarta",
            **tls,
        )
    except psycopg.OperationalError as error:
        raise _not_let_in(source, place, error) from error
    with connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield Postgres(source, connection)


@dataclass
class Postgres:
    """An open PostgreSQL database."""

    source: Source
    connection: psycopg.Connection[Any]
    quote: str = '"'
    text: str = "text"
    dates: frozenset[int] = _DATES

    @contextmanager
    def cursor(self) -> Iterator[psycopg.ServerCursor[Any]]:
        """Give a cursor whose rows stay at the server until they are asked for."""
        cursor = self.connection.cursor(name="padan")
        try:
            yield cursor
        finally:
            if not self.connection.broken and self.connection.info.transaction_status != _IN_ERROR:
                cursor.close()

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Turn an error into a sentence; the server's words may quote a row and are not repeated."""
        try:
            yield
        except psycopg.errors.UndefinedTable as error:
            raise self.source.failed("there is no such table or view any more; ask the agency") from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise self.source.failed("this user may not read it; ask the agency for SELECT on it") from error
        except psycopg.OperationalError as error:
            raise self.source.failed(f"{what} broke off ({type(error).__name__})", passing=True) from error
        except psycopg.Error as error:
            raise self.source.failed(f"{what} failed ({type(error).__name__}); ask the agency") from error


def _not_let_in(source: Source, place: SqlTable, error: psycopg.OperationalError) -> SourceFailed:
    """Say why no connection came about; psycopg tells most of it by words alone, of which only known ones are used."""
    said = str(error).casefold()
    if "certificate" in said or "does not support ssl" in said or "root.crt" in said:
        return source.failed(
            "the server does not prove who it is (certificate); name its authority's file with ca_file, see whether "
            "this machine's clock is right, or say tls: require where the line is one's own"
        )
    if any(words in said for words in _NOT_LET_IN):
        return source.failed(f"the server does not let {place.user} in; ask the agency whether the password is valid")
    if f'role "{place.user.casefold()}" does not exist' in said:
        return source.failed(f"the server knows no user {place.user}; ask the agency for its name")
    if "database" in said and "does not exist" in said:
        return source.failed(f"there is no database {place.database}; ask the agency for its name")
    return source.failed("it cannot be reached; see whether the line and the server are up", passing=True)
