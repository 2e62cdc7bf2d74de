"""The words and columns of the weekly pack, read from `week.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from integration.rules.facts import AGENCIES
from warehouse.errors import DeclarationError
from warehouse.tables import table

_FILE = Path(__file__).with_name("week.yaml")
ORDER_OF_WORK = frozenset({"tier", "score", "gaps", "tier_reasons"})
"""Health by declaration, but needed to know whom to visit first and for what; reasons only where health is seen."""


@dataclass(frozen=True)
class ListColumn:
    """One column of a list: `shown` is SQL that gives a text."""

    label: str
    width: float
    shown: str

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the targeting table that it shows something of."""
        return frozenset(re.findall(r"[a-z_0-9]+", self.shown)) & frozenset(table("targeting.targeting").column_names)


@dataclass(frozen=True)
class AgencyList:
    """What one agency's workbook shows, a line `per` target or family."""

    per: str
    may_see: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class WeekWords:
    """Everything the weekly pack says beside its people."""

    title: str
    title_agency: str
    subtitle: str
    valid_days: int
    keep_days: int
    read_first: str
    unknown_kecamatan: str
    unknown_village: str
    no_targets: str
    masked: str
    unmasked: str
    exit_tier: str
    first_page: tuple[str, ...]
    compared: str
    not_compared: str
    holders_kecamatan: str
    holders_agency: str
    changes: Mapping[str, str]
    summary: Mapping[str, str]
    columns: Mapping[str, ListColumn]
    village: tuple[str, ...]
    agencies: Mapping[str, AgencyList]

    def list_columns(self, names: tuple[str, ...]) -> list[ListColumn]:
        """Give the columns of these names."""
        return [self.columns[name] for name in names]


@cache
def week_words(path: Path = _FILE) -> WeekWords:
    """Read the words, once; `DeclarationError` for a list that shows what its agency may not see."""
    said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    said |= {name: tuple(said[name]) for name in ("first_page", "village")}
    said["columns"] = {name: ListColumn(**one) for name, one in said["columns"].items()}
    said["agencies"] = {
        name: AgencyList(one["per"], tuple(one["may_see"]), tuple(one["columns"]))
        for name, one in said["agencies"].items()
    }
    found = WeekWords(**said)
    if set(found.agencies) != set(AGENCIES):
        raise DeclarationError(f"{path.name}, agencies: {', '.join(found.agencies)}; wanted are {', '.join(AGENCIES)}.")
    for name, one in found.agencies.items():
        _check_purpose(f"{path.name}, agencies, {name}", one, found.columns)
    return found


def _check_purpose(place: str, shown: AgencyList, columns: Mapping[str, ListColumn]) -> None:
    if unknown := [name for name in shown.columns if name not in columns]:
        raise DeclarationError(f"{place}: the columns {unknown} are not among `columns`.")
    privacy = {column.name: column.privacy for column in table("targeting.targeting").columns}
    order = ORDER_OF_WORK - ({"tier_reasons"} if "health" not in shown.may_see else set())
    for name in shown.columns:
        for read in sorted(columns[name].reads - order):
            if privacy[read] in ("health", "welfare") and not {read, privacy[read]} & set(shown.may_see):
                raise DeclarationError(
                    f"{place}: the column {name} shows {read}, which is of the kind {privacy[read]}; "
                    "take it out, or let the agency see it in `may_see`."
                )
