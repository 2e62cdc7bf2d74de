"""Building persons and families from the person records and the clusters that the matching found."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from integration.linkage.duckdb_engine import DuckDBEngine
from integration.persons.identifiers import Key
from integration.persons.kinds import FAMILY, PERSON
from integration.persons.lasting_ids import ensure_memory, give_ids, remember
from integration.persons.tables import ddl
from warehouse.database import Connection, count, literal, table_exists, value
from warehouse.progress import Say, silent
from warehouse.tables import table

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class PersonSummary:
    """How many persons and families there are, and how many of them the civil register knows."""

    persons: int
    registered: int
    families: int


def build_persons(
    con: Connection, key: Key, say: Say = silent, *, on: dt.date | None = None, run_id: str = ""
) -> PersonSummary:
    """Write the tables of the stage `persons` (`warehouse/tables/persons.yaml` says what their columns mean).

    Reads `clean_records.person_record` and `family_record` and the clusters of `matched_pairs.person_link`; deaths and
    moves come from `clean_records.dinkes_kematian` and `dukcapil_mutasi` where these exist. Every record stands in
    `person_source` exactly once.

    `key` keys the identifiers. In a home without a past they depend on what the records say alone; afterwards persons
    and families keep theirs from night to night, and `person_history` and `family_history` tell on which day (`on`,
    else the newest snapshot's) and in which run (`run_id`) one merged, split, went or came back. A run that breaks off
    changes nothing.
    """
    engine = DuckDBEngine(con)
    with engine.working():
        return _build(engine, key, say, on or value(con, _NEWEST), run_id)


_NOT_PUBLISHED = (
    "mention",
    "own_nik",
    "register_family",
    "by_register",
    "adding",
    "by_others",
    "written_in",
    "family_member",
)
"""The largest working tables, when all that is drawn from them is drawn."""

_NEWEST = "SELECT coalesce(max(snapshot_date), current_date) FROM clean_records.person_record"


def _build(engine: DuckDBEngine, key: Key, say: Say, on: dt.date, run_id: str) -> PersonSummary:
    con = engine.connection
    con.execute(_sql("macros.sql"))
    con.execute(
        f"""CREATE TEMP TABLE source_order AS
        SELECT row_number() OVER (ORDER BY dataset)::TINYINT AS source, *
        FROM read_csv({literal(_FOLDER / "source_order.csv")})"""
    )
    con.execute(_sql("placed.sql"))
    if table_exists(con, "persons", "person_before"):  # a home of the first release (warehouse/upgrade)
        ensure_memory(con, PERSON)
        con.execute(_sql("ids_before.sql"))
    give_ids(con, PERSON, key)
    say(f"{count(con, 'SELECT count(*) FROM person_key'):,} persons")
    con.execute(_sql("families.sql"))
    engine.components("loose_group", "loose_edge")
    con.execute(_sql("loose_families.sql"))
    give_ids(con, FAMILY, key)
    say(f"{count(con, 'SELECT count(*) FROM family_key'):,} families")
    _find_deaths_and_moves(con)
    con.execute(_sql("survivorship.sql"))
    engine.release(*_NOT_PUBLISHED)
    _publish(con, on, run_id)
    return PersonSummary(
        persons=count(con, "SELECT count(*) FROM persons.person"),
        registered=count(con, "SELECT count(*) FROM persons.person WHERE registered"),
        families=count(con, "SELECT count(*) FROM persons.family"),
    )


def _publish(con: Connection, on: dt.date, run_id: str) -> None:
    """Write tonight's persons and the memory of their ids, both or neither."""
    con.execute("BEGIN")
    try:
        for name in ("person_source", "person", "family", "family_source"):
            declared = table(f"persons.{name}")
            con.execute(ddl(declared))
            found = _sql(f"{name}.sql")
            con.execute(f"INSERT INTO {declared.full_name} {declared.select(f'({found})')}")
        for kind in (PERSON, FAMILY):
            remember(con, kind, on, run_id)
        con.execute("DROP TABLE IF EXISTS persons.person_before")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


def _find_deaths_and_moves(con: Connection) -> None:
    """Fill `death` and `move` from the typed rows of H3 and C2; empty where a home has no such rows."""
    con.execute("CREATE OR REPLACE TEMP TABLE death (cluster BIGINT, died_on DATE)")
    con.execute("CREATE OR REPLACE TEMP TABLE move (cluster BIGINT, moved_out_on DATE)")
    reported = []
    if table_exists(con, "clean_records", "dinkes_kematian"):
        reported.append(f"SELECT cluster, died_on FROM {_events('dinkes_kematian')}")
    if table_exists(con, "clean_records", "dukcapil_mutasi"):
        reported.append(
            f"SELECT cluster, event_on AS died_on FROM {_events('dukcapil_mutasi')} WHERE e.mutation = 'MATI'"
        )
        # Out of the kabupaten: its code is known and another one (a move with no destination says nothing), and the
        # person has not come back since.
        con.execute(
            f"""INSERT INTO move
            SELECT cluster, max(event_on) FILTER (moved_out) AS moved_out_on
            FROM (
              SELECT cluster, e.event_on, e.mutation,
                     e.mutation = 'PINDAH' AND lpad(e.dest_prov::VARCHAR, 2, '0') || '.'
                       || lpad(e.dest_kab::VARCHAR, 2, '0') <> p.kab_code AS moved_out
              FROM {_events("dukcapil_mutasi")}
            )
            GROUP BY cluster
            HAVING moved_out_on >= coalesce(max(event_on) FILTER (mutation = 'DATANG'), moved_out_on)"""
        )
    if reported:
        con.execute(
            f"INSERT INTO death SELECT cluster, min(died_on) FROM ({' UNION ALL '.join(reported)}) GROUP BY cluster"
        )


def _events(dataset: str) -> str:
    return f"""clean_records.{dataset} AS e
        JOIN clean_records.person_record AS p ON p.dataset = {literal(dataset)}
          AND p.source_file_id = e.source_file_id AND p.source_row_no = e.source_row_no
        JOIN placed USING (record_id)"""


def _sql(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
