"""What each recipient sees is what the policy gives: column by column, row by row; and 180 ways out are closed."""

import datetime as dt
import decimal
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from planted_publication import KECAMATAN
from postgres_place import Place, group_of

from warehouse.attached import attach_publication
from warehouse.database import Connection, in_memory
from warehouse.entitlements import load_policy, published_tables, recipient_key, view_query
from warehouse.entitlements.policy import KECAMATAN as BY_KECAMATAN
from warehouse.entitlements.policy import WHOLE, View
from warehouse.keys import secret_key
from warehouse.postgres.base_tables import has_lookup
from warehouse.postgres.doctor import _generation, _names, examine
from warehouse.postgres.escapes import attempt, escapes
from warehouse.postgres.names import schema_of

POLICY = load_policy()
UNITS = [
    f"{one.name}{at}"
    for one in POLICY.recipients.values()
    for at in ([""] if WHOLE in one.units else []) + ([f"@{KECAMATAN[1]}"] if BY_KECAMATAN in one.units else [])
]
SEEN = [(unit, view) for unit in UNITS for view in POLICY.unit(unit).recipient.views]


@pytest.fixture(scope="module")
def published(loaded: Place) -> Iterator[Connection]:
    with in_memory() as connection:
        attach_publication(connection, "published", loaded.publication)
        yield connection


@pytest.mark.parametrize(("unit", "view"), SEEN, ids=[f"{unit}-{view.name}" for unit, view in SEEN])
def test_a_reader_sees_exactly_what_the_policy_gives(
    loaded: Place, published: Connection, unit: str, view: View
) -> None:
    asked = POLICY.unit(unit)
    key = recipient_key(secret_key(loaded.home, "pseudonym"), asked.recipient)
    wanted = published.execute(view_query(view, f"published_{view.table.name}", key, asked.kecamatan))
    columns = [one[0] for one in wanted.description]

    with loaded.connect(loaded.person(group_of(unit))) as reader:
        found = reader.execute(f'SELECT * FROM {schema_of(asked.recipient.name)}."{view.shown_as}"'.encode())
        names = [one.name for one in found.description or ()]
        rows = found.fetchall()

    assert names == columns + (["nik_key"] if has_lookup(view) else [])
    assert Counter(map(_plain, (row[: len(columns)] for row in rows))) == Counter(map(_plain, wanted.fetchall()))


def test_each_column_says_what_it_means(loaded: Place) -> None:
    """DBeaver, Superset and QGIS show the comment of a column beside it."""
    with loaded.connect(loaded.person("padan_dinkes")) as reader:
        silent = reader.execute(
            """
            SELECT attname FROM pg_attribute
            WHERE attrelid = 'padan_dinkes.targeting_bnba'::regclass AND attnum > 0
                AND col_description(attrelid, attnum) IS NULL
            """
        ).fetchall()

    assert silent == [("nik_key",)]


def test_the_planted_rows_are_seen_by_somebody_and_hidden_from_somebody(published: Connection) -> None:
    """Without this, the test above could compare nothing with nothing."""
    for view in POLICY.views.values():
        query = view_query(view, f"published_{view.table.name}", b"k" * 32)
        total = published.execute(f"SELECT count(*) FROM published_{view.table.name}").fetchall()[0][0]
        assert 0 < published.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0] <= total
    assert set(published_tables()) == {view.table.name for view in POLICY.views.values()}


@pytest.mark.parametrize("unit", UNITS)
def test_the_dictionary_and_the_page_tell_of_what_is_seen_and_of_nothing_else(loaded: Place, unit: str) -> None:
    asked = POLICY.unit(unit).recipient
    schema = schema_of(asked.name)

    with loaded.connect(loaded.person(group_of(unit))) as reader:
        told = reader.execute(f"SELECT table_name, column_name FROM {schema}.data_dictionary".encode()).fetchall()
        about = reader.execute(f"SELECT agency, publication, policy FROM {schema}.about".encode()).fetchall()
        there = reader.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema LIKE 'padan%'"
        ).fetchall()

    assert about == [(asked.agency, loaded.publication.version, POLICY.label)]
    assert set(told) == {one for one in there if one[0] not in ("data_dictionary", "about")}


@pytest.mark.parametrize("unit", ["dinkes", f"dinkes@{KECAMATAN[1]}", f"dinsos@{KECAMATAN[0]}", "evaluasi"])
@pytest.mark.parametrize("escape", escapes(), ids=lambda one: one.name)
def test_a_way_out_is_closed(loaded: Place, readers: dict[str, "Reader"], unit: str, escape: object) -> None:
    reader = readers[unit]
    if escape.who == "kecamatan" and not reader.names["kecamatan"]:  # type: ignore[attr-defined]
        # Said, not skipped: a reader of the whole kabupaten sees the rows of every kecamatan.
        assert "@kecamatan" in escape.sql or "kec_code" in escape.sql  # type: ignore[attr-defined]
        return

    assert attempt(reader.server, escape, reader.names) is None  # type: ignore[arg-type]


def test_nearly_every_way_is_open_to_a_superuser(loaded: Place) -> None:
    """A way that is closed to everybody proves nothing of the reader's rights."""
    with loaded.connect("postgres") as server:
        server.execute("SET statement_timeout = '20s'")
        names = _names_of(loaded, server, f"dinkes@{KECAMATAN[1]}")
        names["pid"] = "0"
        open_ways = []
        for one in escapes():
            if one.alone or one.name in HARMFUL:
                continue
            statement = attempt(server, one, names)
            if statement is not None:
                open_ways.append(one.name)

    assert len(open_ways) >= 130, sorted({one.name for one in escapes()} - set(open_ways))


HARMFUL = ("configuration reloaded", "log rotated", "write-ahead log switched", "objects of the owner dropped")


class Reader:
    def __init__(self, place: Place, unit: str) -> None:
        self.server = place.connect(place.person(group_of(unit)))
        with place.connect("postgres") as server:
            self.names = _names_of(place, server, unit)
        self.other = place.connect("postgres")
        self.names["pid"] = str(self.other.info.backend_pid)


@pytest.fixture(scope="module")
def readers(loaded: Place) -> Iterator[dict[str, Reader]]:
    units = ["dinkes", f"dinkes@{KECAMATAN[1]}", f"dinsos@{KECAMATAN[0]}", "evaluasi"]
    made = {unit: Reader(loaded, unit) for unit in units}
    yield made
    for one in made.values():
        one.server.close()
        one.other.close()


def test_the_doctor_finds_no_way_out_and_leaves_nobody_behind(loaded: Place) -> None:
    found = list(examine(loaded.of("postgres"), POLICY))

    assert [one for one in found if one.passed is False and one.place != "server"] == []
    assert len([one for one in found if one.passed and one.place.startswith("padan_dinkes_")]) >= 170
    with loaded.connect("postgres") as server:
        assert server.execute("SELECT 1 FROM pg_roles WHERE rolname LIKE 'padan\\_doctor\\__%'").fetchall() == []


def test_the_doctor_without_power_says_what_it_could_not_try(loaded: Place) -> None:
    found = list(examine(loaded.of("padan_doctor"), POLICY))

    assert [one for one in found if one.passed is False and one.place != "server"] == []
    assert {one.name for one in found if one.passed is None and one.place != "server"} == {
        "another group",
        "role of the doctor",
    }


def test_the_doctor_finds_a_right_that_was_slipped_in(loaded: Place) -> None:
    with loaded.connect("postgres") as server:
        generation = _generation(server)
        server.execute(f"GRANT SELECT ON padan_rows__{generation}.targeting TO padan_dinsos".encode())
        try:
            found = list(examine(loaded.of("padan_doctor"), POLICY))
        finally:
            server.execute(f"REVOKE SELECT ON padan_rows__{generation}.targeting FROM padan_dinsos".encode())

    wrong = [one for one in found if one.place == "rights" and not one.passed]
    assert len(wrong) == 1
    assert "targeting for padan_dinsos" in wrong[0].said


def test_an_estimate_tells_nothing_of_how_often_a_name_stands_in_hidden_rows(loaded: Place) -> None:
    with loaded.connect("postgres") as server:
        counted = server.execute(
            "SELECT attname FROM pg_stats WHERE schemaname LIKE 'padan\\_rows%' AND tablename = 'targeting'"
        ).fetchall()
    personal = {one.name for one in published_tables()["targeting"].columns if one.privacy != "none"}

    assert counted
    assert {str(name).partition("__")[0] for (name,) in counted} & (personal - {"village_code"}) == set()


def _names_of(place: Place, server: psycopg.Connection[tuple[object, ...]], unit: str) -> dict[str, str]:
    recipient = POLICY.unit(unit).recipient
    recipients = list(POLICY.recipients.values())
    return _names(server, recipient, recipients, group_of(unit), _generation(server))


def _plain(row: tuple[object, ...]) -> tuple[object, ...]:
    """Give a row that can be counted: lists as tuples, a day that comes as a moment as a day."""
    return tuple(
        tuple(value)
        if isinstance(value, list)
        else float(value)
        if isinstance(value, decimal.Decimal)
        else value.isoformat()
        if isinstance(value, dt.date)
        else value
        for value in row
    )
