"""A pair that was asked about, and the hidden cells by which a filled workbook says which pair a row is."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

KEY_COLUMNS = ("id_a", "id_b", "sampled_as", "reason", "match_probability", "exported_at", "seal")
"""The hidden columns of a row. All are text: a spreadsheet would round a 64-bit number."""


@dataclass(frozen=True)
class AskedPair:
    """One pair, why it was asked (`doubtful` or `check`, the queue's reason or none), and when (UTC).

    `match_probability` is that of the matching at the export, 0 to 1.
    """

    description_a: int
    description_b: int
    sampled_as: str
    reason: str | None
    match_probability: float
    exported_at: dt.datetime


def key_cells(pair: AskedPair) -> list[str]:
    """Give the hidden cells of a row, in the order of `KEY_COLUMNS`; the last one seals the others."""
    cells = [
        str(pair.description_a),
        str(pair.description_b),
        pair.sampled_as,
        pair.reason or "",
        repr(pair.match_probability),
        pair.exported_at.isoformat(timespec="microseconds"),
    ]
    return [*cells, _seal(cells)]


def asked_pair(cells: Sequence[str]) -> AskedPair | None:
    """Read the hidden cells of a row back; None when they are not as they were written."""
    *said, seal = (cell.strip() for cell in cells)
    if seal != _seal(said):
        return None
    a, b, sampled_as, reason, probability, exported_at = said
    return AskedPair(
        int(a), int(b), sampled_as, reason or None, float(probability), dt.datetime.fromisoformat(exported_at)
    )


def _seal(cells: Sequence[str]) -> str:
    """Sum up the cells: it tells rows that were changed by accident, and is no protection against ill will."""
    return hashlib.sha256("|".join(cells).encode()).hexdigest()[:12]
