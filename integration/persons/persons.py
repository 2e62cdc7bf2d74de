"""Building persons and families from the person records and the pairs that the matching chose."""

from dataclasses import dataclass
from pathlib import Path

from integration.linkage.components import write_components
from integration.linkage.scratch import scratch
from integration.persons.identifiers import write_ids
from warehouse.database import Connection, count, rows, table_exists, value
from warehouse.progress import Say, silent
from warehouse.tables import table

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class PersonSummary:
    """How many persons and families there are, and how many of them the civil register knows."""

    persons: int
    registered: int
    families: int


def build_persons(con: Connection, key: bytes, say: Say = silent) -> PersonSummary:
    """Write the five tables of the stage `persons` (`warehouse/tables/persons.yaml` says what their columns mean).

    Reads `clean_records.person_record` and `family_record` and the chosen pairs of `matched_pairs.candidate_pair`;
    deaths and moves come from `clean_records.dinkes_kematian` and `dukcapil_mutasi` where these exist. `key` keys the
    identifiers: the same key and content give the same identifiers, whatever the order of the rows. Every record
    stands in `person_source` exactly once.
    """
    with scratch(con):
        return _build(con, key, say)


def _build(con: Connection, key: bytes, say: Say) -> PersonSummary:
    _identify(con, key)
    _write_person_source(con)
    say(f"{value(con, 'SELECT count(DISTINCT person_id) FROM identified'):,} persons")
    _find_families(con, key)
    _find_deaths_and_moves(con)
    con.execute(_sql("survivorship.sql"))
    for name in ("person", "family", "family_source"):
        declared = table(f"persons.{name}")
        con.execute(declared.ddl())
        con.execute(f"INSERT INTO {declared.full_name} {declared.select(name)}")
    summary = PersonSummary(
        persons=count(con, "SELECT count(*) FROM persons.person"),
        registered=count(con, "SELECT count(*) FROM persons.person WHERE registered"),
        families=count(con, "SELECT count(*) FROM persons.family"),
    )
    say(f"{summary.families:,} families")
    return summary


def _identify(con: Connection, key: bytes) -> None:
    """Fill `identified` (every record with its person_id) and `register_nik` (whose number is it?)."""
    chosen = "SELECT record_id_a AS a, record_id_b AS b FROM matched_pairs.candidate_pair WHERE chosen"
    write_components(con, "connected", chosen)
    con.execute(_sql("clusters.sql"))
    write_ids(con, "person_key", "P", key, _texts(con, "SELECT text FROM cluster_text"))
    con.execute(
        """CREATE OR REPLACE TEMP TABLE identified AS
        SELECT person_key.id AS person_id, cluster_text.registered, clustered.*
        FROM clustered JOIN cluster_text USING (cluster) JOIN person_key USING (text)"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE register_nik AS
        SELECT nik, min(person_id) AS person_id FROM identified WHERE of_register AND nik_is_valid
        GROUP BY nik HAVING count(DISTINCT person_id) = 1"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE nik_state AS
        SELECT nik, min(nik_status) AS nik_status, min(nik_birth_date) AS nik_birth_date
        FROM identified WHERE nik_is_valid GROUP BY nik"""
    )


def _write_person_source(con: Connection) -> None:
    """Write person_source: each record with the pair that placed it, which is its likeliest chosen one."""
    declared = table("persons.person_source")
    con.execute(
        """CREATE OR REPLACE TEMP TABLE placed_by AS
        SELECT record_id, match_method, match_probability, match_band
        FROM (
          SELECT record_id_a AS record_id, match_method, match_probability, match_band, match_weight
          FROM matched_pairs.candidate_pair WHERE chosen
          UNION ALL
          SELECT record_id_b, match_method, match_probability, match_band, match_weight
          FROM matched_pairs.candidate_pair WHERE chosen
        )
        QUALIFY row_number() OVER (
          PARTITION BY record_id ORDER BY match_weight DESC, match_method, match_probability) = 1"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE person_source AS
        SELECT
          person_id, dataset, source_file, source_row_no, role, record_id, registered,
          CASE WHEN of_register THEN 'register' ELSE coalesce(match_method, 'unlinked') END AS match_method,
          CASE WHEN of_register THEN 1 ELSE match_probability END AS match_probability,
          CASE WHEN of_register THEN 'auto' ELSE coalesce(match_band, 'none') END AS match_band
        FROM identified LEFT JOIN placed_by USING (record_id)"""
    )
    con.execute(declared.ddl())
    con.execute(f"INSERT INTO {declared.full_name} {declared.select('person_source')}")


def _find_families(con: Connection, key: bytes) -> None:
    """Fill `person_family(person_id, family_id)` and `family_source`."""
    con.execute(_sql("families.sql"))
    con.execute(
        """CREATE OR REPLACE TEMP TABLE node AS
        SELECT name, row_number() OVER (ORDER BY name) AS number
        FROM (SELECT household AS name FROM loose UNION SELECT person_id FROM loose)"""
    )
    write_components(
        con,
        "loose_group",
        """SELECT h.number AS a, p.number AS b FROM loose
        JOIN node AS h ON h.name = household JOIN node AS p ON p.name = person_id""",
    )
    # A group that somebody of a register family belongs to is that family; else it is named by its first household.
    con.execute(
        """CREATE OR REPLACE TEMP TABLE loose_family AS
        SELECT cluster, coalesce(min(joined_family), min(household)) AS family, count(joined_family) > 0 AS joined
        FROM loose JOIN node ON node.name = person_id JOIN loose_group ON loose_group.node = number
        GROUP BY cluster"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE household_text AS
        SELECT household, family, linked_by FROM household_family
        UNION ALL
        SELECT DISTINCT household, f.family, CASE WHEN joined THEN 'member' ELSE 'none' END
        FROM loose JOIN node ON node.name = person_id JOIN loose_group ON loose_group.node = number
        JOIN loose_family AS f USING (cluster)"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE family_text AS
        SELECT person_id, family FROM register_person_family
        UNION ALL
        SELECT person_id, family FROM joined_family
        UNION ALL
        SELECT person_id, min(family) FROM loose JOIN household_text USING (household)
        WHERE joined_family IS NULL GROUP BY person_id"""
    )
    texts = _texts(con, "SELECT family FROM family_text UNION SELECT family FROM household_text")
    write_ids(con, "family_key", "F", key, texts)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE person_family AS
        SELECT person_id, id AS family_id FROM family_text JOIN family_key ON text = family"""
    )
    con.execute(
        """CREATE OR REPLACE TEMP TABLE family_source AS
        SELECT id AS family_id, dataset, household_ref, linked_by
        FROM (
          SELECT DISTINCT w.dataset, w.household_ref, t.family, t.linked_by
          FROM written_in AS w JOIN household_text AS t USING (household)
          WHERE is_family_record
        )
        JOIN family_key ON text = family"""
    )


def _find_deaths_and_moves(con: Connection) -> None:
    """Fill `death` and `move` from the typed rows of H3 and C2; empty where a home has no such rows."""
    con.execute("CREATE OR REPLACE TEMP TABLE death (person_id VARCHAR, died_on DATE)")
    con.execute("CREATE OR REPLACE TEMP TABLE move (person_id VARCHAR, moved_out_on DATE)")
    at_row = "JOIN identified AS i ON i.source_file_id = e.source_file_id AND i.source_row_no = e.source_row_no"
    reported = []
    if table_exists(con, "clean_records", "dinkes_kematian"):
        reported.append(f"SELECT i.person_id, e.died_on FROM clean_records.dinkes_kematian AS e {at_row}")
    if table_exists(con, "clean_records", "dukcapil_mutasi"):
        reported.append(
            "SELECT i.person_id, e.event_on AS died_on "
            f"FROM clean_records.dukcapil_mutasi AS e {at_row} WHERE e.mutation = 'MATI'"
        )
        # Out of the kabupaten: its code is known and another one (a move with no destination says nothing), and the
        # person has not come back since.
        con.execute(
            f"""INSERT INTO move
            SELECT person_id, max(event_on) FILTER (moved_out) AS moved_out_on
            FROM (
              SELECT i.person_id, e.event_on, e.mutation,
                     e.mutation = 'PINDAH' AND lpad(e.dest_prov::VARCHAR, 2, '0') || '.'
                       || lpad(e.dest_kab::VARCHAR, 2, '0') <> i.kab_code AS moved_out
              FROM clean_records.dukcapil_mutasi AS e {at_row}
            )
            GROUP BY person_id
            HAVING moved_out_on >= coalesce(max(event_on) FILTER (mutation = 'DATANG'), moved_out_on)"""
        )
    if reported:
        con.execute(
            f"INSERT INTO death SELECT person_id, min(died_on) FROM ({' UNION ALL '.join(reported)}) GROUP BY person_id"
        )


def _texts(con: Connection, query: str) -> list[str]:
    return [str(text) for (text,) in rows(con, query)]


def _sql(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
