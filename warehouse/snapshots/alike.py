"""What several units hold alike is made once: a kecamatan's counts are the same for each agency that reads them."""

from collections import Counter
from collections.abc import Callable, Iterable


class Alike:
    """The queries that more than one unit asks in the same words, and what was written of their rows.

    The key of a recipient stands in the words that make its pseudonyms: those are never another's.
    """

    def __init__(self, queries: Iterable[str] = ()) -> None:
        self._asked = {query for query, units in Counter(queries).items() if units > 1}
        self._made: dict[tuple[str, str], bytes] = {}

    def __contains__(self, query: str) -> bool:
        return query in self._asked

    def made(self, query: str, kind: str, make: Callable[[], bytes]) -> bytes:
        """Give the rows of a query as a `kind` of file, from `make` the first time and then as it was kept."""
        found = self._made.get((query, kind))
        if found is None:  # two at once both make it: the same, and nobody waits
            found = self._made[query, kind] = make()
        return found
