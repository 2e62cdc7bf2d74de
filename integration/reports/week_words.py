"""The words and columns of the weekly pack, read from `week.yaml`."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from integration.rules.facts import AGENCIES
from warehouse.errors import DeclarationError
from warehouse.tables import table
from warehouse.yaml_file import read_yaml

_FILE = Path(__file__).with_name("week.yaml")


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
    """What one agency's workbook shows, a line `per` target or family, for a recipient of the access policy."""

    per: str
    recipient: str
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
    village_recipient: str
    village: tuple[str, ...]
    agencies: Mapping[str, AgencyList]

    def list_columns(self, names: tuple[str, ...], granted: Collection[str]) -> list[ListColumn]:
        """Give the columns of these names that read nothing but what is granted."""
        return [self.columns[name] for name in names if self.columns[name].reads <= set(granted)]


@cache
def week_words(path: Path = _FILE) -> WeekWords:
    """Read the words, once; `DeclarationError` for a list of an agency or a column that nobody knows."""
    said: dict[str, Any] = read_yaml(path)
    said |= {name: tuple(said[name]) for name in ("first_page", "village")}
    said["columns"] = {name: ListColumn(**one) for name, one in said["columns"].items()}
    said["agencies"] = {
        name: AgencyList(one["per"], one["recipient"], tuple(one["columns"])) for name, one in said["agencies"].items()
    }
    found = WeekWords(**said)
    if set(found.agencies) != set(AGENCIES):
        raise DeclarationError(f"{path.name}, agencies: {', '.join(found.agencies)}; wanted are {', '.join(AGENCIES)}.")
    for name, shown in {"village": found.village, **{n: one.columns for n, one in found.agencies.items()}}.items():
        if unknown := [column for column in shown if column not in found.columns]:
            raise DeclarationError(f"{path.name}, {name}: the columns {unknown} are not among `columns`.")
    return found
