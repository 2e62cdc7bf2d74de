"""Which families are to be judged anew: those that rest on something else than when the tables were made.

What a family rests on is compared by content, as a number that stands beside the rows and is written with them.
Whatever happened in between (a night that was killed, a rollback, a home that was restored): rows whose number is
tonight's are the rows that tonight would give. A person without a family stands alone, in the same way.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integration.records.basis import basis_of, say_basis
from integration.records.person_record import PERSON_RECORD
from warehouse.database import Connection, count, rows, value

_BEFORE = "targeting.rests_on"
"""What every family, and every person without one, rested on when their rows were made; like them, of one basis."""
_NOW = "rests_on_now"
"""The same as of tonight: a temporary table."""
_NUMBERS = (Path(__file__).parent / "families" / "rests_on.sql").read_text(encoding="utf-8")
_MOST = 0.3
"""The share of families touched above which everybody is judged: at 0.4 an eighth is saved, at 0.5 nothing."""

# Who was erased is touched, so that their rows are left out, and counted, each time.
_TOUCHED = f"""
CREATE OR REPLACE TEMP TABLE touched AS
SELECT unit
FROM {_NOW} FULL JOIN {_BEFORE} AS before USING (unit)
WHERE {_NOW}.number IS DISTINCT FROM before.number
UNION
SELECT coalesce(family_id, person_id) FROM persons.person WHERE person_id IN (SELECT person_id FROM erased_person)
"""
# In this order: the second asks the first. A row asks nothing of other families: the head of one is a member, and a
# mother counts where she is.
_OF_TOUCHED = {
    "person": "coalesce(family_id, person_id) IN (FROM touched)",
    "person_source": "person_id IN (SELECT person_id FROM part.persons.person)",
    "family": "family_id IN (FROM touched)",
    "family_source": "family_id IN (FROM touched)",
}


def basis(con: Connection, made_from: str | None) -> str | None:
    """Add to `made_from` what decides over the rows of every family: how rows are read, who delivers certificates.

    None where the records were made without saying from what.
    """
    of_records = basis_of(con, PERSON_RECORD.full_name)
    if made_from is None or of_records is None:
        return None
    with_certificates = rows(con, "FROM kabupaten_with_certificates ORDER BY kab_code")
    return hashlib.sha256(json.dumps([made_from, of_records, with_certificates]).encode()).hexdigest()


def find_touched(con: Connection, basis: str | None) -> bool:
    """Create the temporary tables `rests_on_now` and `touched`; say whether the rows of all others stand.

    They do not where the tables were made from another `basis`, or so much is touched that it does not pay.
    """
    if basis is None:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {_NOW} (unit VARCHAR, number HUGEINT)")
        return False
    con.execute(_NUMBERS)
    if basis_of(con, _BEFORE) != basis:
        return False
    con.execute(_TOUCHED)
    return count(con, "SELECT count(*) FROM touched") <= _MOST * count(con, f"SELECT count(*) FROM {_NOW}")


def remember(con: Connection, basis: str | None) -> None:
    """Keep what everybody rests on tonight, in the transaction that writes their rows."""
    con.execute(f"CREATE OR REPLACE TABLE {_BEFORE} AS FROM {_NOW}")
    say_basis(con, _BEFORE, basis)


@contextmanager
def persons_touched(con: Connection) -> Iterator[None]:
    """Let the tables of the stage `persons` be their rows of touched families, as long as this goes on.

    They stand in a database of their own, in memory, in which names are looked up first. The records are all there.
    """
    home = value(con, "SELECT current_database()")
    con.execute("ATTACH ':memory:' AS part")
    try:
        for schema in ("persons", "clean_records"):
            con.execute(f"CREATE SCHEMA part.{schema}")
        for name, condition in _OF_TOUCHED.items():
            con.execute(f"CREATE TABLE part.persons.{name} AS FROM persons.{name} WHERE {condition}")
        records = "FROM information_schema.tables WHERE table_catalog = ? AND table_schema = 'clean_records'"
        for (name,) in rows(con, f"SELECT table_name {records}", [home]):
            con.execute(f'CREATE VIEW part.clean_records.{name} AS FROM "{home}".clean_records.{name}')
        con.execute("USE part")
        yield
    finally:
        con.execute(f'USE "{home}"')
        con.execute("DETACH part")
