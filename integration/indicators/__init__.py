"""The indicators of the monthly report, whom each programme reaches, and what of it is hidden from whom."""

from integration.indicators.build import build_indicators
from integration.indicators.indicators import Indicator, Indicators, Target, load_indicators
from integration.indicators.programme_reach import build_programme_reach
from integration.indicators.programmes import Programme, load_programmes
from integration.indicators.report_month import build_report_month
from integration.indicators.village_sanitation import build_village_sanitation

__all__ = [
    "Indicator",
    "Indicators",
    "Programme",
    "Target",
    "build_indicators",
    "build_programme_reach",
    "build_report_month",
    "build_village_sanitation",
    "load_indicators",
    "load_programmes",
]
