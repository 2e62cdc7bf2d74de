"""A table of a report: the same one goes into the workbook and onto the page."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from integration.reports.written import Cell

KINDS = ("text", "count", "rate", "share", "year")
"""What numbers of a column are: `count` whole, `rate` with one decimal, `share` 0 to 1 shown as percent,
`year` as it is."""


@dataclass(frozen=True)
class Column:
    """One column; a cell of it that is a text is a text whatever the kind: why there is no number."""

    label: str
    kind: str = "text"
    width: float = 12


@dataclass(frozen=True)
class Sheet:
    """One table: `tab` names it in the workbook, `notes` stand above it; `on_page` whether the HTML shows it too."""

    tab: str
    title: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    on_page: bool = True


def tab_name(text: str, taken: Collection[str]) -> str:
    """Make a text a name that Excel takes for a sheet: 31 characters, no brackets, `:*?` or slashes, unlike `taken`."""
    wanted = re.sub(r"[\[\]:*?/\\\x00-\x1f]+", " ", text).strip("' ")[:31] or "-"
    names = {name.casefold() for name in taken}
    candidates = (wanted if n == 1 else f"{wanted[: 28 - len(str(n))]} ({n})" for n in range(1, len(names) + 2))
    return next(name for name in candidates if name.casefold() not in names)
