"""How alike two names are where Jaro-Winkler on the whole name is not enough: initials, short forms, lost tokens.

The one kernel of the engine that is Python: a pure function on Arrow batches, the same on every engine.
"""

from functools import lru_cache

import pyarrow as pa
from rapidfuzz.distance import JaroWinkler

INITIAL = 0.8
"""What an initial counts for beside any token that starts with it (contracts.md §5)."""

_TOKEN_ALIKE = 0.88
_TRUNCATED = 0.95

SCHEMA = pa.schema(
    [("a", pa.int64()), ("b", pa.int64()), ("similarity", pa.float64()), ("aligned", pa.float64()),
     ("frequency", pa.float64())]
)  # fmt: skip


def score(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Score pairs of names: columns a, b (numbers), name_a, name_b (tokens sorted), shares_b.

    `shares_b` holds for each token of name_b the share of register persons who have it. Gives a, b and

    - `similarity` 0 to 1: of names with as many tokens, with initials at 0.8 (0 where the numbers of tokens differ),
    - `aligned` 0 to 1: how well the shorter name's tokens are found in the longer one, on average; an initial counts
      whole where it completes a name, else half,
    - `frequency` 0 to 1: how common the rarest token that agrees is; 1 where none does.
    """
    names_a, names_b = batch.column("name_a").to_pylist(), batch.column("name_b").to_pylist()
    shares = batch.column("shares_b").to_pylist()
    scored = [_align(a, b) for a, b in zip(names_a, names_b, strict=True)]
    frequency = [
        min((known[place] for place in places), default=1.0)
        for (_, _, places), known in zip(scored, shares, strict=True)
    ]
    return pa.RecordBatch.from_arrays(
        [
            batch.column("a"),
            batch.column("b"),
            pa.array([similarity for similarity, _, _ in scored], pa.float64()),
            pa.array([aligned for _, aligned, _ in scored], pa.float64()),
            pa.array(frequency, pa.float64()),
        ],
        schema=SCHEMA,
    )


@lru_cache(maxsize=200_000)
def token_similarity(a: str, b: str) -> float:
    """Compare two tokens, 0 to 1; an initial or a cut-off token (three letters or more) counts less than a whole."""
    if a == b:
        return 1.0 if len(a) > 1 else INITIAL
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) == 1:
        return INITIAL if long.startswith(short) else 0.0
    alike = JaroWinkler.similarity(a, b)
    if len(short) >= 3 and long.startswith(short):
        return max(alike, _TRUNCATED)
    return alike if alike >= _TOKEN_ALIKE else 0.0


def _align(a: str, b: str) -> tuple[float, float, tuple[int, ...]]:
    """Pair the tokens of two names, most alike first; ties go by the tokens, so that a and b may be exchanged."""
    tokens_a, tokens_b = a.split(" "), b.split(" ")
    edges = sorted(
        (-likeness, min(x, y), max(x, y), i, j)
        for i, x in enumerate(tokens_a)
        for j, y in enumerate(tokens_b)
        if (likeness := token_similarity(x, y)) > 0
    )
    partner_a: set[int] = set()
    partner_b: set[int] = set()
    total, whole, initials = 0.0, 0.0, 0
    places: list[int] = []
    for negative, _, _, i, j in edges:
        if i in partner_a or j in partner_b:
            continue
        partner_a.add(i)
        partner_b.add(j)
        total -= negative
        if len(tokens_a[i]) > 1 and len(tokens_b[j]) > 1:
            whole -= negative
            places.append(j)
        else:
            initials += 1
    shorter, longer = sorted((len(tokens_a), len(tokens_b)))
    similarity = total / longer if shorter == longer == len(partner_a) else 0.0
    complete = len(partner_a) == shorter and len(places) >= max(shorter - 1, 1)
    return similarity, (whole + initials * (1 if complete else 0.5)) / shorter, tuple(places)
