"""Loads: nobody who reads notices one, what goes wrong leaves what stood, and rights are those of the policy."""

import datetime as dt
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from planted_publication import planted
from postgres_place import Place, place_in, started
from psycopg.conninfo import make_conninfo

import warehouse.postgres.loading as loading
from warehouse.access_log import entries
from warehouse.entitlements import Policy
from warehouse.errors import DeclarationError, PublicationRefused
from warehouse.postgres import (
    GrantsRefused,
    PostgresBusy,
    PostgresError,
    PostgresUnreachable,
    dsn_without_password,
    load_postgres,
)
from warehouse.postgres.names import check_names

ROOT = Path(__file__).parents[3]
VIEW = "padan_dinkes.targeting_bnba"
SWAPS = 4


def version_read(server: psycopg.Connection[tuple[object, ...]]) -> tuple[object, ...]:
    """Give versions and number of the rows that one statement sees."""
    return server.execute(f"SELECT min(rule_version), max(rule_version), count(*) FROM {VIEW}".encode()).fetchall()[0]


def generations(place: Place) -> set[str]:
    with place.connect("postgres") as server:
        found = server.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^padan_.*__[0-9]+$'").fetchall()
    return {str(name).rpartition("__")[2] for (name,) in found}


def test_readers_see_whole_versions_and_no_error_while_publications_are_swapped(empty_place: Place) -> None:
    place = empty_place
    both = [planted(place.home, period="2026-08", rows=150), planted(place.home, period="2026-09", rows=80)]
    place.load(both[0])
    reader = place.person("padan_dinkes")
    seen: list[tuple[object, ...]] = []
    errors: list[Exception] = []
    over = threading.Event()

    def read() -> None:
        try:
            with place.connect(reader) as server:
                while not over.is_set():
                    seen.append(version_read(server))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for one in threads:
        one.start()
    try:
        for number in range(1, SWAPS + 1):
            place.load(both[number % 2])
    finally:
        over.set()
        for one in threads:
            one.join()

    assert errors == []
    with place.connect(reader) as server:
        last = version_read(server)
    place.load(both[1])
    with place.connect(reader) as server:
        whole = {last, version_read(server)}
    assert {one[0] for one in whole} == {"2026-08", "2026-09"}
    assert set(seen) <= whole
    assert len(seen) > SWAPS


def test_a_report_that_reads_on_during_two_swaps_ends_on_what_it_began_with(empty_place: Place) -> None:
    place = empty_place
    place.load()
    reader = place.person("padan_dinkes")
    with place.connect(reader) as server:
        (wanted,) = server.execute(f"SELECT count(*) FROM {VIEW}".encode()).fetchall()[0]
    with place.connect(reader) as server, server.transaction(), server.cursor("report") as report:
        server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report.execute(f"SELECT * FROM {VIEW}".encode())
        begun = len(report.fetchmany(5))

        first = place.load(planted(place.home, period="2026-11"))
        second = place.load(planted(place.home, period="2026-12", rows=40))

        assert begun + len(report.fetchall()) == wanted
        # Asked anew, even this old transaction sees the newest version, whole.
        assert version_read(server)[:2] == ("2026-12", "2026-12")
    assert first.held == second.held != ()

    third = place.load()

    assert third.held == ()
    assert len(generations(place)) == 1  # the one in force: its base tables


def test_a_prepared_query_reads_the_new_version(empty_place: Place) -> None:
    place = empty_place
    place.load(planted(place.home, period="2026-08"))
    with place.connect(place.person("padan_dinkes")) as server:
        server.prepare_threshold = 0
        before = version_read(server)
        place.load(planted(place.home, period="2026-09"))
        after = version_read(server)

    assert (before[0], after[0], after[1]) == ("2026-08", "2026-09", "2026-09")


def test_what_is_in_force_is_not_loaded_again(empty_place: Place) -> None:
    assert empty_place.load().already is False
    assert empty_place.load().already is True


def test_a_publication_that_was_rewritten_is_loaded_again_and_the_old_rows_are_gone(empty_place: Place) -> None:
    """Whoever was erased from a publication stays in no schema of the server."""
    place = empty_place
    place.load()
    facts = {**place.publication.facts, "sha256": {"padan.duckdb": "rewritten"}}

    assert place.load(replace(place.publication, facts=facts)).already is False
    assert len(generations(place)) == 1


def test_a_new_group_of_a_kecamatan_gets_its_rights_at_the_next_load(empty_place: Place) -> None:
    empty_place.load()
    with empty_place.connect("postgres") as server:
        server.execute("CREATE ROLE padan_dinkes_350999 NOLOGIN")
    try:
        again = empty_place.load()
    finally:
        with empty_place.connect("postgres") as server:
            server.execute("DROP OWNED BY padan_dinkes_350999; DROP ROLE padan_dinkes_350999")

    assert {one.role for one in again.given} == {"padan_dinkes_350999"}


@pytest.mark.parametrize("moment", ["targeting:", "now given:"])
def test_a_killed_load_leaves_what_stood_and_the_next_one_sweeps(empty_place: Place, moment: str) -> None:
    place = empty_place
    place.load(planted(place.home, period="2026-08"))
    newer = planted(place.home, period="2026-09")
    with place.connect("postgres") as server:  # so that there is a right to be given
        server.execute(f"REVOKE SELECT ON {VIEW} FROM padan_dinkes_350910".encode())
    killing = f"""
import os, signal, sys
from pathlib import Path
from warehouse.entitlements import load_policy
from warehouse.postgres import load_postgres
from warehouse.publication import current_publication
from warehouse.settings import Home

def say(text):
    if text.startswith({moment!r}):
        os.kill(os.getpid(), signal.SIGKILL)

home = Home(Path({str(place.home.path)!r}))
load_postgres(home, current_publication(home), load_policy(), os.environ["PADAN_POSTGRES_DSN"], say=say)
"""
    done = subprocess.run(
        [sys.executable, "-c", killing], cwd=ROOT, env={"PADAN_POSTGRES_DSN": place.loader, "PATH": "/usr/bin:/bin"}
    )
    with place.connect(place.person("padan_dinkes")) as server:
        stood = version_read(server)
    left = generations(place)
    wait_for_the_killed(place)

    place.load(newer)

    assert done.returncode == -signal.SIGKILL
    assert stood[:2] == ("2026-08", "2026-08")
    assert len(left) == 2
    with place.connect(place.person("padan_dinkes")) as server:
        assert version_read(server)[:2] == ("2026-09", "2026-09")
    assert not left & generations(place) - {min(left, key=int)}


def wait_for_the_killed(place: Place) -> None:
    """Wait until the server has noticed that the loader is gone."""
    with place.connect("postgres") as server:
        for _ in range(200):
            query = "SELECT pg_sleep(0.05) FROM pg_stat_activity WHERE usename = 'padan_loader' LIMIT 1"
            if not server.execute(query).fetchall():
                return
    raise AssertionError("the killed loader still holds its sessions")


def test_the_second_of_two_loads_steps_back(empty_place: Place) -> None:
    with empty_place.connect("postgres") as first, first.transaction():
        first.execute("LOCK TABLE padan_state.loads IN SHARE ROW EXCLUSIVE MODE")

        with pytest.raises(PostgresBusy, match="steps back"):
            empty_place.load()


def test_a_reader_cannot_hold_a_load_up(empty_place: Place) -> None:
    empty_place.load()
    with empty_place.connect(empty_place.person("padan_dinkes")) as reader, reader.transaction():
        version_read(reader)
        reader.execute("SELECT pg_advisory_lock(n) FROM generate_series(0, 99) AS n")

        done = empty_place.load(planted(empty_place.home))

    assert not done.already


def test_a_server_that_is_down_is_told_in_a_sentence(empty_place: Place, tmp_path: Path) -> None:
    with pytest.raises(PostgresUnreachable, match="load again once it answers"):
        load_postgres(
            empty_place.home, empty_place.publication, empty_place.policy, f"host={tmp_path} user=padan_loader"
        )


def test_a_wrong_password_is_told_without_it(empty_place: Place) -> None:
    wrong = make_conninfo(empty_place.loader, password="wrong-and-secret")

    with pytest.raises(PostgresUnreachable, match="password is wrong") as told:
        load_postgres(empty_place.home, empty_place.publication, empty_place.policy, wrong)

    assert "wrong-and-secret" not in str(told.value)


def test_a_password_on_the_command_line_is_refused_and_not_shown() -> None:
    for dsn in ("host=x password=hush-hush", "postgresql://u:hush-hush@x/y", "host=x password='hush-hush"):
        with pytest.raises(PostgresError) as told:
            dsn_without_password(dsn)
        assert "hush-hush" not in str(told.value)


def test_an_older_server_is_refused(empty_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.postgres.connection.OLDEST", 99)

    with pytest.raises(PostgresError, match="needs 99 or newer"):
        empty_place.load()


def test_a_database_without_the_script_is_told_of_it(empty_place: Place) -> None:
    with empty_place.connect("postgres") as server:
        server.execute("DROP SCHEMA padan_state CASCADE")

    with pytest.raises(PostgresError, match=r"padan_state.*--roles"):
        empty_place.load()


def test_a_stranger_may_not_load(empty_place: Place) -> None:
    stranger = empty_place.of(empty_place.person("padan_dinsos"))

    with pytest.raises(PostgresError, match="may not become them"):
        load_postgres(empty_place.home, empty_place.publication, empty_place.policy, stranger)


def test_who_is_valid_no_more_loses_everything_and_the_load_says_so(empty_place: Place) -> None:
    place = empty_place
    place.load()
    policy = until(place.policy, "dinkes", dt.date(2026, 1, 1))

    done = place.load(policy=policy, day=dt.date(2026, 6, 1))

    assert "dinkes" not in done.recipients
    assert {one.schema for one in done.taken if one.kind == "view"} == {"padan_dinkes"}
    with place.connect(place.person("padan_dinkes")) as reader:
        for schema in ("padan_dinkes", *(f"padan_dinkes__{one}" for one in generations(place))):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                reader.execute(f"SELECT * FROM {schema}.about".encode())
    with place.connect(place.person("padan_dinsos")) as reader:
        assert reader.execute("SELECT count(*) FROM padan_dinsos.about").fetchall() == [(1,)]


def test_a_grant_ends_on_its_day_even_if_nobody_loads(empty_place: Place) -> None:
    place = empty_place
    policy = until(place.policy, "dinkes", dt.date(2026, 1, 1))
    place.load(policy=policy, day=dt.date(2025, 12, 31))

    with place.connect(place.person("padan_dinkes")) as reader:
        for name in (VIEW, "padan_dinkes.about", "padan_dinkes.data_dictionary"):
            assert reader.execute(f"SELECT count(*) FROM {name}".encode()).fetchall() == [(0,)]


def test_nobody_valid_leaves_nothing_in_force(empty_place: Place) -> None:
    empty_place.load()

    done = empty_place.load(day=dt.date(2099, 1, 1))

    assert done.recipients == ()
    with empty_place.connect("postgres") as server:
        left = server.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname ~ '^padan_' AND nspname !~ '__'"
        ).fetchall()
    assert left == [("padan_state",)]


def test_rights_that_the_policy_does_not_explain_stop_the_swap(empty_place: Place) -> None:
    place = empty_place
    place.load(planted(place.home, period="2026-08"))
    with place.connect("postgres") as server:
        server.execute("ALTER DEFAULT PRIVILEGES FOR ROLE padan_owner GRANT SELECT ON TABLES TO padan_dinsos")
    newer = planted(place.home, period="2026-09")

    with pytest.raises(GrantsRefused, match="for padan_dinsos: the policy does not give it"):
        place.load(newer)

    with place.connect(place.person("padan_dinkes")) as server:
        assert version_read(server)[:2] == ("2026-08", "2026-08")


def test_a_right_given_by_hand_is_named_when_it_goes(empty_place: Place) -> None:
    empty_place.load()
    with empty_place.connect("postgres") as server:
        server.execute(f"GRANT SELECT (name) ON {VIEW} TO padan_dinsos".encode())

    done = empty_place.load(planted(empty_place.home))

    assert [str(one) for one in done.taken] == [f"SELECT on view {VIEW} (name) for padan_dinsos"]


@pytest.mark.parametrize(
    ("do", "undo", "said"),
    [
        ("GRANT padan_dinkes TO padan_dinsos", "REVOKE padan_dinkes FROM padan_dinsos", "is a member of"),
        ("GRANT padan_owner TO padan_dinsos", "REVOKE padan_owner FROM padan_dinsos", "may become padan_owner"),
        ("ALTER ROLE padan_dinsos LOGIN", "ALTER ROLE padan_dinsos NOLOGIN", "may log in"),
        ("ALTER ROLE padan_dinsos BYPASSRLS", "ALTER ROLE padan_dinsos NOBYPASSRLS", "BYPASSRLS"),
        ("ALTER ROLE padan_owner SUPERUSER", "ALTER ROLE padan_owner NOSUPERUSER", "superuser"),
    ],
)
def test_a_role_that_is_more_than_it_must_be_stops_the_load(empty_place: Place, do: str, undo: str, said: str) -> None:
    with empty_place.connect("postgres") as server:
        server.execute(do.encode())
        try:
            with pytest.raises(GrantsRefused, match=said):
                empty_place.load()
        finally:
            server.execute(undo.encode())


def test_what_arrives_otherwise_than_it_was_sent_is_not_put_in_force(
    empty_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_place.load(planted(empty_place.home, period="2026-08"))
    monkeypatch.setattr(loading, "arrived", lambda *_: (0, 0))

    with pytest.raises(PublicationRefused, match="is not the one that was sent"):
        empty_place.load(planted(empty_place.home, period="2026-09"))

    with empty_place.connect(empty_place.person("padan_dinkes")) as server:
        assert version_read(server)[:2] == ("2026-08", "2026-08")


def test_a_person_is_found_by_the_keyed_hash_and_by_nobody_without_the_nik(empty_place: Place) -> None:
    place = empty_place
    place.load()
    with place.connect(place.person("padan_dinkes")) as reader:
        (nik, number) = reader.execute(
            f"SELECT nik, count(*) FROM {VIEW} WHERE nik IS NOT NULL GROUP BY nik ORDER BY 1 LIMIT 1".encode()
        ).fetchall()[0]
        asked = f"SELECT nik FROM {VIEW} WHERE nik_key = padan_dinkes.padan_key(%s)".encode()
        found = reader.execute(asked, [nik]).fetchall()
        reader.execute("SET enable_seqscan = off")
        plan = str(reader.execute(b"EXPLAIN " + asked, [nik]).fetchall())
        unknown = reader.execute(asked, ["0000000000000000"]).fetchall()
        nothing = reader.execute(asked, [None]).fetchall()

    assert found == [(nik,)] * int(str(number))
    assert "targeting_nik_key_idx" in plan
    assert unknown == nothing == []
    with place.connect("postgres") as server:
        having = server.execute("SELECT pronamespace::regnamespace::text FROM pg_proc WHERE proname = 'padan_key'")
        own = {str(schema).partition("__")[0] for (schema,) in having.fetchall()}
    assert own == {"padan_dinkes", "padan_dispendukcapil", "padan_dinsos"}


def test_a_rotated_key_is_loaded_with_hashes_of_its_own(empty_place: Place) -> None:
    empty_place.load()
    (empty_place.home.keys / "lookup.key").unlink()

    assert empty_place.load().already is False
    test_a_person_is_found_by_the_keyed_hash_and_by_nobody_without_the_nik(empty_place)


def test_no_column_goes_to_the_server_that_no_view_shows(loaded: Place) -> None:
    policy = loaded.policy
    with loaded.connect("postgres") as server:
        there = server.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema LIKE 'padan\\_rows%' "
            "AND table_name = 'targeting'"
        ).fetchall()
    shown = {one.name for view in policy.views.values() if view.table.name == "targeting" for one in view.columns()}

    assert {str(name).partition("__")[0] for (name,) in there} == shown | {"rows", "row_kecamatan", "nik_key"}
    assert "source_refs" not in shown


def test_a_load_is_told_to_the_access_log(empty_place: Place) -> None:
    done = empty_place.load()

    last = [one for one in entries(empty_place.home) if one.action == "postgres"][-1]
    assert last.version == done.version
    assert last.rows == sum(done.tables.values())


def test_recipients_that_would_be_called_like_padans_own_roles_are_refused(new_place: Callable[[str], Place]) -> None:
    one = next(iter(until_nothing().recipients.values()))
    for name in ("owner", "loader", "state", "rows", "views_dinkes", "dinkes_350927", "dinkes__12"):
        with pytest.raises(DeclarationError, match="Give them other names"):
            check_names([replace(one, name="dinkes"), replace(one, name=name)])
    check_names([one])


def test_the_server_before_the_newest_serves_as_well(tmp_path: Path) -> None:
    with started(16) as dsn:
        place = place_in(dsn, "older", tmp_path)
        place.load()
        place.load(planted(place.home))
        with place.connect(place.person("padan_dinkes_350927")) as reader:
            kecamatan = reader.execute(f"SELECT DISTINCT kec_code FROM {VIEW}".encode()).fetchall()

    assert kecamatan == [("35.09.27",)]


def until(policy: Policy, name: str, day: dt.date) -> Policy:
    """Give the policy with another last day for a recipient."""
    changed = replace(policy.recipients[name], valid_until=day)
    return replace(policy, recipients={**policy.recipients, name: changed})


def until_nothing() -> Policy:
    from warehouse.entitlements import load_policy

    return load_policy()
