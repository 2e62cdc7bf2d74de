"""Which months a night speaks of: the newest one, those that a late delivery changed, and those that must wait."""

from integration.periods.due import Due, asked, failed_before, months_due, remember_outcome
from integration.periods.early import Early, clock_trouble, early_deliveries, newest_month_day
from integration.periods.withdrawal import withdraw_early

__all__ = [
    "Due",
    "Early",
    "asked",
    "clock_trouble",
    "early_deliveries",
    "failed_before",
    "months_due",
    "newest_month_day",
    "remember_outcome",
    "withdraw_early",
]
