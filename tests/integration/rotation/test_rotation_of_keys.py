"""A key is replaced, and the same people, families and targets go on: under other ids that nobody else can compute."""

import base64
import datetime as dt
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.command_line.keys import command
from integration.linkage import load_model, match_records
from integration.persons import build_persons
from integration.persons.identifiers import keyed_id, keyed_ids
from integration.rotation import (
    KeyNotRotated,
    fill_target_aliases,
    follow_targets,
    rename_persons,
    rotate_key,
)
from integration.rotation.mappings import ALIASES, mappings, write_aliases, write_mapping
from integration.targeting import remember_published
from tests.integration.linkage.small_world import deliver, kalisat, record, warehouse
from warehouse.access_log import entries, verify
from warehouse.access_log import record as log
from warehouse.database import Connection, in_memory, literal, rows, writer
from warehouse.errors import HomeBusy
from warehouse.keys import fingerprint, fresh_key, key_ring, replace_key, secret_key
from warehouse.publication import Publication, Snapshot, publish
from warehouse.settings import Home

RECORDS = [
    *kalisat(),
    record("dinkes_balita", 91, "ALMIRA", born="2026-01-02"),
    record("dtsen_anggota", 90, "DEDI ALFIAN MUJIB", nik="3509273110960004", kk="3509272003150001", relationship="4"),
]
LATER = dt.date(2026, 11, 3)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def a_night(con: Connection, home: Home, run: str) -> None:
    """Match and name everybody as the nightly job does."""
    match_records(con, load_model())
    rename_persons(con, home)
    build_persons(con, key_ring(home, "person"), on=LATER, run_id=run)


def keep(con: Connection, home: Home) -> None:
    """Put what the night remembers where a command finds it: into the home's working database."""
    home.path.mkdir(parents=True, exist_ok=True)
    home.database.unlink(missing_ok=True)
    con.execute(f"ATTACH {literal(home.database)} AS kept")
    con.execute("CREATE SCHEMA kept.persons")
    for (name,) in rows(con, "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'persons'"):
        con.execute(f"CREATE TABLE kept.persons.{name} AS FROM persons.{name}")
    con.execute("DETACH kept")


def ids(con: Connection) -> dict[tuple[str, int, str], tuple[str, str | None]]:
    found = rows(
        con,
        "SELECT dataset, source_row_no, role, person_id, family_id "
        "FROM persons.person_source JOIN persons.person USING (person_id)",
    )
    return {(dataset, row, role): (person, family) for dataset, row, role, person, family in found}


def became(home: Home) -> dict[str, str]:
    with in_memory() as con:
        write_aliases(con, home)
        return dict(rows(con, f"SELECT old_id, new_id FROM {ALIASES}"))


def published(home: Home, period: str, targets: list[tuple[str, str]]) -> Publication:
    """Publish targets, each a person and a tier, as the key ring of the home names them."""
    ring = key_ring(home, "target")
    rows_of = ", ".join(
        f"('{keyed_id('T', ring, '35.09balita' + person)}', '{person}', '{tier}')" for person, tier in targets
    )
    query = f"""SELECT '{period}' AS period, 'month' AS period_kind, '35.09' AS kab_code, target_id,
        'balita' AS subject_type, person_id, NULL::VARCHAR AS family_id, NULL::VARCHAR AS village_code, tier
        FROM (VALUES {rows_of}) AS t(target_id, person_id, tier)"""
    with duckdb.connect() as con:
        return publish(con, home, [Snapshot("targeting", query)], fingerprint(fresh_key())[:8], {"period": period})


def remembered(home: Home) -> list[tuple[str, str, str]]:
    with writer(home) as con:
        fill_target_aliases(con, home)
        remember_published(con, home)
        follow_targets(con)
        return rows(con, "SELECT period, target_id, tier FROM targeting.published_target ORDER BY ALL")


def test_the_same_persons_and_families_go_on_under_other_ids(home: Home) -> None:
    con = warehouse(RECORDS)
    a_night(con, home, "first")
    before = ids(con)
    keep(con, home)

    done = rotate_key(home, "person")
    deliver(con, RECORDS, 5)
    a_night(con, home, "second")

    after, renamed = ids(con), became(home)
    assert after == {row: (renamed[person], family and renamed[family]) for row, (person, family) in before.items()}
    assert {person for person, _ in before.values()}.isdisjoint(person for person, _ in after.values())
    assert {family for _, family in before.values() if family}.isdisjoint(family for _, family in after.values())
    assert done.renamed["P"] >= len({person for person, _ in before.values()})
    for kind in ("person", "family"):
        assert rows(con, f"SELECT * FROM persons.{kind}_history") == []
        alias = dict(rows(con, f"FROM persons.{kind}_alias"))
        assert alias == {old: new for old, new in renamed.items() if old[0] == kind[0].upper()}


def test_another_night_changes_nothing_more_and_a_second_rotation_does(home: Home) -> None:
    con = warehouse(RECORDS)
    a_night(con, home, "first")
    first = ids(con)
    for night in ("second", "third"):
        keep(con, home)
        rotate_key(home, "person")
        deliver(con, RECORDS)
        a_night(con, home, night)
    last = ids(con)
    deliver(con, RECORDS, 3)
    a_night(con, home, "fourth")

    assert ids(con) == last
    renamed = became(home)
    assert {row: renamed[person] for row, (person, _) in first.items()} == {
        row: person for row, (person, _) in last.items()
    }
    assert rows(con, "SELECT * FROM persons.person_history") == []


def test_who_moves_to_another_person_after_a_rotation_is_told_as_ever(home: Home) -> None:
    con = warehouse(RECORDS)
    a_night(con, home, "first")
    keep(con, home)
    rotate_key(home, "person")
    deliver(con, [one for one in RECORDS if one["source_row_no"] != 91])
    a_night(con, home, "second")

    assert [event for (event,) in rows(con, "SELECT event FROM persons.person_history")] == ["gone"]


def test_a_lost_working_database_gives_the_same_ids_again(home: Home) -> None:
    con = warehouse(RECORDS)
    a_night(con, home, "first")
    keep(con, home)
    rotate_key(home, "person")
    deliver(con, RECORDS)
    a_night(con, home, "second")

    anew = warehouse(RECORDS, shuffle=2)
    a_night(anew, home, "third")

    assert {row: person for row, (person, _) in ids(anew).items()} == {
        row: person for row, (person, _) in ids(con).items()
    }


def test_targets_of_before_are_followed(home: Home) -> None:
    september = published(home, "2026-09", [("PANI", "P1"), ("PBUDI", "P2")])
    assert remembered(home) == sorted(
        ("2026-09", keyed_id("T", key_ring(home, "target"), f"35.09balita{person}"), tier)
        for person, tier in (("PANI", "P1"), ("PBUDI", "P2"))
    )
    old = secret_key(home, "target")

    rotate_key(home, "target")

    ring = key_ring(home, "target")
    assert ring[0] == old
    expected = sorted(
        ("2026-09", keyed_id("T", ring, f"35.09balita{person}"), tier)
        for person, tier in (("PANI", "P1"), ("PBUDI", "P2"))
    )
    assert remembered(home) == remembered(home) == expected
    home.database.unlink()
    assert remembered(home) == expected  # read from the publication of before anew
    assert september.folder.is_dir()


def test_a_person_key_carries_the_targets_along(home: Home) -> None:
    secret_key(home, "person")
    published(home, "2026-09", [("PANI", "P1")])
    target = keyed_id("T", key_ring(home, "target"), "35.09balitaPANI")

    for _ in range(2):
        rotate_key(home, "person")
        rotate_key(home, "target")

    renamed = became(home)
    assert renamed[target] == keyed_id("T", key_ring(home, "target"), f"35.09balita{renamed['PANI']}")
    assert remembered(home) == [("2026-09", renamed[target], "P1")]


@pytest.mark.parametrize("moment", ["before the log", "before the key", "between the keys"])
def test_a_rotation_that_is_broken_off_leaves_the_home_as_it_was(
    home: Home, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(home, "2026-09", [("PANI", "P1")])
    before = remembered(home)
    key = secret_key(home, "target")

    replaced = Path.replace

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def killed_late(self: Path, target: Path) -> Path:
        if target == home.keys / "target.key":
            raise KeyboardInterrupt
        return replaced(self, target)

    place, stopped = {
        "before the log": ("integration.rotation.rotate.record", killed),
        "before the key": ("integration.rotation.rotate.replace_key", killed),
        "between the keys": ("pathlib.Path.replace", killed_late),
    }[moment]
    monkeypatch.setattr(place, stopped)
    with pytest.raises(KeyboardInterrupt):
        rotate_key(home, "target")
    monkeypatch.undo()

    assert key_ring(home, "target") == (key,)
    assert mappings(home) == []
    assert remembered(home) == before

    rotate_key(home, "target")
    assert [one.purpose for one in mappings(home)] == ["target"]
    assert len(list((home.keys / "mappings").iterdir())) == 1
    assert key_ring(home, "target") == (key, secret_key(home, "target"))


def test_what_cannot_be_rotated_is_told(home: Home) -> None:
    with pytest.raises(KeyNotRotated, match="none that can be rotated; these are: target, person"):
        rotate_key(home, "erasure")
    with pytest.raises(KeyNotRotated, match="There is no key target"):
        rotate_key(home, "target")
    secret_key(home, "target")
    with writer(home), pytest.raises(HomeBusy):
        rotate_key(home, "target")
    assert len(key_ring(home, "target")) == 1


def test_the_access_log_goes_on_under_its_new_key(home: Home) -> None:
    for action in ("policy", "report"):
        log(home, action, None)
    rotate_key(home, "access_log")
    log(home, "report", None)

    assert verify(home) == []
    assert [one.action for one in entries(home)] == ["policy", "report", "key_rotation", "key_rotation", "report"]


def test_a_line_sealed_with_a_replaced_key_is_found(home: Home) -> None:
    log(home, "policy", None)
    old = secret_key(home, "access_log")
    rotate_key(home, "access_log")
    new = secret_key(home, "access_log")
    (home.keys / "access_log.key").write_bytes(old)  # whoever stole the old key writes on
    (home.keys / "retired" / "access_log.001.key").rename(home.keys / "aside")
    log(home, "report", None)
    (home.keys / "aside").rename(home.keys / "retired" / "access_log.001.key")
    (home.keys / "access_log.key").write_bytes(new)

    assert verify(home)


def test_mappings_and_keys_are_for_their_owner_alone(home: Home) -> None:
    published(home, "2026-09", [("PANI", "P1")])
    rotate_key(home, "target")

    for path in home.keys.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_key_is_ever_shown(home: Home) -> None:
    published(home, "2026-09", [("PANI", "P1")])
    secret_key(home, "pseudonym")
    keys = [*key_ring(home, "target"), secret_key(home, "pseudonym")]
    told = ""
    for words in (
        ["rotate", "target"],
        ["rotate", "target", "--confirm"],
        ["rotate", "pseudonym", "--confirm"],
        ["show"],
    ):
        said = CliRunner().invoke(command, [*words, "--home", str(home.path)])
        assert said.exit_code == 0, said.output
        told += said.output
    remembered(home)
    keys += [*key_ring(home, "target"), *key_ring(home, "pseudonym"), *key_ring(home, "access_log")]

    kept = b"".join(path.read_bytes() for path in home.path.rglob("*") if path.is_file() and path.suffix != ".key")
    for key in keys:
        for shown in (key, key.hex().encode(), base64.b64encode(key), base64.b32encode(key), key[:8].hex().encode()):
            assert shown not in told.encode() + kept
    assert fingerprint(keys[0]) in told


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.text(min_size=1, max_size=8), max_size=6, unique=True), min_size=1, max_size=5))
def test_what_an_id_became_is_what_its_text_gives_today(nights: list[list[str]]) -> None:
    """Each night names new texts and is followed by a rotation; every id ever given leads to the one of today."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        secret_key(home, "target")
        given_once: dict[str, str] = {}
        for texts in nights:
            ring = key_ring(home, "target")
            given_once |= {keyed_id("T", ring, text): text for text in texts}
            known = sorted({*given_once, *became(home).values()})
            fresh = fresh_key()
            new = keyed_ids("T", fresh, known)
            write_mapping(home, "target", fresh, pa.array(known, pa.string()), new)
            replace_key(home, "target", fresh)
        ring, renamed = key_ring(home, "target"), became(home)
        assert len(ring) == len(nights) + 1
        assert {old: renamed[old] for old in given_once} == {
            old: keyed_id("T", ring, text) for old, text in given_once.items()
        }
        assert keyed_ids("T", ring, list(given_once.values())).to_pylist() == [renamed[old] for old in given_once]
