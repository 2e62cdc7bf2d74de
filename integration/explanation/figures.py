"""The night in numbers: how pairs scored, who was found in the register, and why the others were not.

Nothing in it speaks of fewer than five people: such a cell is left out.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from integration.explanation.unregistered import find_reasons
from integration.linkage import Model
from warehouse.database import Connection, rows

LEAST = 5
"""People that a figure speaks of at least."""


@dataclass(frozen=True)
class MatchRate:
    """The share (0 to 1) of a dataset's rows that are of a person of the register; in a kecamatan, '' where not said.

    `bound` is '' for the share itself, '≥' or '≤' where so few people were not found, or were, that only this is told.
    """

    dataset: str
    kecamatan: str
    rows: int
    share: float
    bound: str


@dataclass(frozen=True)
class NightFigures:
    """`scores`: pairs by (lower bound of the bin in bits, joined / not joined / forbidden); `unlinked`: rows by
    (dataset, reason), reasons as in `unregistered.REASONS`."""  # noqa: D205, D209 - one sentence

    scores: dict[tuple[int, str], int]
    by_dataset: tuple[MatchRate, ...]
    by_kecamatan: tuple[MatchRate, ...]
    unlinked: dict[tuple[str, str], int]


def night_figures(con: Connection, model: Model) -> NightFigures:
    """Count the last matching of a home, by one query for each figure; leaves temporary tables behind."""
    find_reasons(con, model)
    rates = [
        (place, _rate(dataset, place or "", *counts)) for dataset, place, *counts in rows(con, _query("match_rates"))
    ]
    return NightFigures(
        scores={(bits, fate): pairs for bits, fate, pairs in rows(con, _query("scores"))},
        by_dataset=tuple(rate for place, rate in rates if rate and place is None),
        by_kecamatan=tuple(rate for place, rate in rates if rate and place is not None),
        unlinked={(dataset, reason): total for dataset, reason, total in rows(con, _query("reasons"))},
    )


def _rate(dataset: str, place: str, total: int, rows_found: int, found: int, not_found: int) -> MatchRate | None:
    """Tell as much of a cell as may be told; None for one that may not be told at all."""
    people = found + not_found
    if people < LEAST or (found and not_found and people < 2 * LEAST):
        return None
    if 0 < not_found < LEAST:
        return MatchRate(dataset, place, total, max(0.0, 1 - LEAST / people), "≥")
    if 0 < found < LEAST:
        return MatchRate(dataset, place, total, LEAST / people, "≤")
    return MatchRate(dataset, place, total, rows_found / total, "")


def _query(name: str) -> str:
    return _queries()[name].format(least=LEAST)


@cache
def _queries() -> dict[str, str]:
    text = Path(__file__).with_name("figures.sql").read_text(encoding="utf-8")
    parts = re.split(r"^--> (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
