"""Slips of the typing hand, on whole columns: a text is a row of letters, a slip a change of that row."""

import numpy as np
import pyarrow as pa

from integration.sampling.chance import Chance
from integration.sampling.text_columns import Text

KEYBOARD = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
WIDTH = 80


def _neighbours() -> tuple[np.ndarray, np.ndarray]:
    """Return, per letter code below 128, the keys left and right of it; other characters are their own neighbours."""
    left, right = np.arange(128, dtype=np.uint32), np.arange(128, dtype=np.uint32)
    for row in KEYBOARD:
        for number, letter in enumerate(row):
            left[ord(letter)] = ord(row[max(number - 1, 0)])
            right[ord(letter)] = ord(row[min(number + 1, len(row) - 1)])
    return left, right


def mistyped(column: Text, chance: Chance) -> Text:
    """Return the texts with one slip each: a wrong, missing, doubled or swapped letter, the first letter mostly spared.

    Texts of fewer than three letters stay as they are; nulls stay null.
    """
    n = len(column)
    if n == 0:
        return column
    nulls = np.asarray(column.is_null())
    letters = np.array(column.fill_null("").to_pylist(), dtype=f"U{WIDTH}").view(np.uint32).reshape(n, WIDTH)
    length = (letters != 0).sum(axis=1)
    first = np.where(chance.flags(n, 0.08), 0, 1)
    at = first + np.floor(chance.rng.random(n) * np.maximum(length - 1 - first, 1)).astype(np.int64)
    kind = chance.pick(n, [0.40, 0.25, 0.15, 0.20])  # wrong, missing, doubled, swapped
    kind = np.where(length < 3, -1, kind)[:, None]
    place, here = np.arange(WIDTH)[None, :], at[:, None]
    source = np.where((kind == 1) & (place >= here), place + 1, place)
    source = np.where((kind == 2) & (place > here), place - 1, source)
    source = np.where((kind == 3) & (place == here), place + 1, source)
    source = np.where((kind == 3) & (place == here + 1), place - 1, source)
    typed = np.take_along_axis(letters, np.minimum(source, WIDTH - 1), axis=1)
    left, right = _neighbours()
    rows = np.flatnonzero(kind[:, 0] == 0)
    hit = typed[rows, at[rows]]
    plain = np.minimum(hit, 127)
    typed[rows, at[rows]] = np.where(hit < 128, np.where(chance.flags(len(rows), 0.5), left[plain], right[plain]), hit)
    texts = np.ascontiguousarray(typed).view(f"U{WIDTH}").reshape(n)
    return pa.array(texts.tolist(), pa.string(), mask=nulls)
