"""The words of the monthly report, read from `month.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.yaml_file import read_yaml

_FILE = Path(__file__).with_name("month.yaml")


@dataclass(frozen=True)
class SheetWords:
    """What one sheet says, and which indicators or table it shows; `people` are counts that hide their row if small."""

    tab: str
    title: str
    note: str
    indicators: tuple[str, ...] = ()
    table: str | None = None
    people: tuple[str, ...] = ()
    level: str | None = None
    on_page: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """The note as the lines above the table."""
        return (self.note,) if self.note else ()


@dataclass(frozen=True)
class DeathGroup:
    """Kinds of death that sum up to a published number, and the indicators with which they are hidden or unknown."""

    kinds: tuple[str, ...]
    this_month: tuple[str, ...]
    twelve_months: tuple[str, ...]


@dataclass(frozen=True)
class MonthWords:
    """Everything the monthly report says beside its numbers."""

    title: str
    file: str
    addressees: tuple[str, ...]
    facts: Mapping[str, str]
    contents: str
    only_in_workbook: str
    not_in_publication: str
    nothing_known: str
    headline: tuple[str, ...]
    tiles: tuple[str, ...]
    columns: Mapping[str, str]
    sheets: Mapping[str, SheetWords]
    charts: Mapping[str, Any]
    death_groups: tuple[DeathGroup, ...]
    death_words: Mapping[str, str]
    gap_indicators: Mapping[str, str]
    definitions: Mapping[str, str]
    caveats: tuple[str, ...]
    found: Mapping[str, str]


@cache
def month_words() -> MonthWords:
    """Read the words, once."""
    said: dict[str, Any] = read_yaml(_FILE)
    sheets = {
        name: SheetWords(**one | {part: tuple(one.get(part, ())) for part in ("indicators", "people")})
        for name, one in said.pop("sheets").items()
    }
    said["death_groups"] = tuple(
        DeathGroup(**{part: tuple(listed) for part, listed in one.items()}) for one in said["death_groups"]
    )
    said |= {name: tuple(said[name]) for name in ("addressees", "headline", "tiles", "caveats")}
    return MonthWords(**said, sheets=sheets)
