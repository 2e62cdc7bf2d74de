"""The clock of the people a home serves: that of Jakarta, whatever zone the machine is in."""

import datetime as dt
from zoneinfo import ZoneInfo

TIME_ZONE = "Asia/Jakarta"
WIB = ZoneInfo(TIME_ZONE)
"""Waktu Indonesia Barat; a day, a month's end and the hour of a schedule are meant in it."""


def today() -> dt.date:
    """Give the day it is in Jakarta."""
    return dt.datetime.now(WIB).date()
