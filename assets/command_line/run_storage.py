"""Where Dagster keeps runs, checks and schedules: SQLite files of the home, or a PostgreSQL database of its own."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from warehouse.errors import PadanError
from warehouse.postgres.connection import DSN_VARIABLE as SERVING_VARIABLE
from warehouse.postgres.connection import configured, connected
from warehouse.settings import Home
from warehouse.whole_file import whole_file
from warehouse.yaml_file import read_yaml

if TYPE_CHECKING:
    from dagster import DagsterInstance

DSN_VARIABLE = "PADAN_DAGSTER_POSTGRES"
"""Names the database as libpq does; each home needs its own, for a home ends what it finds going and nobody does."""
_URL_VARIABLE = "PADAN_DAGSTER_URL"
_SHIPPED = Path(__file__).parents[2] / "warehouse" / "instance" / "dagster.yaml"
_OF_SQLITE = "event_log_storage"
_NO_LIMIT = 0
_AN_HOUR = 3_600


class RunStorageUnreachable(PadanError):
    """The database that holds the record of the runs cannot be used."""


def write_instance(home: Home) -> None:
    """Write the home's `dagster.yaml` and set what it reads from the environment.

    Several programs do so at the same time, and others read the file meanwhile: it is replaced in one step, and only
    where it says something else. The connection string must be one: `expect_run_storage` first. Raises `OSError` where
    the home cannot be written.
    """
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["PADAN_EVENT_LOG"] = str(home.dagster / "history")
    dsn = configured(DSN_VARIABLE)
    if dsn is None:
        text = _SHIPPED.read_text(encoding="utf-8")
    else:
        os.environ[_URL_VARIABLE] = _url(dsn)
        said = read_yaml(_SHIPPED)
        del said[_OF_SQLITE]
        said["storage"] = {"postgres": {"postgres_url": {"env": _URL_VARIABLE}}}  # a password stays in the environment
        text = yaml.safe_dump(said, sort_keys=False)
    written = home.dagster / "dagster.yaml"
    if not (written.is_file() and written.read_text(encoding="utf-8") == text):
        whole_file(written, text)


def expect_run_storage() -> None:
    """Say in one sentence, before Dagster starts, that the server it keeps its record in cannot be used.

    Nothing where none is configured. Raises `RunStorageUnreachable`.
    """
    dsn = configured(DSN_VARIABLE)
    if dsn is None:
        return
    try:
        with connected(dsn):
            pass
    except PadanError as error:
        said = str(error).replace(SERVING_VARIABLE, DSN_VARIABLE)
        raise RunStorageUnreachable(
            f"The record of the runs cannot be kept: {said} Without {DSN_VARIABLE} it is kept in the home."
        ) from None


def stay_connected(instance: "DagsterInstance") -> None:
    """Keep the connections to the server that holds the record, where one does, as long as the instance is open.

    Dagster connects anew for each of the thousand events of a run; only its web server is made to hold on.
    """
    if configured(DSN_VARIABLE) is not None:
        instance.optimize_for_webserver(statement_timeout=_NO_LIMIT, pool_recycle=_AN_HOUR, max_overflow=20)


def _url(dsn: str) -> str:
    """Give the connection string as SQLAlchemy wants it, for the driver that Dagster's storage is tested with."""
    from sqlalchemy import URL  # here: costs a third of a second, and most homes have no server

    parts = {"connect_timeout": "10", "application_name": "padan-dagster", **conninfo_to_dict(dsn)}
    url = URL.create("postgresql+psycopg2", query={"dsn": make_conninfo("", **parts)})
    return url.render_as_string(hide_password=False)
