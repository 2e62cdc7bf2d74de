"""What verdicts say of the matching: precision, recall, probabilities; and nothing where there are too few."""

import datetime as dt

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from integration.review import estimate_links
from integration.review.estimate import LEAST_CHECKED, LEAST_DOUBTFUL, share_of
from tests.integration.review.small_queue import BIG, EXPORTED, SAVED, decide, small_home


@given(st.integers(1, 5000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_the_interval_is_wilsons(counted: tuple[int, int]) -> None:
    hits, trials = counted
    wanted = binomtest(hits, trials).proportion_ci(method="wilson")

    share = share_of(hits, trials)

    assert (share.low, share.high) == pytest.approx((wanted.low, wanted.high), abs=1e-7)
    assert share.low <= share.value <= share.high


def judged(
    con: duckdb.DuckDBPyConnection,
    start: int,
    same: int,
    different: int,
    sampled_as: str = "check",
    reason: str | None = None,
    p: float = 0.999,
    at: dt.datetime = SAVED,
) -> None:
    verdicts = [*["same"] * same, *["different"] * different]
    said = [(BIG + start + i, start + i, verdict) for i, verdict in enumerate(verdicts)]
    decide(con, *said, sampled_as=sampled_as, reason=reason, p=p, at=at)


def joined(con: duckdb.DuckDBPyConnection, links: int, method: str = "prob") -> None:
    con.execute(
        "INSERT INTO matched_pairs.candidate_pair "
        f"SELECT -i, i, MAP {{}}, 10, 0.999, '{method}', 'auto', NULL, true FROM range({links}) AS t(i)"
    )


def waiting(con: duckdb.DuckDBPyConnection, pairs: int, reason: str) -> None:
    con.execute(f"INSERT INTO matched_pairs.review_queue SELECT -i, i, '{reason}', 0.9, 0 FROM range({pairs}) AS t(i)")


def test_precision_is_the_share_of_check_pairs_called_the_same() -> None:
    con = small_home()
    judged(con, 0, same=196, different=4)
    judged(con, 5000, same=1, different=50, sampled_as="doubtful", reason="contradiction")

    precision = estimate_links(con).precision

    assert precision is not None
    assert (precision.value, precision.labels) == (0.98, 200)
    assert precision.low == pytest.approx(0.9497, abs=1e-4)
    assert precision.high == pytest.approx(0.9922, abs=1e-4)


def test_recall_weighs_what_was_joined_against_what_waits_reason_by_reason() -> None:
    con = small_home()
    judged(con, 0, same=100, different=0)
    judged(con, 1000, same=30, different=10, sampled_as="doubtful", reason="middling_probability")
    judged(con, 2000, same=0, different=40, sampled_as="doubtful", reason="contradiction")
    joined(con, 880)
    joined(con, 20, method="manual")
    waiting(con, 100, "middling_probability")
    waiting(con, 1000, "contradiction")
    waiting(con, 40, "already_taken")  # nobody has judged one: like all the others, 30 of 80

    recall = estimate_links(con).recall

    assert recall is not None
    assert recall.value == pytest.approx(900 / (900 + 75 + 15))
    assert recall.low < recall.value < recall.high
    assert recall.labels == 180


@pytest.mark.parametrize(
    ("checked", "doubtful", "evaluable"),
    [
        (0, 0, (False, False)),
        (LEAST_CHECKED - 1, LEAST_DOUBTFUL, (False, False)),
        (LEAST_CHECKED, LEAST_DOUBTFUL - 1, (True, False)),
        (LEAST_CHECKED, LEAST_DOUBTFUL, (True, True)),
    ],
)
def test_too_few_verdicts_say_nothing(checked: int, doubtful: int, evaluable: tuple[bool, bool]) -> None:
    con = small_home()
    joined(con, 10)
    waiting(con, 10, "contradiction")
    judged(con, 0, same=checked, different=0)
    judged(con, 1000, same=doubtful, different=0, sampled_as="doubtful", reason="contradiction")

    estimate = estimate_links(con)

    assert (estimate.precision is not None, estimate.recall is not None) == evaluable
    assert ("not evaluable yet" in estimate.as_text()) == (not all(evaluable))
    assert (estimate.checked, estimate.doubtful) == (checked, doubtful)


def test_few_verdicts_are_enough_where_none_is_left_to_judge() -> None:
    con = small_home()
    joined(con, 10)
    judged(con, 0, same=LEAST_CHECKED, different=0)
    judged(con, 1000, same=0, different=2, sampled_as="doubtful", reason="contradiction")

    recall = estimate_links(con).recall

    assert recall is not None
    assert recall.value == 1


def test_who_could_not_tell_is_left_out_and_the_newest_verdict_counts() -> None:
    con = small_home()
    judged(con, 0, same=LEAST_CHECKED, different=0)
    decide(con, (BIG + 7, 7, "unknown"), by="Budi", at=SAVED + dt.timedelta(days=1), sampled_as="check", reason=None)
    decide(con, (BIG, 0, "different"), by="Budi", at=SAVED + dt.timedelta(days=1), sampled_as="check", reason=None)
    judged(con, 5000, same=1, different=0)

    precision = estimate_links(con).precision

    assert precision is not None
    assert precision.value == pytest.approx(99 / 100)


def test_a_pair_counts_as_what_it_was_first_asked_as() -> None:
    con = small_home()
    decide(con, (BIG, 1, "same"), sampled_as="check", reason=None)
    decide(con, (BIG, 1, "different"), at=SAVED + dt.timedelta(days=3), exported=EXPORTED + dt.timedelta(days=2))

    estimate = estimate_links(con)

    assert (estimate.checked, estimate.doubtful) == (1, 0)


def test_verdicts_on_an_older_model_can_be_left_out() -> None:
    con = small_home()
    judged(con, 0, same=50, different=LEAST_CHECKED)
    judged(con, 1000, same=LEAST_CHECKED, different=0, at=SAVED + dt.timedelta(days=30))

    precision = estimate_links(con, since=SAVED + dt.timedelta(days=1)).precision

    assert precision is not None
    assert precision.value == 1


def test_probabilities_stand_beside_what_people_found() -> None:
    con = small_home()
    judged(con, 0, same=9, different=1, p=0.92)
    judged(con, 100, same=5, different=0, p=1.0)
    judged(con, 200, same=1, different=3, p=0.5, sampled_as="doubtful", reason="contradiction")

    found = [
        (one.sampled_as, one.low, one.high, round(one.expected, 3), one.observed.value, one.observed.labels)
        for one in estimate_links(con).reliability
    ]

    assert found == [
        ("check", 0.9, 0.95, 0.92, 0.9, 10),
        ("check", 0.999, 1.0, 1.0, 1.0, 5),
        ("doubtful", 0.5, 0.8, 0.5, 0.25, 4),
    ]
    assert "expected" in estimate_links(con).as_text()


def test_a_home_where_nobody_ever_decided_has_no_estimate() -> None:
    con = small_home()
    con.execute("DROP TABLE matched_pairs.decision")

    estimate = estimate_links(con)

    assert (estimate.precision, estimate.recall, estimate.reliability) == (None, None, ())
