"""Columns of text made whole columns at a time. Null stands for an empty cell until a file is written."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike

from integration.sampling.chance import Flags

Text = Any  # pa.Array of strings; pyarrow ships no complete type stubs


def texts(vocabulary: Sequence[str] | Text, index: ArrayLike) -> Text:
    """Return `vocabulary[index]` per element; a negative index gives null."""
    position = np.asarray(index)
    words = vocabulary if isinstance(vocabulary, pa.Array) else pa.array(vocabulary, pa.string())
    return words.take(pa.array(position, mask=position < 0))


def constant(value: str | None, n: int) -> Text:
    """Return a column that says the same in each of its `n` cells."""
    return pa.repeat(pa.scalar(value, pa.string()), n)


def joined(separator: str, *parts: Text) -> Text:
    """Return the parts of each row joined by `separator`, nulls left out; a row of nulls only gives an empty text."""
    nothing = np.logical_and.reduce([np.asarray(part.is_null()) for part in parts])
    if nothing.any():  # Arrow would leave out a row that has nothing to join
        parts = (where(nothing, "", parts[0]), *parts[1:])
    return pc.binary_join_element_wise(*parts, separator, null_handling="skip")


def where(mask: Flags, yes: Text | str | None, no: Text | str | None) -> Text:
    """Return `yes` where the mask holds, else `no`; either may be one text for all rows."""
    scalar = pa.scalar
    return pc.if_else(
        pa.array(mask),
        yes if isinstance(yes, pa.Array) else scalar(yes, pa.string()),
        no if isinstance(no, pa.Array) else scalar(no, pa.string()),
    )


def put(column: Text, mask: Flags, make: Callable[[Text], Text]) -> Text:
    """Return the column with the masked cells replaced by `make(those cells)`; not called when there are none."""
    if not mask.any():
        return column
    flags = pa.array(mask)
    return pc.replace_with_mask(column, flags, make(column.filter(flags)))


def numbers(values: ArrayLike, missing: Flags | None = None) -> Text:
    """Return whole numbers as text, null where `missing`."""
    return pa.array(np.asarray(values), mask=missing).cast(pa.string())


def padded(values: ArrayLike, width: int) -> Text:
    """Return whole numbers as text with leading zeros to `width`."""
    return pc.utf8_lpad(numbers(values), width, "0")


def decimals(values: ArrayLike, places: int) -> Text:
    """Return numbers with exactly `places` decimals and a decimal point; NaN gives null."""
    scaled = np.asarray(values, dtype=float) * 10**places
    unknown = np.isnan(scaled)
    rounded = np.where(unknown, 0, np.rint(scaled)).astype(np.int64)
    size = np.abs(rounded)
    sign = where(rounded < 0, "-", "")
    text = joined("", sign, numbers(size // 10**places), constant(".", len(size)), padded(size % 10**places, places))
    return where(unknown, None, text)


def dates(days: ArrayLike, form: str = "%Y-%m-%d", missing: Flags | None = None) -> Text:
    """Return days since 1970-01-01 as text in a strftime form, null where `missing`."""
    column = pa.array(np.asarray(days).astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())
    return pc.strftime(column, format=form)
