"""What was published before, as far as the next period needs it: `targeting.published_target`."""

from warehouse.database import Connection, literal, rows
from warehouse.publication import publications_in_line, rolled_back
from warehouse.settings import Home
from warehouse.tables import table
from warehouse.tables.filling import ensure

_TABLE = table("targeting.published_target")


def remember_published(con: Connection, home: Home) -> None:
    """Bring `targeting.published_target` up to the publications that stand: of each period its newest one.

    Those that were rolled back are forgotten, so that a period speaks again as it did before them. What is remembered
    otherwise stays when its publication is removed. A publication whose run was killed before this was called is found
    by the next.
    """
    ensure(con, _TABLE)
    if withdrawn := ", ".join(map(literal, sorted(rolled_back(home)))):
        con.execute(f"DELETE FROM {_TABLE.full_name} WHERE version IN ({withdrawn})")
    known = {str(version) for (version,) in rows(con, f"SELECT DISTINCT version FROM {_TABLE.full_name}")}
    newest = {one.facts["period"]: one for one in reversed(publications_in_line(home))}
    for period, one in newest.items():
        if one.version in known:
            continue
        source = f"""(SELECT {literal(one.version)} AS version, coalesce(person_id, family_id) AS entity_id, *
            FROM read_parquet({literal(one.folder / "targeting.parquet")}))"""
        con.begin()
        con.execute(f"DELETE FROM {_TABLE.full_name} WHERE period = ?", [period])
        con.execute(f"INSERT INTO {_TABLE.full_name} {_TABLE.select(source)}")
        con.commit()


def published_before(con: Connection, period: str) -> list[str]:
    """Give the versions remembered of the periods before one: what a later period compares itself with."""
    found = rows(con, f"SELECT DISTINCT version FROM {_TABLE.full_name} WHERE period < ? ORDER BY version", [period])
    return [str(version) for (version,) in found]
