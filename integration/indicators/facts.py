"""What can be counted, as views over the tables of the stage; `facts.sql` says where each fact comes from."""

from pathlib import Path
from string import Template

from integration.rules import load_rules
from warehouse.database import Connection, literal, rows

_FACTS = Path(__file__).with_name("facts.sql")
_REGIONS = """
CREATE OR REPLACE TEMP TABLE counted_region AS
SELECT
    CASE level WHEN 2 THEN 'kab' WHEN 3 THEN 'kec' ELSE 'desa' END AS region_level,
    code,
    name,
    CASE WHEN level > 2 THEN parent_code END AS parent_code,
    kab_code,
    kec_code
FROM clean_records.region
WHERE level BETWEEN 2 AND 4 AND kab_code IN (SELECT kab_code FROM targeting.targeting)
"""


def create_regions(con: Connection) -> None:
    """Create the temporary table `counted_region`: every kabupaten that has a target, its kecamatan and villages.

    Columns: `region_level` (kab, kec, desa), `code`, `name`, `parent_code` (null for kab), `kab_code`, `kec_code`.
    """
    con.execute(_REGIONS)


def create_facts(con: Connection, month: str) -> None:
    """Create the temporary views `counted_balita`, `_ibu`, `_families`, `_villages`, `_deaths`, `_births`, `_reports`.

    `month` (`YYYY-MM`) is the month that windows end with. Needs `counted_region`, the tables that are counted, and
    `targeting.rule_statement`.
    """
    year, number = month.split("-")
    names = {"month": literal(month), "year_before": literal(f"{int(year) - 1}-{number}"), "gap_facts": _gap_facts(con)}
    con.execute(Template(_FACTS.read_text(encoding="utf-8")).substitute(names))


def _gap_facts(con: Connection) -> str:
    """Give a column for each gap that the declared files may name: those of the rules that come with Padan.

    Where the rules by which the targets were computed, a home's own, ask for no such gap, nobody knows whether it is
    open.
    """
    asked = {str(code) for (code,) in rows(con, "SELECT code FROM targeting.rule_statement WHERE kind = 'gap'")}
    return ",\n    ".join(
        f"{_gap_fact(literal(gap.code)) if gap.code in asked else 'NULL::BOOLEAN'} AS {gap.code.lower()}"
        for gap in load_rules().gaps
    )


def _gap_fact(code: str) -> str:
    opened, unknown = (f"list_contains({column}, {code})" for column in ("gaps", "gaps_unknown"))
    return f"CASE WHEN {opened} THEN true WHEN NOT {unknown} THEN false END"
