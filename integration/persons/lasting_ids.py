"""The same id tomorrow: what stood together last night keeps its id, and what merged or split is written down.

A *unit* is a person or a family of tonight; its *parts* are numbers that are the same tomorrow, no part is of two
units, and all of them together are its *whole*. The memory of each kind is four tables of the stage `persons`:
`<kind>_whole` (which id a whole had), `<kind>_anchor` (which ids a part ever held), `<kind>_history`, `<kind>_alias`.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from integration.persons.identifiers import Key, keyed_ids
from integration.persons.tables import ddl
from warehouse.database import Connection, arrow, count, literal, table_exists
from warehouse.tables import table

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Kind:
    """A kind of unit and the queries that describe tonight's: all of them name `unit`, a BIGINT."""

    name: str
    letter: str
    units: str
    """`unit, whole`: every unit."""
    parts: str
    """`unit, part, weight, how` for the units of `<name>_changed`: what each part counts when an id is claimed, and how
    it is linked, for the history. A part of weight 1 is a hint: not in the whole, perhaps of several units."""
    times: str
    """`part` once for each record that says it, where that counts: a part weighs as often as it is said."""
    texts: str
    """`unit, text` for the units of `<name>_nameless`: what a new id is made of; no text is two units'."""


def ensure_memory(con: Connection, kind: Kind) -> None:
    """Make the tables of the memory, empty, where they do not exist."""
    con.execute("CREATE SCHEMA IF NOT EXISTS persons")
    for name in ("whole", "anchor", "history", "alias"):
        if not table_exists(con, "persons", f"{kind.name}_{name}"):
            con.execute(ddl(table(f"persons.{kind.name}_{name}")))


def give_ids(con: Connection, kind: Kind, key: Key) -> None:
    """Fill `<kind>_key(unit, id)`: the id of every unit, none given twice.

    A whole that stood last night keeps its id. Of the others, one that stood on an earlier night gets the id it had
    then, unless somebody else has it now; else it gets the id that most of its weight held last, if that is free, or
    ever held; what is left gets a new id. Replaying a night therefore gives the ids of that night back, whatever
    happened in between. Nothing depends on the order of rows.
    """
    ensure_memory(con, kind)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {kind.name}_unit AS {kind.units}")
    _run(con, "claims.sql", kind=kind.name, parts=kind.parts, times=kind.times)
    while count(con, "SELECT count(*) FROM claim"):
        # A claim is granted when no better one is left to its unit or to its id.
        con.execute(
            """CREATE OR REPLACE TEMP TABLE granted AS
            SELECT unit, id FROM claim
            WHERE place IN (SELECT min(place) FROM claim GROUP BY unit)
              AND place IN (SELECT min(place) FROM claim GROUP BY id)"""
        )
        con.execute(f"INSERT INTO {kind.name}_key FROM granted")
        con.execute("DELETE FROM claim WHERE unit IN (SELECT unit FROM granted) OR id IN (SELECT id FROM granted)")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {kind.name}_nameless AS
        SELECT unit FROM {kind.name}_changed ANTI JOIN {kind.name}_key USING (unit)"""
    )
    _make_ids(con, kind, key)
    con.execute(f"INSERT INTO {kind.name}_key FROM {kind.name}_fresh")


def _make_ids(con: Connection, kind: Kind, key: Key) -> None:
    """Fill `<kind>_fresh(unit, id)` with ids that nobody ever had."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {kind.name}_fresh (unit BIGINT, id VARCHAR)")
    wanted = arrow(con, kind.texts)
    attempt = 1
    while wanted.num_rows:
        texts = [text if attempt == 1 else f"{text} {attempt}" for text in wanted.column("text").to_pylist()]
        made = pa.table({"unit": wanted.column("unit"), "id": keyed_ids(kind.letter, key, texts)})
        con.register("made", made)
        con.execute(
            f"""INSERT INTO {kind.name}_fresh
            SELECT unit, id FROM made ANTI JOIN persons.{kind.name}_anchor ON {kind.name}_id = id"""
        )
        con.unregister("made")
        # The id of a NIK may be somebody's who no longer has that NIK.
        wanted = arrow(con, f"FROM ({kind.texts}) ANTI JOIN {kind.name}_fresh USING (unit)")
        attempt += 1


def remember(con: Connection, kind: Kind, on: dt.date, run_id: str) -> None:
    """Write tonight's ids into the memory, and what became of yesterday's into history and aliases.

    The first night of a home is no event. To be called in the transaction that writes the persons themselves, so that a
    run that breaks off leaves both as they were.
    """
    if count(con, f"SELECT count(*) FROM persons.{kind.name}_whole"):
        _run(con, "events.sql", kind=kind.name)
    else:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {kind.name}_event (id TEXT, event TEXT, other_id TEXT, how TEXT)")
    _run(con, "remember.sql", kind=kind.name, on=f"DATE {literal(on)}", run_id=literal(run_id))


def _run(con: Connection, name: str, **said: str) -> None:
    con.execute((_FOLDER / name).read_text(encoding="utf-8").format(**said))
