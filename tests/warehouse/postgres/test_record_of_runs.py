"""The record of the runs in PostgreSQL, where an operator wants it there; in the home, where nobody says so."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from at_the_terminal import assert_one_sentence, padan
from dagster_postgres import PostgresRunStorage
from postgres_place import PASSWORD
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, event

from assets.automation.killed_runs import end_killed_runs_of
from assets.command_line.night import set_environment
from assets.command_line.run_storage import DSN_VARIABLE, RunStorageUnreachable, stay_connected, write_instance
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Give a home, and afterwards the environment back as it was."""
    for name in ("DAGSTER_HOME", "PADAN_HOME", "PADAN_EVENT_LOG", "PADAN_DAGSTER_URL"):
        monkeypatch.setenv(name, "before")
    monkeypatch.delenv(DSN_VARIABLE, raising=False)
    before = os.umask(0o077)
    yield Home(tmp_path / "home")
    os.umask(before)


@pytest.fixture
def record(server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the database and name it, as docs/deploy.md says."""
    with psycopg.connect(server_dsn, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS padan_dagster WITH (FORCE)")
        server.execute("DROP ROLE IF EXISTS padan_dagster")
        server.execute(f"CREATE ROLE padan_dagster LOGIN PASSWORD '{PASSWORD}% @:/x'".encode())
        server.execute("CREATE DATABASE padan_dagster OWNER padan_dagster ENCODING 'UTF8' TEMPLATE template0")
    dsn = make_conninfo(server_dsn, user="padan_dagster", dbname="padan_dagster", password=f"{PASSWORD}% @:/x")
    monkeypatch.setenv(DSN_VARIABLE, dsn)
    return dsn


@dg.asset
def trifle() -> int:
    return 1


def test_runs_are_kept_there_and_killed_ones_are_ended(home: Home, record: str) -> None:
    set_environment(home)

    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.run_storage, PostgresRunStorage)
        assert dg.materialize([trifle], instance=instance).success
        killed = instance.add_run(dg.DagsterRun(job_name="nightly", status=dg.DagsterRunStatus.STARTED))
        end_killed_runs_of(home)
        assert {run.run_id == killed.run_id: run.status.value for run in instance.get_runs()} == {
            True: "FAILURE",
            False: "SUCCESS",
        }
    with psycopg.connect(record) as server:
        assert server.execute("SELECT count(*) FROM runs").fetchall() == [(2,)]


def test_a_run_connects_once_and_not_for_each_event(home: Home, record: str) -> None:
    set_environment(home)
    opened: list[object] = []

    def note(connection: object, _: object) -> None:
        opened.append(connection)

    with dg.DagsterInstance.get() as instance:
        stay_connected(instance)
        event.listen(Engine, "connect", note)
        try:
            assert dg.materialize([trifle], instance=instance).success
            assert instance.get_run_records()
        finally:
            event.remove(Engine, "connect", note)

    assert 0 < len(opened) <= 6  # one for each of its storages, and where one asks while it is asked; else some forty


def test_the_password_is_in_no_file(home: Home, record: str) -> None:
    set_environment(home)

    for file in home.path.rglob("*"):
        assert file.is_dir() or PASSWORD not in file.read_text(encoding="utf-8")


def test_everything_else_is_as_it_is_without_a_server(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.dagster.mkdir(parents=True)
    write_instance(home)
    shipped = yaml.safe_load((home.dagster / "dagster.yaml").read_text(encoding="utf-8"))
    monkeypatch.setenv(DSN_VARIABLE, "host=x dbname=y")
    write_instance(home)
    on_server = yaml.safe_load((home.dagster / "dagster.yaml").read_text(encoding="utf-8"))

    assert on_server.pop("storage")
    assert shipped.pop("event_log_storage")
    assert on_server == shipped
    assert [file.name for file in home.dagster.iterdir()] == ["dagster.yaml"]


@pytest.mark.parametrize("dsn", ["host=/nowhere password=never-shown", "no connection string, never-shown"])
def test_a_server_that_cannot_be_used_is_a_sentence(home: Home, monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    monkeypatch.setenv(DSN_VARIABLE, dsn)

    with pytest.raises(
        RunStorageUnreachable, match=r"record of the runs cannot be kept.*Without PADAN_DAGSTER"
    ) as told:
        set_environment(home)

    assert "never-shown" not in str(told.value)
    assert not home.path.exists()


def test_nobody_answers_where_no_web_server_runs(home: Home) -> None:
    assert_one_sentence(padan("web", "--home", home.path, "--check", "--port", 1), "does not answer")
