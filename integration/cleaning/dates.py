"""Dates as offices write them: ISO, day first, American, with month names, and Excel's serial numbers."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from integration.cleaning.null_tokens import is_null_token


def _read_months() -> dict[str, int]:
    with Path(__file__).with_name("months.csv").open(encoding="utf-8", newline="") as lines:
        return {row["written"]: int(row["month"]) for row in csv.DictReader(lines)}


MONTHS = _read_months()
"""Indonesian and English month names and abbreviations (casefolded) → 1 to 12; `months.csv`."""

EARLIEST_YEAR = 1850
LATEST_YEAR = 2199
"""Outside these years a text is unreadable, not a date: nobody alive was born then."""


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """What a date cell says.

    `day_first` is the date when day precedes month, or when the text leaves no choice (ISO, month name, serial);
    `month_first` is the date when the same digits are read as MM/DD, null where that is no date or no choice. A caller
    takes `day_first`, unless the column's unambiguous dates are MM/DD (contracts §0). `two_digit_year`: the century was
    inferred. `says_none`: the cell says in so many words that there is no date (`0000-00-00`, `01/01/1900`, a null
    token), which is not the same as a text nobody can read.
    """

    day_first: date | None = None
    month_first: date | None = None
    two_digit_year: bool = False
    says_none: bool = False

    @property
    def ambiguous(self) -> bool:
        """Both readings are dates, and different ones."""
        return self.day_first is not None and self.month_first is not None and self.day_first != self.month_first


_NO_DATE = WrittenDate(says_none=True)
_TIME = r"(?:[T ]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII | re.IGNORECASE)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}", re.ASCII | re.IGNORECASE)
_DAY_NAMED_MONTH = re.compile(rf"(\d{{1,2}})[-/. ]*([a-z]+)[-/., ]*(\d{{4}}|\d{{2}}){_TIME}", re.ASCII | re.IGNORECASE)
_NAMED_MONTH_DAY = re.compile(r"([a-z]+)[-/. ]*(\d{1,2})(?:[-/., ]+)(\d{4})", re.ASCII | re.IGNORECASE)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_ZERO = re.compile(r"[0\-/. :]+", re.ASCII)
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_SERIALS = range(20000, 60001)
"""1954-10-03 to 2064-04-08 (contracts §0)."""


def read_date(written: str, snapshot_year: int) -> WrittenDate | None:
    """Read a date cell; None when no rule reads it.

    `snapshot_year` decides two-digit years: up to its last two digits they are 20yy, else 19yy. Whether a date is
    plausible (a birth after the snapshot, a visit in the future) is for the column's rule to say, not for this one.
    Source of the forms: contracts §0 "dates".
    """
    if is_null_token(written):
        return _NO_DATE
    text = " ".join(unicodedata.normalize("NFKC", written).split())
    if _ZERO.fullmatch(text):
        return _NO_DATE
    if found := _YEAR_FIRST.fullmatch(text):
        return _fixed(int(found[1]), int(found[3]), int(found[4]))
    if found := _YEAR_LAST.fullmatch(text):
        return _either_order(int(found[1]), int(found[3]), found[4], snapshot_year)
    if (found := _DAY_NAMED_MONTH.fullmatch(text)) and found[2].casefold() in MONTHS:
        year = _full_year(found[3], snapshot_year)
        return _fixed(year, MONTHS[found[2].casefold()], int(found[1]), two_digit_year=len(found[3]) == 2)
    if (found := _NAMED_MONTH_DAY.fullmatch(text)) and found[1].casefold() in MONTHS:
        return _fixed(int(found[3]), MONTHS[found[1].casefold()], int(found[2]))
    if (found := _SERIAL.fullmatch(text)) and int(found[1]) in _EXCEL_SERIALS:
        return WrittenDate(_EXCEL_DAY_ZERO + timedelta(days=int(found[1])))
    return None


def _fixed(year: int, month: int, day: int, *, two_digit_year: bool = False) -> WrittenDate | None:
    if _means_no_date(year, month, day):
        return _NO_DATE
    found = _date(year, month, day)
    return None if found is None else WrittenDate(found, None, two_digit_year)


def _either_order(first: int, second: int, year_digits: str, snapshot_year: int) -> WrittenDate | None:
    year = _full_year(year_digits, snapshot_year)
    two_digit_year = len(year_digits) == 2
    if not two_digit_year and _means_no_date(year, second, first):
        return _NO_DATE
    day_first = _date(year, second, first)
    month_first = _date(year, first, second)
    if day_first is None and month_first is None:
        return None
    return WrittenDate(day_first, month_first, two_digit_year)


def _full_year(digits: str, snapshot_year: int) -> int:
    if len(digits) == 4:
        return int(digits)
    century = snapshot_year - snapshot_year % 100
    return int(digits) + (century if int(digits) <= snapshot_year % 100 else century - 100)


def _means_no_date(year: int, month: int, day: int) -> bool:
    """Zero dates of databases, and day 0 or 1 of January 1900, as which spreadsheets show an empty number."""
    return (year == 0 and month == 0 and day == 0) or (year == 1900 and month <= 1 and day <= 1)


def _date(year: int, month: int, day: int) -> date | None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
