"""Counting subjects in every region of a kabupaten, in one pass over each kind of subject."""

from collections.abc import Iterable, Mapping

from warehouse.database import Connection, literal


def count_by_region(con: Connection, into: str, subject: str, measures: Mapping[str, Mapping[str, str]]) -> None:
    """Append to the temporary table `into` what is counted of one subject, for every region of `counted_region`.

    `measures` names for each code the conditions to count by, the same names for every code: they become columns of
    `into`, after `code` and `region_code`. Subjects whose village (or kecamatan) is not known are counted in the
    regions above only. Regions without any subject have no row.
    """
    names = list(next(iter(measures.values())))
    counted = ",\n      ".join(
        "{'code': " + literal(code) + "".join(f", '{name}': count(*) FILTER ({by[name]})" for name in names) + "}"
        for code, by in measures.items()
    )
    con.execute(f"""
        INSERT INTO {into} BY NAME
        WITH
        of_village AS (
            SELECT kab_code, kec_code, village_code, unnest([
              {counted}
            ]) AS counted
            FROM counted_{subject}
            GROUP BY kab_code, kec_code, village_code
        )
        {rolled_up("of_village", "counted.code AS code", {name: f"counted.{name}" for name in names})}
    """)


def rolled_up(source: str, code: str, numbers: Mapping[str, str]) -> str:
    """Give the query that sums numbers of villages for every region; `code` is a column to keep apart by."""
    kept = code.split(" AS ")[0]
    sets = ", ".join(f"({kept}, {one})" for one in ("kab_code", "kec_code", "village_code"))
    return f"""
        SELECT
            {code},
            coalesce(kab_code, kec_code, village_code) AS region_code,
            {_list(f"sum({number}) AS {name}" for name, number in numbers.items())}
        FROM {source}
        GROUP BY GROUPING SETS ({sets})
        HAVING region_code IN (SELECT code FROM counted_region)
    """


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)
