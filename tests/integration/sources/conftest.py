"""A home with sources declared by the test, and the real servers that they are at."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from source_servers import Fetch, SftpServer, WebServer, declare

from integration.sources import Fetched, fetch_source, inbox_held, sources_of
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.path.mkdir()
    return made


@pytest.fixture
def fetch(home: Home) -> Fetch:
    """Declare one source and fetch from it."""

    def fetched(
        name: str = "health/dinkes_balita",
        *,
        months: list[str] | None = None,
        day: dt.date | None = None,
        **said: Any,
    ) -> Fetched:
        declare(home, {name: said})
        (source,) = sources_of(home).values()
        with inbox_held(home):
            return fetch_source(home, source, months=months, day=day)

    return fetched


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def sftp(tmp_path: Path, drop: Path) -> Iterator[SftpServer]:
    with SftpServer(drop, tmp_path / "ssh") as server:
        yield server


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    with WebServer() as server:
        yield server
