"""The working data of a home, seen from a database in memory: targets can be computed anew, the home stays as it is."""

import calendar
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from integration.contracts import contracts
from integration.records.in_force import newest_day
from integration.rules import Rules
from integration.targeting import build_targeting
from warehouse.database import Connection, home_error, in_memory, literal, reader, rows, table_exists
from warehouse.errors import HomeError
from warehouse.keys import fresh_key, key_ring
from warehouse.progress import Say, silent
from warehouse.settings import Home

_READ = ("agency_extracts", "clean_records", "persons")
"""The stages that the targets are made of."""
_REMEMBERED = "targeting.published_target"
"""What was published before, from which the change of tier follows."""

_KIN = """
CREATE TEMP TABLE kin AS
WITH member AS (
    SELECT person_id, mother_person_id FROM home.persons.person WHERE family_id = $family OR person_id = $person
)
SELECT person_id FROM member
UNION SELECT mother_person_id FROM member WHERE mother_person_id IS NOT NULL
UNION SELECT person_id FROM home.persons.person WHERE mother_person_id IN (SELECT person_id FROM member)
"""
_KIN_FAMILY = """
CREATE TEMP TABLE kin_family AS
SELECT DISTINCT family_id FROM home.persons.person WHERE person_id IN (FROM kin) AND family_id IS NOT NULL
UNION SELECT $family WHERE $family IS NOT NULL
"""
# In this order: the later ones ask the earlier.
_OF_KIN = {
    "persons.person": "person_id IN (FROM kin)",
    "persons.person_source": "person_id IN (FROM kin)",
    "persons.family": "family_id IN (FROM kin_family)",
    "persons.family_source": "family_id IN (FROM kin_family)",
    "clean_records.person_record": """record_id IN (SELECT record_id FROM persons.person_source)
        OR (dataset, household_ref) IN (SELECT (dataset, household_ref) FROM persons.family_source)""",
    **{
        contract.typed_table: f"""(source_file, source_row_no) IN (
            SELECT (source_file, source_row_no) FROM clean_records.person_record WHERE dataset = '{dataset}')"""
        for dataset, contract in contracts().items()
    },
}


@contextmanager
def beside(home: Home) -> Iterator[Connection]:
    """Open a database in memory with the home's own attached read-only as `home`, and views of what targets need.

    Raises `HomeError` for a home that was never filled or has no persons yet, and `HomeBusy` while a run writes to it.
    """
    with reader(home) as connection:  # says in a sentence what is wrong with a home
        if not table_exists(connection, "persons", "person"):
            raise HomeError(
                f"The home {home.path} holds no persons yet, of whom the targets are made. "
                f"Run `./padan run --home {home.path}` first, or name another home with --home."
            )
    with in_memory() as con:
        try:
            con.execute(f"ATTACH {literal(home.database)} AS home (READ_ONLY)")
        except duckdb.Error as error:
            raise home_error(home, error) from error
        for schema in (*_READ, "targeting"):
            con.execute(f"CREATE SCHEMA {schema}")
        for name in _tables(con, _READ):
            con.execute(f"CREATE VIEW {name} AS FROM home.{name}")
        if _REMEMBERED in _tables(con, ("targeting",)):
            con.execute(f"CREATE TABLE {_REMEMBERED} AS FROM home.{_REMEMBERED}")
        yield con


def keep_kin(con: Connection, family_id: str | None, person_id: str | None) -> None:
    """Narrow what `beside` gave to one family or person and their kin: all that a row of theirs can depend on.

    Kin are the members, their mothers and their children, each with all rows about them.
    """
    named = {"family": family_id, "person": person_id}
    con.execute(_KIN, named)
    con.execute(_KIN_FAMILY, {"family": family_id})
    there = _tables(con, _READ)
    for name, condition in _OF_KIN.items():
        if name in there:
            con.execute(f"CREATE TEMP TABLE narrowed AS FROM home.{name} WHERE {condition}")
            con.execute(f"DROP VIEW {name}")
            con.execute(f"CREATE TABLE {name} AS FROM narrowed")
            con.execute("DROP TABLE narrowed")


def period_of(con: Connection) -> tuple[str, dt.date]:
    """Give the period and the last day that the home's targets speak of; without any, the newest delivery's month.

    Raises `HomeError` when the home has neither.
    """
    if "targeting.targeting" in _tables(con, ("targeting",)):
        found = rows(con, "SELECT DISTINCT period, period_end FROM home.targeting.targeting ORDER BY 2 DESC LIMIT 1")
        if found:
            return found[0]
    day = newest_day(con)
    if day is None:
        raise HomeError("No delivery is in force in this home, so that there is no month to speak of.")
    return f"{day:%Y-%m}", day.replace(day=calendar.monthrange(day.year, day.month)[1])


def compute_targets(
    con: Connection, home: Home, rules: Rules, period: str, period_end: dt.date, say: Say = silent
) -> None:
    """Compute `targeting.targeting` in memory by `rules`; the build's table `JUDGED` stays with every fact.

    Target ids are those of the home where it has a key for them; a key is never made. Raises `HomeError` when the home
    was filled by a version that kept other tables.
    """
    has_key = (home.keys / "target.key").is_file()
    try:
        build_targeting(
            con,
            period=period,
            period_end=period_end,
            target_key=key_ring(home, "target") if has_key else fresh_key(),
            run_id="computed anew",
            rules=rules,
            keep_judged=True,
            say=say,
        )
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise HomeError(
            f"The working data of the home {home.path} are of another version of Padan, which kept other tables. "
            f"Run `./padan run --home {home.path}` on it once more; nothing is lost by it."
        ) from error


def _tables(con: Connection, schemas: tuple[str, ...]) -> set[str]:
    """Name the tables of the home in these schemas."""
    found = rows(con, "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'home'")
    return {f"{schema}.{name}" for schema, name in found if schema in schemas}
