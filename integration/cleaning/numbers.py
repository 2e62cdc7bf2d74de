"""Numbers as clerks write them, and RT/RW numbers, which spreadsheets turn into dates."""

import csv
import math
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from integration.cleaning.dates import MONTHS
from integration.cleaning.null_tokens import is_null_token


def _read_units() -> dict[str, str]:
    with Path(__file__).with_name("units.csv").open(encoding="utf-8", newline="") as lines:
        return {row["written"]: row["unit"] for row in csv.DictReader(lines)}


UNITS = _read_units()
"""Written unit (lower case, without dots and blanks) → its name; `units.csv`."""

_QUANTITY = re.compile(r"(?P<number>[+-]?[\d.,]*\d[.,]?(?:e[+-]?\d{1,3})?)(?P<unit>[^\d.,].*)?", re.ASCII)
_BOTH_SEPARATORS = re.compile(r"(\d{1,3}(?:\.\d{3})+),\d+|(\d{1,3}(?:,\d{3})+)\.\d+", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:,\d{3}){2,}", re.ASCII)
_PLAIN = re.compile(r"(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and the unit written beside it (a name of `units.csv`, None when none was written)."""

    value: float
    unit: str | None


def read_quantity(written: str) -> Quantity | None:
    """Read a number with its unit; None for a null token and for anything that is not exactly one number.

    A decimal point and a decimal comma mean the same (contracts §0). Thousands separators are recognised by evidence
    only: both signs occur (`1.234,5`, `1,234.5`), or one occurs twice or more (`1.234.567`). A single sign is a decimal
    sign: `1.234` and `1,234` are both 1.234. The columns of the contracts are kilograms, centimetres, z-scores and
    small counts, where a decimal is what people mean; and where somebody wrote grams as `3.200`, reading 3.2 is what
    the column's own rule for kilograms and grams then puts right. No unit is ever guessed from a magnitude.
    """
    if is_null_token(written):
        return None
    text = unicodedata.normalize("NFKC", written).replace("−", "-").casefold()
    found = _QUANTITY.fullmatch("".join(text.split()))
    if found is None:
        return None
    unit = None
    if found["unit"]:
        unit = UNITS.get(found["unit"].rstrip(".").replace(".", ""))
        if unit is None:
            return None
    value = _value(found["number"])
    return None if value is None else Quantity(value, unit)


def read_number(written: str) -> float | None:
    """Read a number, its unit stripped; None where `read_quantity` gives None."""
    quantity = read_quantity(written)
    return None if quantity is None else quantity.value


def _value(number: str) -> float | None:
    sign = -1.0 if number[0] == "-" else 1.0
    digits = number.lstrip("+-")
    if _BOTH_SEPARATORS.fullmatch(digits):
        decimal = max(digits.rfind("."), digits.rfind(","))
        digits = digits[:decimal].replace(".", "").replace(",", "") + "." + digits[decimal + 1 :]
    elif _GROUPED.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", "")
    elif _PLAIN.fullmatch(digits):
        digits = digits.replace(",", ".")
    else:
        return None
    value = sign * float(digits)
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class RtRw:
    """What a cell of an RT or RW column holds: the column decides which of the two it is asked for.

    `rt` and `rw` are three digits, null where the cell does not say. A cell with one number gives it as both (`3` in a
    column RT is RT 003, in a column RW it is RW 003); a cell with two (`3/5`) gives each its own. `mangled` says that a
    spreadsheet turned `3/5` into a date: which of day and month was typed first depends on the clerk's settings, so
    neither is recovered, unless they are equal.
    """

    rt: str | None = None
    rw: str | None = None
    mangled: bool = False


_NUMBER = r"[ .:]*0*(\d{1,3})"
_ONE = re.compile(rf"(?:R[TW])?{_NUMBER}(?:\.0*)?", re.ASCII)
_TWO = re.compile(rf"(?:RT ?/? ?RW|RT)?{_NUMBER} ?(?:[/\-,.]|(?=RW))[ /]*(?:RW)?{_NUMBER}\.?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-(?P<month>\d\d)-(?P<day>\d\d)(?:[T ]00:00:00)?", re.ASCII)
_DAY_MONTH = re.compile(r"(?P<day>\d{1,2})[- ](?P<name>[A-Z]{3,9})(?:[- ]\d{2,4})?", re.ASCII)
_MONTH_DAY = re.compile(r"(?P<name>[A-Z]{3,9})[- ](?P<day>\d{1,2})", re.ASCII)


def read_rt_rw(written: str) -> RtRw:
    """Read a cell of an RT or RW column: `003`, `3`, `RT 3`, `3/5`, `RT 3 RW 5`; `0` and `000` are null.

    A date (`3-Jan`, `2026-01-03 00:00:00`) is a mangled pair, see `RtRw`. All null for anything else, null tokens
    included. Source: contracts H1 columns 15 and 16, domain §1.6 and §3.3.
    """
    if is_null_token(written):
        return RtRw()
    text = " ".join(unicodedata.normalize("NFKC", written).upper().split())
    if found := _ONE.fullmatch(text):
        number = _three_digits(found[1])
        return RtRw(number, number)
    if found := _ISO_DATE.fullmatch(text):
        return _mangled(int(found["day"]), int(found["month"]))
    if found := _TWO.fullmatch(text):
        return RtRw(_three_digits(found[1]), _three_digits(found[2]))
    found = _DAY_MONTH.fullmatch(text) or _MONTH_DAY.fullmatch(text)
    if found and found["name"].casefold() in MONTHS:
        return _mangled(int(found["day"]), MONTHS[found["name"].casefold()])
    return RtRw()


def _mangled(day: int, month: int) -> RtRw:
    both = _three_digits(str(day)) if day == month else None
    return RtRw(both, both, mangled=True)


def _three_digits(number: str) -> str | None:
    return number.zfill(3) if int(number) else None
