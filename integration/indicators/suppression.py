"""Which numbers of small places are hidden, so that neither they nor the totals give a person away (contracts §6.3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Cell:
    """The counts of one region, and the region it is a part of (None at the top).

    `counts` are all those numbers of people that are published or follow from what is: numerator, denominator and
    their difference. Every cell of one table has them in the same order.
    """

    parent: str | None
    counts: tuple[int, ...]


def hidden_cells(cells: Mapping[str, Cell], below: int, also: Collection[str] = ()) -> set[str]:
    """Give the regions whose counts are hidden, by their codes.

    Hidden is a cell with a count from 1 to `below` - 1, each of `also`, and as many more as it takes that no hidden
    count follows from the published ones: where the total of a region is published, two of its parts are hidden or
    none, and together they are not small either; where the total is hidden, so is one part at least. Next to be hidden
    is the part with the smallest counts of those that are enough; a part without anybody comes last.

    The sums form a tree, in which every sum then has no hidden term or at least two: so none can be solved for.
    """
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for code, cell in sorted(cells.items()):
        if cell.parent is not None and cell.parent in cells:
            parts[cell.parent].append(code)
    hidden = {code for code, cell in cells.items() if _is_small(cell.counts, below)} | {*also} & set(cells)
    open_sums = set(parts)
    while open_sums:
        total = min(open_sums)
        open_sums.remove(total)
        before = set(hidden)
        _close_sum(total, parts[total], cells, hidden, below)
        for code in hidden - before:
            open_sums |= {code, cells[code].parent or code} & set(parts)
    return hidden


def joined(cells: Mapping[str, Mapping[str, Cell]], hidden_with: Mapping[str, str]) -> dict[str, dict[str, Cell]]:
    """Join the cells of numbers that are hidden in the same regions: the counts of each stand in one cell.

    `cells` are by number and region, `hidden_with` names for each number the one that it goes with, itself where none.
    """
    together: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
    for code, of_regions in sorted(cells.items()):
        group = together[hidden_with[code]]
        for region, cell in of_regions.items():
            group[region] = Cell(cell.parent, (*group[region].counts, *cell.counts) if region in group else cell.counts)
    return dict(together)


def as_table(hidden: Iterable[tuple[str, str]]) -> pa.Table:
    """Give pairs of a code and a region as a table with the columns `code` and `region_code`."""
    pairs = list(hidden)
    columns = {"code": [code for code, _ in pairs], "region_code": [region for _, region in pairs]}
    return pa.table(columns, pa.schema([("code", pa.string()), ("region_code", pa.string())]))


def _close_sum(total: str, parts: list[str], cells: Mapping[str, Cell], hidden: set[str], below: int) -> None:
    """Hide as much more as it takes for one sum; `hidden` grows."""
    candidates = sorted(
        (part for part in parts if part not in hidden),
        key=lambda part: (not any(cells[part].counts), cells[part].counts, part),
    )
    while not _is_safe(total, parts, cells, hidden, below):
        if not candidates:
            if sum(part in hidden for part in parts) == 1:
                hidden.add(total)
            return
        enough = (one for one in candidates if _is_safe(total, parts, cells, hidden | {one}, below))
        next_hidden = next(enough, candidates[0])
        candidates.remove(next_hidden)
        hidden.add(next_hidden)


def _is_safe(total: str, parts: list[str], cells: Mapping[str, Cell], hidden: set[str], below: int) -> bool:
    hidden_parts = [part for part in parts if part in hidden]
    if total in hidden:
        return bool(hidden_parts)
    sums = [sum(counts) for counts in zip(*(cells[part].counts for part in hidden_parts), strict=True)]
    return not hidden_parts or (len(hidden_parts) > 1 and not _is_small(sums, below))


def _is_small(counts: Collection[int], below: int) -> bool:
    return any(0 < count < below for count in counts)
