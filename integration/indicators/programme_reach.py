"""Which programme reaches whom, and whom it does not."""

import datetime as dt
from collections import defaultdict
from pathlib import Path

import pyarrow as pa

from integration.indicators.counting import count_by_region
from integration.indicators.facts import create_facts, create_regions
from integration.indicators.indicators import load_indicators
from integration.indicators.programmes import PROGRAMMES, Programme, load_programmes
from integration.indicators.suppression import Cell, as_table, hidden_cells, joined
from warehouse.database import Connection, literal, rows
from warehouse.progress import Say, silent
from warehouse.tables import table
from warehouse.tables.filling import fill

REACH = table("targeting.programme_reach")
_COUNTS = ("eligible", "reached", "excluded", "included", "unknown", "eligibility_unknown")
_OF_PEOPLE = 4
"""So many of them, the first, say something of people; the others say what the data do not."""


def build_programme_reach(
    con: Connection,
    *,
    period: str,
    period_end: dt.date,
    programmes: Path = PROGRAMMES,
    hidden_below: int | None = None,
    say: Say = silent,
) -> None:
    """Create `targeting.programme_reach`: per programme and region who is eligible and reached, and who is not.

    Counts families or people; `eligible` = `reached` + `excluded` + `unknown`. Small counts are hidden as in
    `targeting.report_month`, which must be there: what an indicator of the same people hides is hidden here too.
    `hidden_below` is that of the indicators where it is None. Raises `DeclarationError` where the file of programmes is
    wrong; its sources say where each rule is from.
    """
    declared = load_programmes(programmes)
    create_regions(con)
    create_facts(con, f"{period_end:%Y-%m}")
    con.execute("CREATE OR REPLACE TEMP TABLE reach_count (code VARCHAR, region_code VARCHAR, "
                + ", ".join(f"{name} BIGINT" for name in _COUNTS) + ")")  # fmt: skip
    of_subject: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for one in declared:
        of_subject[one.subject][one.code] = _measures(one)
    for subject, measures in of_subject.items():
        count_by_region(con, "reach_count", subject, measures)
    con.register("programme_given", _as_table(declared))
    shown = ", ".join(
        f"coalesce(n.{name}, 0) AS {name}" if name != "included"
        else "CASE WHEN g.speaks_of_others THEN coalesce(n.included, 0) END AS included"
        for name in _COUNTS
    )  # fmt: skip
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE reach_cell AS
        SELECT {literal(period)} AS period, r.region_level, r.code AS region_code, r.name AS region_name,
            r.parent_code, g.code AS programme, g.agency AS agency, {shown}, g.note AS source_note
        FROM counted_region AS r
        CROSS JOIN programme_given AS g
        LEFT JOIN reach_count AS n ON n.code = g.code AND n.region_code = r.code
    """)
    con.unregister("programme_given")
    below = load_indicators().hidden_below if hidden_below is None else hidden_below
    con.register("hidden_given", _hidden(con, declared, below))
    kept = ", ".join(f"CASE WHEN h.code IS NULL THEN {name} END AS {name}" for name in _COUNTS)
    fill(con, REACH, f"""(
        SELECT c.* REPLACE ({kept}), h.code IS NOT NULL AS suppressed
        FROM reach_cell AS c
        LEFT JOIN hidden_given AS h ON h.code = c.programme AND h.region_code = c.region_code
    )""")  # fmt: skip
    con.unregister("hidden_given")
    con.execute("DROP TABLE reach_cell; DROP TABLE reach_count")
    say(f"programmes: whom {len(declared)} programmes reach")


def _measures(one: Programme) -> dict[str, str]:
    return {
        "eligible": one.eligible,
        "reached": f"{one.eligible} AND {one.reached}",
        "excluded": f"{one.eligible} AND NOT {one.reached}",
        "included": f"NOT {one.eligible} AND {one.reached}",
        "unknown": f"{one.eligible} AND {one.reached} IS NULL",
        "eligibility_unknown": f"{one.eligible} IS NULL",
    }


def _as_table(programmes: tuple[Programme, ...]) -> pa.Table:
    notes = [
        "; ".join(filter(None, (None if one.verified else "syarat belum diverifikasi", one.limits)))
        for one in programmes
    ]  # fmt: skip
    return pa.table(
        {
            "code": [one.code for one in programmes],
            "agency": [one.agency for one in programmes],
            "speaks_of_others": [one.speaks_of_others for one in programmes],
            "note": pa.array([note or None for note in notes], pa.string()),
        }
    )


def _hidden(con: Connection, programmes: tuple[Programme, ...], below: int) -> pa.Table:
    """Give `code` and `region_code` of every row that is hidden."""
    goes_with = {one.code: one.hidden_with or one.code for one in programmes}
    of_people = ", ".join(f"coalesce({name}, 0)" for name in _COUNTS[:_OF_PEOPLE])
    cells: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
    query = f"SELECT programme, region_code, parent_code, {of_people} FROM reach_cell"
    for code, region, parent, *counts in rows(con, query):
        cells[code][region] = Cell(parent, tuple(counts))
    elsewhere: defaultdict[str, set[str]] = defaultdict(set)
    if below > 1:
        for one in programmes:
            elsewhere[goes_with[one.code]] |= _hidden_in_report(con, one.within)
    hidden = {
        leader: hidden_cells(regions, below, elsewhere[leader]) for leader, regions in joined(cells, goes_with).items()
    }
    return as_table((code, region) for code, leader in goes_with.items() for region in sorted(hidden[leader]))


def _hidden_in_report(con: Connection, indicators: tuple[str, ...]) -> set[str]:
    query = "SELECT region_code FROM targeting.report_month WHERE suppressed AND list_contains(?, indicator_code)"
    return {region for (region,) in rows(con, query, [list(indicators)])} if indicators else set()
