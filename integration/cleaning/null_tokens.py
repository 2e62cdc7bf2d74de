"""The texts that mean "nothing was written here" (contracts §0), defined once for Python and SQL."""

import csv
from pathlib import Path

_TABLE = Path(__file__).with_name("null_tokens.csv")


def _read_tokens() -> frozenset[str]:
    with _TABLE.open(encoding="utf-8", newline="") as lines:
        return frozenset(row["token"] for row in csv.DictReader(lines))


NULL_TOKENS = _read_tokens()
"""Casefolded; the empty text is one too. `0` is not: only identifiers and some measurements read it as null."""


def is_null_token(written: str) -> bool:
    """Say whether a text means "nothing": empty, blank, or in `null_tokens.csv`, compared trimmed and casefolded."""
    text = written.strip().casefold()
    return not text or text in NULL_TOKENS
