"""MySQL and MariaDB: one snapshot of the table, in a transaction that the server itself keeps from writing."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql
import pymysql.cursors
from pymysql.constants import CR, ER, FIELD_TYPE

from integration.sources.places import Source, SqlTable
from integration.sources.secret import secret
from warehouse.errors import SourceFailed

_REFUSED = (ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.HOST_NOT_PRIVILEGED)
_MAY_NOT = (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR)
_DATES = frozenset({FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP})
_LINE = (CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST)


@contextmanager
def open_mysql(source: Source, place: SqlTable) -> Iterator["MySql"]:
    """Connect and begin a read-only transaction; raises `SourceFailed`."""
    at = {"unix_socket": place.host} if place.host.startswith("/") else {"host": place.host, "port": place.port}
    try:
        connection = pymysql.connect(
            **at,
            user=place.user,
            password=secret(source, place.password_env, "the password") if place.password_env else "",
            database=place.database,
            charset="utf8mb4",
            cursorclass=pymysql.cursors.SSCursor,
            connect_timeout=30,
            read_timeout=600,
            local_infile=False,
            ssl=_tls(source, place),
        )
    except (pymysql.MySQLError, OSError) as error:
        raise _told(source, place, "connecting", error) from error
    opened = MySql(source, place, connection)
    try:
        with opened.told("beginning"), connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+07:00'")  # what a time is in Jakarta, not where the server stands
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # a snapshot, from the first read on
            cursor.execute("START TRANSACTION READ ONLY")
        yield opened
    finally:
        connection.close()


def _tls(source: Source, place: SqlTable) -> ssl.SSLContext | None:
    if place.tls == "none":
        return None
    try:
        context = ssl.create_default_context(cafile=str(place.ca_file) if place.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise source.failed(f"the file of certificates {place.ca_file} cannot be read") from error
    if place.tls == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@dataclass
class MySql:
    """An open MySQL or MariaDB database."""

    source: Source
    place: SqlTable
    connection: Any
    quote: str = "`"
    text: str = "CHAR"
    dates: frozenset[int] = _DATES

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """Give a cursor whose rows stay at the server until they are asked for."""
        cursor = self.connection.cursor()
        yield cursor
        cursor.close()  # not after an error: closing would read what is left of the result

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Turn an error into a sentence; the server's words may quote a row and are not repeated."""
        try:
            yield
        except (pymysql.MySQLError, OSError) as error:
            raise _told(self.source, self.place, what, error) from error


def _told(source: Source, place: SqlTable, what: str, error: Exception) -> SourceFailed:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return source.failed(
                "the server does not prove who it is (certificate); name its authority's file with ca_file, see "
                "whether this machine's clock is right, or say tls: require where the line is one's own"
            )
        cause = cause.__cause__ or cause.__context__
    code = error.args[0] if error.args else None
    if code in _REFUSED:
        return source.failed(f"the server does not let {place.user} in; ask the agency whether the password is valid")
    if code == CR.CR_SSL_CONNECTION_ERROR:
        return source.failed(
            "the server offers no encryption; ask the agency to switch it on, or say tls: none where "
            "the line is one's own"
        )
    if code == ER.BAD_DB_ERROR:
        return source.failed(f"there is no database {place.database}; ask the agency for its name")
    if code == ER.NO_SUCH_TABLE:
        return source.failed("there is no such table or view any more; ask the agency")
    if code in _MAY_NOT:
        return source.failed("this user may not read it; ask the agency for SELECT on it")
    if code in _LINE or isinstance(error, OSError):
        return source.failed("it cannot be reached, or broke off; see whether line and server are up", passing=True)
    return source.failed(f"{what} failed ({type(error).__name__} {code}); ask the agency")
