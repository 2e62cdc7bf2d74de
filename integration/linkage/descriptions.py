"""Collapsing records into descriptions, and laying register persons and descriptions out in one shape."""

from pathlib import Path

from integration.linkage.scratch import drop
from warehouse.database import Connection, count

_FOLDER = Path(__file__).parent
_SMOOTHING = 2000.0
"""How many imagined people stand beside the register when the frequency of a value is reckoned; a register of ten
persons would otherwise call every name one in ten, and a name seen once in a million impossible."""


def describe(con: Connection) -> int:
    """Fill the temporary tables `record_entity`, `entity` and `entity_snapshot`; give the number of register persons.

    Reads `clean_records.person_record`. An entity is a register person or a description: all records of one dataset
    and role with the same identifying content. Entities are numbered by their content, so that nothing that follows
    depends on the order of the rows.
    """
    con.execute((_FOLDER / "descriptions.sql").read_text(encoding="utf-8"))
    size = count(con, "SELECT count(*) FROM described WHERE of_register")
    sql = (_FOLDER / "entities.sql").read_text(encoding="utf-8")
    con.execute(sql.format(register_size=float(size), smoothing=_SMOOTHING))
    drop(con, "mention_identity", "relatives", "token_shares", "token_count", "name_count", "date_count")
    return size
