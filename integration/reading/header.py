"""Finding the header among the first rows of a file, in one row or in several merged ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from integration.contracts import Column, Contract
from integration.contracts.contract import comparable_header

ROWS_SEARCHED = 10
"""The header starts in one of the first ten rows (contracts, common rules)."""
MATCH_SHARE = 0.6
"""At least this share of the needed headers makes a row the header (contracts, common rules)."""
DEEPEST = 4
"""SIGA merges four rows into one header; nobody was seen to merge more."""

Row = Sequence[str]


@dataclass(frozen=True)
class Header:
    """Where the header stands and what it says.

    `first_row` and `last_row` are physical rows from 1. `columns` gives the contract's column for a position,
    `unknown` the text of a header that the contract does not know, `forbidden` that of one that must not be stored.
    """

    first_row: int
    last_row: int
    columns: dict[int, Column]
    unknown: dict[int, str]
    forbidden: dict[int, str]
    layout: str | None

    @property
    def width(self) -> int:
        """How many positions the header speaks of."""
        return 1 + max([*self.columns, *self.unknown, *self.forbidden])


def find_header(rows: Sequence[Row], contract: Contract) -> Header | None:
    """Find the header among `rows` (the first physical rows of a file); None when none comes near enough.

    Of all runs of one to `DEEPEST` rows that start in the first `ROWS_SEARCHED`, the one that names most of the needed
    columns is the header, the shortest and then the first of those alike; it must name `MATCH_SHARE` of them.
    """
    best: tuple[int, int, int] | None = None
    for first in range(min(len(rows), ROWS_SEARCHED)):
        for depth in range(1, min(DEEPEST, len(rows) - first) + 1):
            known = _known(_column_names(rows[first : first + depth], contract), contract)
            candidate = (sum(column.needed for column in known.values()), -depth, -first)
            best = max(best or candidate, candidate)
    if best is None or best[0] < MATCH_SHARE * len(contract.needed_columns):
        return None
    first, depth = -best[2], -best[1]
    last = first + depth - 1
    texts = _column_names(rows[first : last + 1], contract)
    if last + 1 < len(rows) and _is_column_numbers(rows[last + 1]):
        last += 1
    return _header(first, last, texts, _known(texts, contract), contract)


def best_match(rows: Sequence[Row], contract: Contract) -> int:
    """Count the needed headers of the row that has most of them; for the sentence when none has enough."""
    counts = [
        sum(column.needed for column in _known(_column_names([row], contract), contract).values())
        for row in rows[:ROWS_SEARCHED]
    ]
    return max(counts, default=0)


def _column_names(rows: Sequence[Row], contract: Contract) -> list[str]:
    """Name each position by its header cells, as the contract says merged rows are to be read."""
    width = max((len(row) for row in rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows if not _is_column_numbers(row)]
    if contract.header_naming == "lowest":
        return [next((row[i] for row in reversed(padded) if row[i].strip()), "") for i in range(width)]
    spread = [_spread(row) for row in padded[:-1]] + padded[-1:]
    return [" ".join(row[i].strip() for row in spread if row[i].strip()) for i in range(width)]


def _spread(row: Row) -> list[str]:
    """Repeat a merged cell's text over the blanks it was merged with."""
    spread: list[str] = []
    for text in row:
        spread.append(text if text.strip() or not spread else spread[-1])
    return spread


def _known(texts: Sequence[str], contract: Contract) -> dict[int, Column]:
    """Give the contract's column for each position; a header that stands twice counts where it stands first."""
    by_spelling = {spelling: column for column in contract.columns for spelling in column.spellings}
    known: dict[int, Column] = {}
    for position, text in enumerate(texts):
        column = by_spelling.get(comparable_header(text))
        if column is not None and column not in known.values():
            known[position] = column
    return known


def _header(first: int, last: int, texts: list[str], known: dict[int, Column], contract: Contract) -> Header:
    never = {comparable_header(text) for text in contract.never_store}
    others = {i: text.strip() for i, text in enumerate(texts) if i not in known and text.strip()}
    forbidden = {i: text for i, text in others.items() if comparable_header(text) in never}
    present = {column.header for column in known.values()}
    return Header(
        first_row=first + 1,
        last_row=last + 1,
        columns=known,
        unknown={i: text for i, text in others.items() if i not in forbidden},
        forbidden=forbidden,
        layout=contract.layout_of(present),
    )


def _is_column_numbers(row: Row) -> bool:
    """Say whether a row only numbers the columns: 1, 2, 3, … or (1), (2), (3), … from the left."""
    filled = [text.strip().strip("()").removesuffix(".0") for text in row if text.strip()]
    return len(filled) > 2 and filled == [str(i + 1) for i in range(len(filled))]
