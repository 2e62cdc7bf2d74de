"""What stands of earlier nights: a table has a version only when it was finished."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.database import Connection, in_memory
from warehouse.made import digest, ensure_made, made, making, tree_digest, version_of


@pytest.fixture
def connection() -> Iterator[Connection]:
    with in_memory() as opened:
        ensure_made(opened)
        yield opened


def test_what_was_finished_stands(connection: Connection) -> None:
    with making(connection, ["persons.person", "persons.family"], "v1", "run-one"):
        assert made(connection, ["persons.person"]) == {}

    standing = made(connection, ["persons.person", "persons.family", "persons.nobody"])
    assert {name: (one.version, one.run_id) for name, one in standing.items()} == {
        "persons.person": ("v1", "run-one"),
        "persons.family": ("v1", "run-one"),
    }


def test_what_was_broken_off_does_not_stand(connection: Connection) -> None:
    with making(connection, ["persons.person"], "v1", "run-one"):
        pass
    with pytest.raises(OSError, match="full"), making(connection, ["persons.person"], "v2", "run-two"):
        raise OSError("full")

    assert made(connection, ["persons.person"]) == {}


def test_the_version_of_several_is_another_when_one_is(connection: Connection) -> None:
    tables = ["persons.person", "persons.family"]
    seen = [version_of(connection, tables)]
    for table, version in (("persons.person", "1"), ("persons.family", "1"), ("persons.family", "2")):
        with making(connection, [table], version, "run"):
            pass
        seen.append(version_of(connection, tables))

    assert len(set(seen)) == 4
    assert version_of(connection, reversed(tables)) == seen[-1]


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_parts_have_different_digests(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) is (one == other)


def test_any_file_of_the_code_counts(tmp_path: Path) -> None:
    (tmp_path / "integration").mkdir()
    (tmp_path / "requirements.lock").write_text("duckdb==2.0.0")
    rule = tmp_path / "integration" / "rule.sql"
    rule.write_text("SELECT 1")
    before = tree_digest(tmp_path, ["integration"])

    (tmp_path / "integration" / "__pycache__").mkdir()
    (tmp_path / "integration" / "__pycache__" / "rule.pyc").write_text("compiled")
    assert tree_digest(tmp_path, ["integration"]) == before
    rule.write_text("SELECT 2")
    changed = tree_digest(tmp_path, ["integration"])
    rule.rename(rule.with_name("other.sql"))
    assert len({before, changed, tree_digest(tmp_path, ["integration"])}) == 3
