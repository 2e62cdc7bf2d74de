"""What sorting shows of millions of keys at a tenth of the cost of grouping or joining them: that none is repeated.

Measured on 7.2 million rows with a key of four columns: to group them 3.3 CPU seconds, to sort their hashes 0.23. Where
no hash is repeated no key is. Where one is, nothing is shown yet: of 16 digits DuckDB often gives two the same hash.
"""

from collections.abc import Sequence

import duckdb
import numpy as np

from warehouse.database import Connection


def same_and_distinct(connection: Connection, queries: Sequence[str]) -> bool:
    """Say whether each query gives the same whole numbers, each of them once; False where that is not to be seen."""
    first = None
    for query in queries:
        numbers = _sorted(connection, query)
        if numbers is None or not (numbers[1:] > numbers[:-1]).all():
            return False
        if first is not None and not np.array_equal(first, numbers):
            return False
        first = numbers
    return True


def _sorted(connection: Connection, query: str) -> np.ndarray | None:
    """Give the one column of a query, sorted; None where it has nulls, is no whole number, or cannot be asked."""
    try:
        (numbers,) = connection.execute(query).fetchnumpy().values()
    except duckdb.Error:
        return None
    if type(numbers) is not np.ndarray or numbers.dtype.kind not in "iu":  # not masked, no categories
        return None
    numbers.sort()  # in place: a copy would be as large again
    return numbers
