"""Erasing a person: gone from everything that is published, everybody else as before, and never back."""

import hashlib
import json
import shutil

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.command_line.erase import command
from integration.privacy import erasure
from integration.privacy.data_subject import data_subject
from integration.privacy.erasure import erase
from integration.privacy.tombstones import Tombstones, bury, find_erased, tombstones
from tests.integration.privacy.privacy_world import (
    CHILD,
    CHILD_NIK,
    CHILD_TARGET,
    FAMILY_TARGET,
    MOTHER,
    MOTHER_NIK,
    MOTHER_TARGET,
    TWIN_TARGET,
    cut,
    published,
    put,
)
from warehouse.access_log import entries, verify
from warehouse.entitlements import policy_in_force
from warehouse.errors import HomeError, PublicationRefused
from warehouse.publication import current_publication, publications, publications_in_line
from warehouse.settings import Home
from warehouse.snapshots import current_snapshot


def holding(home: Home, *texts: str) -> set[str]:
    """Give every table of every publication and snapshot in which one of the texts stands in a cell."""
    found = set()
    for path in [*home.published.glob("*/*.duckdb"), *home.agencies.glob("*/*/*/*.duckdb")]:
        with duckdb.connect(str(path), read_only=True) as con:
            for (name,) in con.execute("SHOW TABLES").fetchall():
                rows = con.execute(f'FROM "{name}"').fetchall()
                if any(text in str(row) for row in rows for text in texts):
                    found.add(f"{path.parent.name}/{name}")
    for path in [*home.published.glob("*/*.parquet"), *home.agencies.glob("*/*/*/*.parquet")]:
        if any(text in str(duckdb.sql(f"FROM '{path}'").fetchall()) for text in texts):
            found.add(str(path))
    return found


def test_a_child_leaves_every_publication_and_snapshot_and_the_twin_stays(own_people: Home) -> None:
    cut(own_people, published(own_people, "run-0002", "2026-11"))
    plan = erase(own_people, data_subject(own_people, CHILD), "request 1")

    assert holding(own_people, CHILD, CHILD_NIK, CHILD_TARGET) == set()
    assert len(publications(own_people)) == 2
    for one in publications(own_people):
        assert one.version.endswith(".e1")
        assert one.facts["erased_rows"] == {"child_growth": 2, "target_exit": 1, "targeting": 1}
        kept = duckdb.sql(f"SELECT target_id FROM '{one.folder}/targeting.parquet' ORDER BY ALL").fetchall()
        assert kept == [(MOTHER_TARGET,), (TWIN_TARGET,), (FAMILY_TARGET,)]
        assert one.facts["tables"]["targeting"] == 3
    assert sum(sum(tables.values()) for tables in plan.rows.values()) == 8
    assert set(plan.seen_by) == {"dinkes", "evaluasi"}


def test_rewritten_publications_count_as_what_was_said_before(own_people: Home) -> None:
    cut(own_people, published(own_people, "run-0002", "2026-11"))
    before = [one.version for one in publications_in_line(own_people)]

    erase(own_people, data_subject(own_people, CHILD), "request 1")
    once = [one.version for one in publications_in_line(own_people)]
    erase(own_people, data_subject(own_people, MOTHER), "request 2")

    assert len(before) == 2
    assert once == [f"{one}.e1" for one in before]
    assert [one.version for one in publications_in_line(own_people)] == [f"{one}.e2" for one in before]


def test_what_stands_after_is_whole_and_in_force(own_people: Home) -> None:
    erase(own_people, data_subject(own_people, CHILD), "request 1")

    publication = current_publication(own_people)
    assert publication.version.endswith(".e1")
    assert all((publication.folder / name).stat().st_mode & 0o777 == 0o440 for name in publication.facts["sha256"])
    snapshot = current_snapshot(own_people, policy_in_force(own_people).unit("dinkes"))
    assert snapshot.facts["publication"] == publication.version
    assert not list(own_people.published.glob(".build*"))
    assert verify(own_people) == []


def test_a_mother_leaves_the_rows_of_others_too_but_their_names_stay(own_people: Home) -> None:
    erase(own_people, data_subject(own_people, MOTHER), "request 1")

    assert holding(own_people, MOTHER, MOTHER_NIK) == set()
    rows = duckdb.sql(
        f"""SELECT target_id, nik, nik_status, mother_nik, mother_name, head_name
        FROM '{current_publication(own_people).folder}/targeting.parquet' ORDER BY 1"""
    ).fetchall()
    assert rows == [
        (CHILD_TARGET, CHILD_NIK, "valid", None, "HOLIFAH", None),
        (TWIN_TARGET, "3509275505230002", "valid", None, "HOLIFAH", None),
        (FAMILY_TARGET, None, "missing", None, None, "HOLIFAH"),
    ]


def test_a_call_that_was_killed_is_finished_by_the_next(own_people: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = data_subject(own_people, CHILD)
    with monkeypatch.context() as patch:
        patch.setattr(erasure, "_rebuild_snapshots", lambda home: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            erase(own_people, subject, "request 1")
    assert holding(own_people, CHILD_NIK)

    erase(own_people, data_subject(own_people, CHILD), "request 1")

    assert holding(own_people, CHILD, CHILD_NIK, CHILD_TARGET) == set()
    assert len((own_people.path / "erasures.jsonl").read_text().splitlines()) == 1


def test_a_publication_and_its_rewritten_one_side_by_side_are_put_right(own_people: Home) -> None:
    old = current_publication(own_people)
    kept = shutil.copytree(old.folder, own_people.path / "kept")
    erase(own_people, data_subject(own_people, CHILD), "request 1")
    shutil.move(kept, old.folder)
    pointer = own_people.published / "current"
    pointer.unlink()
    pointer.symlink_to(old.version)

    erase(own_people, data_subject(own_people, CHILD), "request 1")

    assert [one.version for one in publications(own_people)] == [f"{old.version}.e1"]
    assert current_publication(own_people).version == f"{old.version}.e1"
    assert [one.version for one in publications_in_line(own_people)] == [f"{old.version}.e1"]


def test_the_dry_run_changes_nothing_and_says_what_stays_and_why(own_people: Home) -> None:
    before = sorted(path for path in own_people.path.rglob("*") if "access_log" not in str(path))
    said = CliRunner().invoke(command, [CHILD, "--home", str(own_people.path), "--basis", "request 1"])

    assert said.exit_code == 0, said.output
    assert "Nothing was changed" in said.output
    assert "Dinas Kesehatan delivered them stay" in said.output
    assert "head_name" in said.output
    assert not any(text in said.output for text in (CHILD_NIK, "SITI"))
    assert sorted(path for path in own_people.path.rglob("*") if "access_log" not in str(path)) == before


def test_nothing_that_names_the_person_is_kept_of_an_erasure(own_people: Home) -> None:
    said = CliRunner().invoke(command, [CHILD, "--home", str(own_people.path), "--basis", "request 1", "--confirm"])

    assert said.exit_code == 0, said.output
    stone = own_people.path / "erasures.jsonl"
    assert stone.stat().st_mode & 0o777 == 0o600
    assert not any(text in stone.read_text() for text in (CHILD, CHILD_NIK, CHILD_TARGET, "SITI"))
    line = list(entries(own_people))
    assert [one.subject for one in line if one.action == "erasure"] == [CHILD]
    assert not any(nik in path.read_text() for path in own_people.access_log.glob("*.jsonl") for nik in (CHILD_NIK,))


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 30), max_size=8), st.sets(st.integers(0, 30), max_size=8))
def test_exactly_who_was_erased_is_recognised(tmp_path_factory: pytest.TempPathFactory, by_id, by_nik) -> None:
    home = Home(tmp_path_factory.mktemp("erased"))
    for number in by_id:
        bury(home, [f"P{number}"], None, "request")
    for number in by_nik:
        bury(home, [f"OLD{number}"], f"35{number:014}", "request")
    con = duckdb.connect()
    con.execute("CREATE SCHEMA persons")
    put(con, "persons.person", [{"person_id": f"P{n}", "nik": f"35{n:014}" if n % 3 else None} for n in range(31)])
    put(con, "persons.person_alias", [{"old_person_id": "P0", "person_id": "P30"}])

    find_erased(con, tombstones(home))

    found = {person for (person,) in con.execute("SELECT person_id FROM erased_person").fetchall()}
    wanted = by_id | {n for n in by_nik if n % 3} | ({30} if 0 in by_id else set())
    assert found == {f"P{n}" for n in wanted}


def test_a_home_without_erasures_makes_no_key_and_finds_nobody(tmp_path) -> None:
    assert not tombstones(Home(tmp_path))
    assert not (tmp_path / "keys").exists()
    con = duckdb.connect()
    find_erased(con, Tombstones(frozenset(), frozenset(), b"", b""))
    find_erased(con, None)
    assert con.execute("FROM erased_person").fetchall() == []


def test_a_damaged_memory_of_erasures_stops_the_night(tmp_path) -> None:
    bury(Home(tmp_path), ["P1"], None, "request")
    (tmp_path / "erasures.jsonl").write_text('{"at": ')

    with pytest.raises(HomeError, match="published again"):
        tombstones(Home(tmp_path))


def test_a_publication_that_is_not_what_was_meant_does_not_take_the_place(own_people: Home, monkeypatch) -> None:
    from warehouse import rewriting

    before = current_publication(own_people)
    monkeypatch.setattr(rewriting, "table_digest", lambda con, source: (len(source), 1))
    with pytest.raises(PublicationRefused):
        rewriting.rewrite(own_people, before, {"targeting": "FROM old.targeting LIMIT 1"}, {"targeting": 3})

    assert json.loads((before.folder / "publication.json").read_text()) == before.facts
    assert current_publication(own_people).version == before.version


def test_a_hash_of_before_is_recognised_for_ever() -> None:
    """Another way to hash would bring everybody back who was erased under this one."""
    key = bytes(range(32))
    wanted = hashlib.sha256(b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fPAAAAAAAAAAAAAAAA")
    con = duckdb.connect()
    con.execute("CREATE SCHEMA persons")
    put(con, "persons.person", [{"person_id": CHILD}])
    put(con, "persons.person_alias", [])

    find_erased(con, Tombstones(frozenset({wanted.hexdigest()[:16]}), frozenset(), key, key))

    assert con.execute("SELECT person_id FROM erased_person").fetchall() == [(CHILD,)]
