"""Names that Jaro-Winkler alone does not see."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler

from integration.linkage.name_similarity import SCHEMA, score

GIVEN = pa.schema(
    [("a", pa.int64()), ("b", pa.int64()), ("name_a", pa.string()), ("name_b", pa.string()),
     ("shares_b", pa.list_(pa.float64()))]
)  # fmt: skip

SHORT_AND_ALIKE = ["M", "MUH", "MUHAMAD", "MUHAMMAD", "MOHAMMAD", "S", "SITI", "SITTI", "NUR", "NURUL", "NURHAYATI"]
TOKENS = st.sampled_from(SHORT_AND_ALIKE) | st.text("ADIMNRSU", min_size=1, max_size=7)
NAMES = st.lists(TOKENS, min_size=1, max_size=4).map(lambda tokens: " ".join(sorted(tokens)))
LONG_NAMES = st.lists(TOKENS, min_size=9, max_size=12).map(lambda tokens: " ".join(sorted(tokens)))

Pair = tuple[str, str, list[float | None] | None]
Scores = tuple[float, float, float]


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    a, b = draw(NAMES | LONG_NAMES), draw(NAMES | LONG_NAMES)
    shares = st.lists(st.none() | st.floats(0, 1), min_size=len(b.split(" ")), max_size=len(b.split(" ")))
    return a, b, draw(shares | st.none())


def batch_of(named: list[Pair]) -> pa.RecordBatch:
    rows = [{"a": n, "b": -n, "name_a": a, "name_b": b, "shares_b": shares} for n, (a, b, shares) in enumerate(named)]
    return pa.RecordBatch.from_pylist(rows, schema=GIVEN)


def scores(batch: pa.RecordBatch) -> list[Scores]:
    return [(row["similarity"], row["aligned"], row["frequency"]) for row in score(batch).to_pylist()]


def compared(a: str, b: str) -> Scores:
    return scores(batch_of([(a, b, [0.01 * (n + 1) for n in range(len(b.split(" ")))])]))[0]


def token_similarity(a: str, b: str) -> float:
    if a == b:
        return 1.0 if len(a) > 1 else 0.8
    short, long = sorted((a, b), key=len)
    if len(short) == 1:
        return 0.8 if long.startswith(short) else 0.0
    alike = JaroWinkler.similarity(a, b)
    if len(short) >= 3 and long.startswith(short):
        return max(alike, 0.95)
    return alike if alike >= 0.88 else 0.0


def one_pair_at_a_time(a: str, b: str, shares: list[float | None] | None) -> Scores:
    """Say the definition of the three scores plainly: the most alike tokens pair up first, each token once."""
    tokens_a, tokens_b = a.split(" "), b.split(" ")
    edges = sorted(
        (-token_similarity(x, y), min(x, y), max(x, y), i, j)
        for i, x in enumerate(tokens_a)
        for j, y in enumerate(tokens_b)
    )
    paired: dict[int, int] = {}
    total, whole, common = 0.0, 0.0, []
    for negative, x, y, i, j in edges:
        if negative == 0 or i in paired or j in paired.values():
            continue
        paired[i] = j
        total -= negative
        if len(x) > 1 and len(y) > 1:
            whole -= negative
            share = shares[j] if shares else None
            common.append(1.0 if share is None else share)
    shorter, longer = sorted((len(tokens_a), len(tokens_b)))
    similarity = total / longer if shorter == longer == len(paired) else 0.0
    complete = len(paired) == shorter and len(common) >= max(shorter - 1, 1)
    initials = len(paired) - len(common)
    return similarity, (whole + initials * (1 if complete else 0.5)) / shorter, min(common, default=1.0)


@settings(deadline=None)
@given(st.lists(pairs(), max_size=12))
def test_a_batch_scores_as_its_pairs_do_one_at_a_time(named: list[Pair]) -> None:
    assert scores(batch_of(named)) == [one_pair_at_a_time(*pair) for pair in named]


@settings(deadline=None)
@given(st.lists(pairs(), min_size=1, max_size=6), st.integers(0, 6))
def test_a_slice_of_a_batch_scores_as_it_does_in_the_whole(named: list[Pair], start: int) -> None:
    batch = batch_of(named)
    assert score(batch.slice(start)) == score(batch).slice(start)


def test_an_empty_batch_has_no_scores_but_the_same_columns() -> None:
    assert score(batch_of([])) == pa.RecordBatch.from_pylist([], schema=SCHEMA)


def test_an_initial_counts_eight_tenths() -> None:
    similarity, aligned, _ = compared("A MUHAMMAD ROFIQ", "ABDUL MUHAMMAD ROFIQ")
    assert similarity == pytest.approx((0.8 + 1 + 1) / 3)
    assert aligned == 1


def test_a_part_of_a_name_is_wholly_aligned_and_as_common_as_its_rarest_token() -> None:
    similarity, aligned, frequency = compared("NAYLA", "AZZAHRA NAYLA SITI")
    assert (similarity, aligned) == (0, 1)
    assert frequency == pytest.approx(0.02)


def test_a_share_nobody_knows_makes_no_token_rare() -> None:
    (known, unknown) = scores(batch_of([("NAYLA SITI", "NAYLA SITI", [None, 0.3]), ("NAYLA", "NAYLA", None)]))
    assert (known[2], unknown[2]) == (0.3, 1)


def test_different_names_do_not_align() -> None:
    assert compared("BUDI", "SITI") == (0, 0, 1)


@settings(deadline=None)
@given(a=NAMES, b=NAMES)
def test_the_order_of_the_two_names_does_not_matter(a: str, b: str) -> None:
    assert compared(a, b)[:2] == compared(b, a)[:2]


@settings(deadline=None)
@given(a=NAMES, b=NAMES)
def test_scores_are_shares(a: str, b: str) -> None:
    assert all(0 <= value <= 1 for value in compared(a, b))
