"""Which villages are free of open defecation."""

import datetime as dt

from integration.indicators.facts import create_facts, create_regions
from integration.indicators.indicators import load_indicators
from warehouse.database import Connection, literal
from warehouse.tables import table
from warehouse.tables.filling import fill

SANITATION = table("targeting.village_sanitation")
_OPEN_DEFECATION = "'I19b', 'I19c'"
"""The indicators of the same families."""

_WITHHELD = ("families", "known", "open", "closed")


def build_village_sanitation(con: Connection, *, period: str, period_end: dt.date) -> None:
    """Create `targeting.village_sanitation`: open defecation in each village, and whether it is free of it.

    Counts families; `odf` is null unless every family is known, or one is known to defecate in the open. Counts are
    hidden where `targeting.report_month`, which must be there, hides those of the same families, and where there are
    too few families. Source: STBM (PMK 3/2014), domain §2.8.
    """
    create_regions(con)
    create_facts(con, f"{period_end:%Y-%m}")
    shown = ", ".join(f"CASE WHEN NOT suppressed THEN {name} END AS {name}" for name in _WITHHELD)
    fill(
        con,
        SANITATION,
        f"""(
        WITH village AS (
            SELECT
                {literal(period)} AS period,
                *,
                families BETWEEN 1 AND {load_indicators().hidden_below - 1} OR village_code IN (
                    SELECT region_code
                    FROM targeting.report_month
                    WHERE indicator_code IN ({_OPEN_DEFECATION}) AND suppressed
                ) AS suppressed
            FROM counted_villages
        )
        SELECT * REPLACE ({shown}) FROM village
        )""",
    )
