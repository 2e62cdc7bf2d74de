"""All tables that count the targets."""

import datetime as dt

from integration.indicators.programme_reach import build_programme_reach
from integration.indicators.report_month import build_report_month
from integration.indicators.village_sanitation import build_village_sanitation
from warehouse.database import Connection
from warehouse.progress import Say, silent


def build_indicators(con: Connection, *, period: str, period_end: dt.date, say: Say = silent) -> None:
    """Create `targeting.report_month_full`, `report_month`, `programme_reach` and `village_sanitation`, in this order.

    See `build_report_month`, `build_programme_reach` and `build_village_sanitation` for what they read and raise.
    """
    build_report_month(con, period=period, period_end=period_end, say=say)
    build_programme_reach(con, period=period, period_end=period_end, say=say)
    build_village_sanitation(con, period=period, period_end=period_end)
