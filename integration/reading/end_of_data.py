"""Where the data of a sheet ends: totals, signatures, notes."""

import re
from collections.abc import Sequence

from integration.reading.header import Header

FIRST_WORDS = ("jumlah", "total", "mengetahui", "catatan", "keterangan", "sumber", "dicetak", "printed")
_FOOTER = re.compile(rf"^({'|'.join(FIRST_WORDS)})", re.IGNORECASE)


def may_end_data(text: str) -> bool:
    """Say cheaply whether a line or a first cell could start a footer."""
    return _FOOTER.match(text) is not None


def ends_data(cells: Sequence[str], header: Header) -> bool:
    """Say whether this row is the first of the footer.

    Its first non-empty cell opens with one of `FIRST_WORDS`, and either at most one more cell is filled (a count, in
    any column: `Jumlah | 115`) or every other cell that the contract wants filled is empty. Where that first cell is
    the only one the contract wants filled, people could be called so: then the number of cells alone decides.
    """
    filled = [i for i, text in enumerate(cells) if text.strip()]
    if not filled or not may_end_data(cells[filled[0]].strip()):
        return False
    wanted = _wanted(header) - {filled[0]}
    return len(filled) <= 2 or (bool(wanted) and not wanted & set(filled))


def looks_like_data(cells: Sequence[str], header: Header) -> bool:
    """Say whether every cell that the contract wants filled is: below a footer, such a row was perhaps no footer."""
    return all(i < len(cells) and cells[i].strip() for i in _wanted(header))


def _wanted(header: Header) -> set[int]:
    return {i for i, column in header.columns.items() if column.on_null != "keep"}
