"""What `sources.yaml` may say, and what it must never hold."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from source_servers import declare

from integration.contracts import contracts
from integration.sources import sources_of
from warehouse.errors import DeclarationError
from warehouse.settings import Home

EXAMPLE = Path(__file__).parents[3] / "docs" / "sources.example.yaml"
COLUMNS = {column.header: column.name for column in contracts()["dinkes_balita"].needed_columns}
KINDS: dict[str, dict[str, Any]] = {
    "folder": {"path": "/srv/drop"},
    "sftp": {"host": "h", "user": "u", "folder": "/", "known_hosts": "keys/known_hosts", "password_env": "P"},
    "s3": {"bucket": "b", "access_key_env": "A", "secret_key_env": "S"},
    "http_file": {"url": "https://h/{month}/balita.xlsx"},
    "http_pages": {"url": "https://h/balita", "rows": "data", "page": {"parameter": "page"}, "columns": COLUMNS},
    "postgres": {"host": "h", "database": "d", "user": "u", "table": "t", "columns": COLUMNS},
    "mysql": {"host": "h", "database": "d", "user": "u", "table": "t", "columns": COLUMNS},
}


def declared(home: Home, kind: str, **more: Any) -> None:
    declare(home, {"health/dinkes_balita": {"from": kind, **KINDS[kind], **more}})


def test_a_home_without_the_file_has_no_sources(home: Home) -> None:
    assert sources_of(home) == {}


def test_the_example_of_the_docs_can_be_read_and_shows_every_kind(home: Home) -> None:
    home.sources.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")

    assert set(sources_of(home)) <= {f"{one.agency}/{one.dataset}" for one in contracts().values()}
    said = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["sources"]
    assert {one["from"] for one in said.values()} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_declared_shortly(home: Home, kind: str) -> None:
    declared(home, kind)

    assert sources_of(home)["health/dinkes_balita"].name == "health/dinkes_balita"


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("folder", {"path": "drop"}, "must be a whole path"),
        ("folder", {"paths": "x"}, "paths was found; known are"),
        ("folder", {"month": "next"}, "must be one of named, current, previous"),
        ("sftp", {"key_file": "k"}, "either key_file or password_env"),
        ("sftp", {"host": "u:p@h"}, "must be the name or number of a machine"),
        ("s3", {"bucket": "pos yandu"}, "must be letters, digits, dots, hyphens"),
        ("s3", {"region": "jakarta!"}, "must be letters, digits, dots, hyphens"),
        ("http_file", {"url": "http://h/balita.xlsx"}, "begins with http://"),
        ("http_file", {"url": "https://h/{year}/balita.xlsx"}, "must be one of month, yyyymm"),
        ("http_file", {"url": "https://h/download"}, "say with name what the file is called"),
        ("http_pages", {"page": {}}, "must say how the next page is asked for"),
        ("postgres", {"columns": ["NIK"]}, "is missing, without which no delivery is taken in"),
        ("postgres", {"tls": "no"}, "must be one of verify, require, none"),
        ("mysql", {"months": 0}, "must be a whole number from 1 to 24"),
    ],
)
def test_what_cannot_be_meant_is_told(home: Home, kind: str, more: dict[str, Any], words: str) -> None:
    declared(home, kind, **more)

    with pytest.raises(DeclarationError, match=r"The sources sources.yaml, sources, health/dinkes_balita") as told:
        sources_of(home)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("sftp", {"password": "rahasia!"}),
        ("sftp", {"password_env": "rahasia!"}),
        ("http_file", {"token": "rahasia!"}),
        ("http_file", {"url": "https://u:rahasia!@h/balita.xlsx"}),
        ("http_file", {"url": "https://h/balita.xlsx?access_token=rahasia!"}),
        ("s3", {"secret_key_env": "rahasia!"}),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(home: Home, kind: str, more: dict[str, Any]) -> None:
    declared(home, kind, **more)

    with pytest.raises(DeclarationError) as told:
        sources_of(home)
    assert "rahasia" not in str(told.value)


def test_a_dataset_that_nobody_knows_is_told(home: Home) -> None:
    declare(home, {"health/dinkes_bayi": {"from": "folder", "path": "/x"}})

    with pytest.raises(DeclarationError, match="no dataset is called so; there are civil_registration"):
        sources_of(home)


@pytest.mark.parametrize(
    "text", ["kabupaten: 35.09\nsources: {}", "sources: [", "kabupaten: '35.09'\nsources:\n  a: 1\n  a: 2"]
)
def test_a_file_that_is_none_is_told(home: Home, text: str) -> None:
    home.sources.write_text(text)

    with pytest.raises(DeclarationError, match=r"The sources sources\.yaml"):
        sources_of(home)
