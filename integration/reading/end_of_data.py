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

    Its first non-empty cell opens with one of `FIRST_WORDS` and every cell that the contract wants filled is empty,
    that first one aside where there are others; a footer may put a count into any other column (`Jumlah | 115`).
    """
    filled = [i for i, text in enumerate(cells) if text.strip()]
    if not filled or not may_end_data(cells[filled[0]].strip()):
        return False
    wanted = {i for i, column in header.columns.items() if column.on_null != "keep"}
    wanted = wanted - {filled[0]} or wanted
    return not wanted & set(filled)
