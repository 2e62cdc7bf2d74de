"""The monthly report: every indicator of every kabupaten, kecamatan and village."""

import datetime as dt
from collections import defaultdict
from pathlib import Path
from string import Template

import pyarrow as pa

from integration.indicators.counting import count_by_region, rolled_up
from integration.indicators.facts import create_facts, create_regions
from integration.indicators.indicators import INDICATORS, NO_SOURCE, WINDOWS, Indicator, Indicators, load_indicators
from integration.indicators.suppression import Cell, as_table, hidden_cells, joined
from warehouse.database import Connection, literal, rows
from warehouse.progress import Say, silent
from warehouse.tables import table
from warehouse.tables.filling import fill

FULL = table("targeting.report_month_full")
PUBLIC = table("targeting.report_month")
_REPORT = Path(__file__).with_name("report_month.sql")
_COUNTS = """
SELECT indicator_code, region_code, parent_code, coalesce(numerator, 0), coalesce(denominator, 0), concerned
FROM report_cell
"""
_WITHHELD = ("numerator", "denominator", "value", "coverage")


def build_report_month(
    con: Connection,
    *,
    period: str,
    period_end: dt.date,
    indicators: Path = INDICATORS,
    say: Say = silent,
) -> None:
    """Create `targeting.report_month_full`, for the health agency, and `targeting.report_month`, for everybody else.

    `period` is `YYYY-MM` or `YYYY-Www` and `period_end` its reference day; windows of deaths end with its month. Reads
    `targeting.targeting`, `family_status`, `mortality_event`, `live_births`, `agency_extracts.delivery` and
    `clean_records.region`. Both tables have a row for every indicator and every region of the kabupaten that have a
    target. A null value is unknown, hidden (`suppressed`) or without a source. In the full table `suppressed` says what
    is hidden in the other. Raises `DeclarationError` where the file of indicators is wrong. Source: contracts §6.4.
    """
    declared = load_indicators(indicators)
    month = f"{period_end:%Y-%m}"
    create_regions(con)
    create_facts(con, month)
    _count(con, declared)
    names = {"period": literal(period), "month": literal(month), "low_coverage": f"{declared.low_coverage:g}"}
    con.execute(Template(_REPORT.read_text(encoding="utf-8")).substitute(names))
    hidden = _hidden(con, declared)
    con.register("hidden_given", hidden)
    shown = ", ".join(f"CASE WHEN NOT suppressed THEN {name} END AS {name}" for name in _WITHHELD)
    marked = """SELECT c.*, h.code IS NOT NULL AS suppressed
        FROM report_cell AS c
        LEFT JOIN hidden_given AS h ON h.code = c.indicator_code AND h.region_code = c.region_code"""
    fill(con, FULL, f"({marked})")
    fill(con, PUBLIC, f"(SELECT * REPLACE ({shown}) FROM {FULL.full_name})")
    con.unregister("hidden_given")
    con.execute("DROP TABLE report_cell; DROP TABLE indicator; DROP TABLE indicator_count; DROP TABLE birth_count")
    say(f"report: {len(declared.indicators)} indicators; {hidden.num_rows:,} numbers hidden")


def _count(con: Connection, declared: Indicators) -> None:
    _list_indicators(con, declared.indicators)
    con.execute("CREATE OR REPLACE TEMP TABLE indicator_count "
                "(code VARCHAR, region_code VARCHAR, concerned BIGINT, known BIGINT, counted BIGINT)")  # fmt: skip
    of_subject: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for one in declared.indicators:
        if one.subject is not None:
            of_subject[one.subject][one.code] = {
                "concerned": one.among,
                "known": f"{one.among} AND {one.counts} IS NOT NULL",
                "counted": f"{one.among} AND {one.counts}",
            }
    for subject, measures in of_subject.items():
        count_by_region(con, "indicator_count", subject, measures)
    windows = ", ".join(f"({literal(window)})" for window in WINDOWS)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE birth_count AS
        WITH born AS (
            SELECT w.time_window, b.*
            FROM counted_births AS b
            JOIN (VALUES {windows}) AS w (time_window) ON in_window(b.period, w.time_window)
        )
        {rolled_up("born", "time_window", {"live_births": "live_births"})}
    """)


def _list_indicators(con: Connection, indicators: tuple[Indicator, ...]) -> None:
    listed = {
        "code": [one.code for one in indicators],
        "name": [one.name for one in indicators],
        "unit": [one.unit for one in indicators],
        "factor": pa.array([one.factor for one in indicators], pa.float64()),
        "has_source": [one.subject is not None for one in indicators],
        "time_window": pa.array([one.window for one in indicators], pa.string()),
        "is_rate": [one.window is not None and one.unit != "count" for one in indicators],
        "note": pa.array([one.limits if one.subject else NO_SOURCE for one in indicators], pa.string()),
    }
    con.register("indicators_given", pa.table(listed))
    con.execute("CREATE OR REPLACE TEMP TABLE indicator AS FROM indicators_given")
    con.unregister("indicators_given")


def _hidden(con: Connection, declared: Indicators) -> pa.Table:
    """Give `code` and `region_code` of every number that is hidden outside the health agency."""
    goes_with = {one.code: one.hidden_with or one.code for one in declared.indicators if one.hides}
    shares = {one.code for one in declared.indicators if one.unit == "percent"}
    cells: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
    for code, region, parent, numerator, denominator, concerned in rows(con, _COUNTS):
        if code in goes_with:
            rest = (denominator - numerator, concerned) if code in shares else ()
            cells[code][region] = Cell(parent, (numerator, denominator, *rest))
    together = joined(cells, goes_with)
    hidden: dict[str, set[str]] = {}
    for one in sorted(declared.indicators, key=lambda one: one.within is not None):
        if one.code in together:
            also = hidden.get(one.within or "", ())
            hidden[one.code] = hidden_cells(together[one.code], declared.hidden_below, also)
    return as_table((code, region) for code, leader in goes_with.items() for region in sorted(hidden[leader]))
