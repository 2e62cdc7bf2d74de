"""Names that Jaro-Winkler alone does not see."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.linkage.name_similarity import score, token_similarity

NAMES = st.lists(st.text("AEIDMNRSU", min_size=1, max_size=7), min_size=1, max_size=4).map(
    lambda t: " ".join(sorted(t))
)


def compared(a: str, b: str) -> tuple[float, float, float]:
    tokens = len(b.split(" "))
    batch = pa.RecordBatch.from_pydict(
        {"a": [1], "b": [2], "name_a": [a], "name_b": [b], "shares_b": [[0.01 * (n + 1) for n in range(tokens)]]}
    )
    scored = score(batch).to_pylist()[0]
    return scored["similarity"], scored["aligned"], scored["frequency"]


def test_an_initial_counts_eight_tenths() -> None:
    similarity, aligned, _ = compared("A MUHAMMAD ROFIQ", "ABDUL MUHAMMAD ROFIQ")
    assert similarity == pytest.approx((0.8 + 1 + 1) / 3)
    assert aligned == 1


def test_a_part_of_a_name_is_wholly_aligned_and_as_common_as_its_rarest_token() -> None:
    similarity, aligned, frequency = compared("NAYLA", "AZZAHRA NAYLA SITI")
    assert (similarity, aligned) == (0, 1)
    assert frequency == pytest.approx(0.02)


def test_different_names_do_not_align() -> None:
    assert compared("BUDI", "SITI") == (0, 0, 1)


@given(a=NAMES, b=NAMES)
def test_the_order_of_the_two_names_does_not_matter(a: str, b: str) -> None:
    assert compared(a, b)[:2] == pytest.approx(compared(b, a)[:2])
    assert token_similarity(a, b) == token_similarity(b, a)


@given(a=NAMES, b=NAMES)
def test_scores_are_shares(a: str, b: str) -> None:
    assert all(0 <= value <= 1 for value in compared(a, b))
