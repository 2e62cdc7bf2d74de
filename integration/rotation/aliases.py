"""How a home goes on after a rotation: the ids that it remembers become those of today, once."""

from pathlib import Path

from integration.persons.kinds import FAMILY, PERSON
from integration.persons.lasting_ids import Kind, ensure_memory
from integration.rotation.mappings import ALIASES, write_aliases
from warehouse.database import Connection, count
from warehouse.settings import Home
from warehouse.tables import table
from warehouse.tables.filling import ensure, fill

_MACROS = Path(__file__).parents[1] / "persons" / "macros.sql"
_TARGET_ALIAS = table("targeting.target_alias")
_PUBLISHED_TARGET = table("targeting.published_target")


def rename_persons(con: Connection, home: Home) -> int:
    """Give the persons and families that the home remembers their ids of today; give how many were renamed.

    To be called before `build_persons`. The old ids stay known as aliases, like those of people who merged: lists of
    before, erasures and the period before are found by them. Doing it again changes nothing.
    """
    if not write_aliases(con, home):
        return 0
    con.execute(_MACROS.read_text(encoding="utf-8"))
    renamed = 0
    con.begin()
    try:
        for kind in (PERSON, FAMILY):
            ensure_memory(con, kind)
            renamed += count(
                con,
                f"SELECT count(DISTINCT {kind.name}_id) FROM persons.{kind.name}_anchor "
                f"SEMI JOIN {ALIASES} ON old_id = {kind.name}_id",
            )
            _rename(con, kind)
    except BaseException:
        con.rollback()
        raise
    con.commit()
    return renamed


def fill_target_aliases(con: Connection, home: Home) -> None:
    """Make `targeting.target_alias` anew: every target id of before a rotation, and the one of today."""
    write_aliases(con, home)
    fill(
        con,
        _TARGET_ALIAS,
        f"(SELECT old_id AS old_target_id, new_id AS target_id, rotated_at FROM {ALIASES} WHERE old_id[1] = 'T')",
    )


def follow_targets(con: Connection) -> None:
    """Give the targets that `targeting.published_target` remembers their ids of today."""
    ensure(con, _TARGET_ALIAS)
    ensure(con, _PUBLISHED_TARGET)
    con.execute(
        f"""UPDATE {_PUBLISHED_TARGET.full_name} AS t SET target_id = a.target_id
        FROM {_TARGET_ALIAS.full_name} AS a WHERE t.target_id = a.old_target_id"""
    )


def _rename(con: Connection, kind: Kind) -> None:
    columns = {
        "whole": (f"{kind.name}_id",),
        "anchor": (f"{kind.name}_id",),
        "history": (f"{kind.name}_id", f"other_{kind.name}_id"),
        "alias": (f"{kind.name}_id",),
    }
    for name, ids in columns.items():
        for column in ids:
            con.execute(
                f"UPDATE persons.{kind.name}_{name} AS t SET {column} = new_id FROM {ALIASES} WHERE t.{column} = old_id"
            )
    con.execute(
        f"""INSERT INTO persons.{kind.name}_alias
        SELECT old_id, new_id FROM {ALIASES}
        ANTI JOIN persons.{kind.name}_alias ON old_{kind.name}_id = old_id
        WHERE old_id[1] = '{kind.letter}'"""
    )
    if kind is FAMILY:
        # A family is known by the ids of its members.
        con.execute(
            f"""UPDATE persons.family_anchor AS t SET part = number_of(new_id)
            FROM {ALIASES} WHERE old_id[1] = '{PERSON.letter}' AND t.part = number_of(old_id)"""
        )
