"""A night that judges only the families touched ends as one that judges everybody, whatever changed meanwhile."""

import datetime as dt
import uuid
from collections.abc import Iterator

import duckdb
import pytest
from at_the_terminal import NightRun

from integration.contracts import contracts
from integration.records.basis import say_basis
from integration.targeting import build_targeting, touched
from warehouse.database import Connection, count, literal, rows
from warehouse.tables import table
from warehouse.tables.filling import ensure

KEY = b"a key for tests only, thirty two"
MADE = (
    *("targeting", "child_growth", "family_status", "rests_on"),
    *("measurement_quality", "target_exit", "mortality_event", "live_births"),
)
RECORDS = ("clean_records.person_record", "clean_records.family_record")
TYPED = tuple(contract.typed_table for contract in contracts().values())
PERSONS = ("person", "person_source", "family", "family_source", "person_alias", "family_alias")
READ = (*TYPED, *RECORDS, "clean_records.region", *(f"persons.{name}" for name in PERSONS))
LAST_MONTH = """(
    SELECT * REPLACE ('2026-09' AS period), 'a publication' AS version, coalesce(person_id, family_id) AS entity_id
    FROM home.targeting.targeting WHERE hash(target_id) % 7 > 0
    UNION ALL BY NAME
    SELECT '2026-09' AS period, 'month' AS period_kind, 'a publication' AS version, '35.09' AS kab_code, 'P1' AS tier,
        'T of ' || subject_type AS target_id, subject_type, 'gone ' || subject_type AS entity_id
    FROM (VALUES ('balita'), ('keluarga')) AS gone (subject_type)
)"""

HEADS_ARE_MEMBERS = """
UPDATE persons.family SET head_person_id = NULL
WHERE (head_person_id, family_id) NOT IN (SELECT (person_id, family_id) FROM persons.person)
"""


@pytest.fixture(scope="module")
def home(night_run: NightRun) -> Iterator[Connection]:
    """Give what a night read, in memory, each dataset in five files; last month had most of this month's targets."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH {literal(night_run.home.database)} AS home (READ_ONLY)")
        for schema in ("clean_records", "persons"):
            con.execute(f"CREATE SCHEMA {schema}")
        for name in READ:
            con.execute(f"CREATE TABLE {name} AS FROM home.{name}")
        remembered = table("targeting.published_target")
        ensure(con, remembered)
        con.execute(f"INSERT INTO {remembered.full_name} {remembered.select(LAST_MONTH)}")
        con.execute("DETACH home")
        for name in (*TYPED, *RECORDS, "persons.person_source"):
            con.execute(f"UPDATE {name} SET source_file = source_file || source_row_no % 5")
        for name in (*TYPED, *RECORDS):
            con.execute(f"UPDATE {name} SET source_file_id = source_file_id || source_row_no % 5")
        say_basis(con, RECORDS[0], "the way in which records are read")
        judge(con, "night 0")
        yield con


def judge(con: Connection, made_from: str) -> bool:
    """Build the tables; say whether only of who was touched."""
    said: list[str] = []
    build_targeting(
        con,
        period="2026-10",
        period_end=dt.date(2026, 10, 31),
        target_key=KEY,
        run_id=uuid.uuid4().hex,
        made_from=made_from,
        say=said.append,
    )
    return any("rest on something else" in sentence for sentence in said)


def changed(con: Connection, dataset: str, number: int, new_id: str, *values: str) -> None:
    """Let a file have come again, its typed rows with other values."""
    for name in (f"clean_records.{dataset}", *RECORDS):
        of_dataset = "" if name == f"clean_records.{dataset}" else f"dataset = '{dataset}' AND"
        said = "".join(f", {value}" for value in values) if not of_dataset else ""
        con.execute(
            f"UPDATE {name} SET source_file_id = '{new_id}'{said} WHERE {of_dataset} source_row_no % 5 = {number}"
        )


def a_file_corrected(con: Connection) -> None:
    changed(con, "dinkes_balita", 1, "weighed anew", "height_cm = height_cm - 3", "vit_a_count = 1")


def a_list_that_says_otherwise(con: Connection) -> None:
    changed(con, "dtsen_keluarga", 3, "poorer", "desil_nasional = 1", "water_source = NULL")


def a_new_month(con: Connection) -> None:
    """Add another weighing of some children, whose records come before those of all other files."""
    con.execute("UPDATE clean_records.person_record SET record_id = record_id + 1000")
    con.execute("UPDATE persons.person_source SET record_id = record_id + 1000")
    fresh = "source_file || ' of a new month' AS source_file"
    some = "WHERE source_row_no % 5 = 4 AND dataset = 'dinkes_balita'"
    con.execute(
        f"""INSERT INTO clean_records.person_record
        SELECT * REPLACE (record_id - 1000 AS record_id, {fresh}, 'a new month' AS source_file_id)
        FROM clean_records.person_record {some}"""
    )
    con.execute(
        f"""INSERT INTO persons.person_source
        SELECT * REPLACE (record_id - 1000 AS record_id, {fresh}) FROM persons.person_source {some}"""
    )
    con.execute(
        f"""INSERT INTO clean_records.dinkes_balita
        SELECT * REPLACE ({fresh}, 'a new month' AS source_file_id, DATE '2026-10-20' AS measured_on,
            weight_kg - 0.4 AS weight_kg)
        FROM clean_records.dinkes_balita WHERE source_row_no % 5 = 4"""
    )


def a_file_taken_away(con: Connection) -> None:
    away = "dataset = 'dtsen_anggota' AND source_row_no % 5 = 0"
    con.execute("DELETE FROM clean_records.dtsen_anggota WHERE source_row_no % 5 = 0")
    for name in (*RECORDS, "persons.person_source"):
        con.execute(f"DELETE FROM {name} WHERE {away}")
    con.execute("DELETE FROM persons.person WHERE person_id NOT IN (SELECT person_id FROM persons.person_source)")


def a_decision(con: Connection) -> None:
    """Give a weighing to another child."""
    con.execute(
        """UPDATE persons.person_source SET match_method = 'manual', person_id = (
            SELECT min(person_id) FROM persons.person_source WHERE dataset = 'dinkes_balita')
        WHERE record_id = (SELECT max(record_id) FROM persons.person_source WHERE dataset = 'dinkes_balita')"""
    )


def a_row_of_a_sibling(con: Connection) -> None:
    """Give the weighings of a child to a sibling: the family is spoken of by the very same rows, linked alike."""
    siblings = """FROM targeting.targeting WHERE subject_type = 'balita' AND family_id IN (
        SELECT family_id FROM targeting.targeting WHERE subject_type = 'balita' AND haz IS NOT NULL
        GROUP BY family_id HAVING count(*) > 1 ORDER BY family_id LIMIT 1)"""
    ((one, other),) = rows(con, f"SELECT min(person_id), max(person_id) {siblings}")
    con.execute(
        "UPDATE persons.person_source SET person_id = ? WHERE person_id = ? AND dataset = 'dinkes_balita'",
        [one, other],
    )


def people_who_move(con: Connection) -> None:
    """Let some live in another family, some in none, and some go."""
    con.execute(
        "UPDATE persons.person SET family_id = (SELECT max(family_id) FROM persons.family) WHERE hash(nik) % 90 = 1"
    )
    con.execute("UPDATE persons.person SET family_id = NULL WHERE hash(nik) % 90 = 2")
    con.execute("UPDATE persons.person SET moved_out_on = DATE '2026-10-03' WHERE hash(nik) % 90 = 3")


def heads_who_leave(con: Connection) -> None:
    """Let the head whom DTSEN names live elsewhere: its row is the family's still."""
    con.execute(
        """UPDATE persons.person SET family_id = (SELECT max(family_id) FROM persons.family)
        WHERE person_id IN (SELECT person_id FROM persons.person_source
            WHERE dataset = 'dtsen_keluarga' AND source_row_no % 5 = 3 AND hash(record_id) % 3 = 0)"""
    )


def families_renamed(con: Connection) -> None:
    con.execute("UPDATE persons.family SET head_name = 'PAK ' || head_name WHERE hash(family_id) % 20 = 7")


def links_confirmed(con: Connection) -> None:
    con.execute(
        """UPDATE persons.person_source SET match_method = 'manual', match_probability = NULL, match_band = 'review'
        WHERE hash(record_id) % 40 = 9"""
    )


def ids_that_resolve(con: Connection) -> None:
    """Let targets of last month whom nobody knew be people and families of today."""
    for kind, subject in (("person", "balita"), ("family", "keluarga")):
        con.execute(
            f"""INSERT INTO persons.{kind}_alias
            SELECT 'gone {subject}', arg_max({kind}_id, hash({kind}_id)) FROM targeting.targeting
            WHERE subject_type = '{subject}' AND tier > 'P2' AND prev_tier > 'P2'"""
        )


def people_who_die(con: Connection) -> None:
    con.execute("UPDATE persons.person SET died_on = DATE '2026-10-05' WHERE hash(nik) % 60 = 5")


def families_that_merge(con: Connection) -> None:
    """Let a family be no more, whose people were targets last month."""
    ((stays, goes),) = rows(con, "SELECT min(family_id), max(family_id) FROM targeting.targeting WHERE tier < 'P5'")
    con.execute("INSERT INTO persons.family_alias VALUES (?, ?)", [goes, stays])
    con.execute("DELETE FROM persons.family WHERE family_id = ?", [goes])
    for name in ("person", "family_source"):
        con.execute(f"UPDATE persons.{name} SET family_id = ? WHERE family_id = ?", [stays, goes])


def people_who_merge(con: Connection) -> None:
    ((stays, goes),) = rows(
        con, "SELECT min(person_id), max(person_id) FROM targeting.targeting WHERE subject_type = 'balita'"
    )
    con.execute("INSERT INTO persons.person_alias VALUES (?, ?)", [goes, stays])
    con.execute("DELETE FROM persons.person WHERE person_id = ?", [goes])
    con.execute("UPDATE persons.person_source SET person_id = ? WHERE person_id = ?", [stays, goes])


NIGHTS = (
    (
        ids_that_resolve,
        a_file_corrected,
        a_new_month,
        a_decision,
        people_who_move,
        heads_who_leave,
        families_that_merge,
    ),
    (
        people_who_die,
        a_list_that_says_otherwise,
        a_file_taken_away,
        people_who_merge,
        families_renamed,
        links_confirmed,
    ),
    (a_row_of_a_sibling,),
)


def test_every_table_is_as_if_everybody_was_judged(home: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touched, "_MOST", 0.9)
    for night, changes in enumerate(NIGHTS):
        for change in changes:
            change(home)
        home.execute(HEADS_ARE_MEMBERS)

        assert judge(home, f"night {night}"), "everybody was judged"
        assert count(home, "SELECT count(DISTINCT run_id) FROM targeting.targeting") == 2, "rows that stand keep theirs"
        for name in MADE:
            home.execute(f"CREATE OR REPLACE TEMP TABLE in_part_{name} AS FROM targeting.{name}")
        assert not judge(home, f"night {night + 1}")

        for name in MADE:
            columns = "* EXCLUDE (run_id)" if name == "targeting" else "*"
            in_part, whole = f"SELECT {columns} FROM in_part_{name}", f"SELECT {columns} FROM targeting.{name}"
            either = f"(({in_part} EXCEPT ALL {whole}) UNION ALL ({whole} EXCEPT ALL {in_part}))"
            assert count(home, f"SELECT count(*) FROM {either}") == 0, (name, changes)
