"""Reading the retention rules, and saying exactly where they are wrong."""

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.declared_file import DeclaredFile
from warehouse.settings import Home

SHIPPED = Path(__file__).with_name("rules.yaml")
KINDS = ("raw_files", "raw_rows", "snapshots", "weekly_lists", "row_level", "aggregates", "access_log")
_BY_POLICY = "snapshots"
_TERMS = {"days", "months", "forever", "by_policy"}
_LONGEST = 1_200


@dataclass(frozen=True)
class Rule:
    """How long one kind of data is kept: `days` or `months`, for ever where both are None (or as the policy says)."""

    kind: str
    label: str
    meaning: str
    counted_from: str
    days: int | None = None
    months: int | None = None
    by_policy: bool = False

    @property
    def term(self) -> str:
        """The term in words."""
        if self.days is not None:
            return f"{self.days:,} days"
        if self.months is not None:
            return f"{self.months:,} months"
        return "by the access policy" if self.by_policy else "for ever"

    def limit(self, day: dt.date) -> dt.date | None:
        """Give the day before which data of this kind are due on `day`; None where nothing is by its age."""
        if self.days is not None:
            return day - dt.timedelta(days=self.days)
        return _months_before(day, self.months) if self.months is not None else None


@dataclass(frozen=True)
class Retention:
    """The rules of every kind of data."""

    version: str
    rules: Mapping[str, Rule]


def retention_in_force(home: Home) -> Retention:
    """Give the home's own rules where it has some, else the shipped ones; raises `DeclarationError`."""
    own = home.path / "retention.yaml"
    return load_retention(own if own.exists() else SHIPPED)


def load_retention(path: Path = SHIPPED) -> Retention:
    """Read and check a file of rules: every kind has one rule, and each says one term."""
    reader = DeclaredFile(f"The retention rules {path.name}")
    said = reader.keys("the rules", reader.read(path), {"version", "rules"})
    bodies = reader.keys("rules", said["rules"], set(KINDS))
    rules = {}
    for kind in KINDS:
        place = f"rules, {kind}"
        body = reader.keys(place, bodies[kind], {"label", "meaning", "counted_from"}, _TERMS)
        terms = sorted(_TERMS & set(body))
        if len(terms) != 1:
            raise reader.error(place, f"{', '.join(terms) or 'no term'} was found; it must be one of {sorted(_TERMS)}")
        if (terms == ["by_policy"]) != (kind == _BY_POLICY):
            raise reader.error(place, f"{terms[0]} was found; {_BY_POLICY}, and only they, are kept by_policy")
        if terms[0] in ("forever", "by_policy") and body[terms[0]] is not True:
            raise reader.error(f"{place}, {terms[0]}", f"{body[terms[0]]!r} was found; it must be true")
        rules[kind] = Rule(
            kind=kind,
            label=reader.text(place, body["label"]),
            meaning=reader.text(place, body["meaning"]).strip(),
            counted_from=str(body["counted_from"]),
            days=reader.whole_number(place, body["days"], 1, 36_500) if "days" in body else None,
            months=reader.whole_number(place, body["months"], 1, _LONGEST) if "months" in body else None,
            by_policy="by_policy" in body,
        )
    return Retention(str(said["version"]), rules)


def _months_before(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))
