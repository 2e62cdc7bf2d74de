"""Reports from a publication: the monthly report without names, and the weekly lists by name by address."""

from integration.reports.month import Written, write_month_report
from integration.reports.week import write_weekly_pack

__all__ = ["Written", "write_month_report", "write_weekly_pack"]
