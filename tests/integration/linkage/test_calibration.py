"""Probabilities are held against the truth, and the map that corrects them keeps their order."""

import math

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from integration.linkage.calibration import Calibration, CannotCalibrate, fit_calibration, reliability

CONNECTION = duckdb.connect()
PROBABILITIES = arrays(np.float64, st.integers(0, 50), elements=st.floats(0, 1))


def truth_of(weight: NDArray[np.float64], intercept: float, slope: float, seed: int = 1) -> NDArray[np.bool_]:
    probability = 1 / (1 + 2 ** -(intercept + slope * weight))
    return np.random.default_rng(seed).random(len(weight)) < probability


def test_probabilities_that_are_true_lie_within_the_intervals() -> None:
    probability = np.random.default_rng(2).random(50_000)
    table = reliability(probability, np.random.default_rng(3).random(50_000) < probability)
    assert sum(row.observed_low <= row.predicted <= row.observed_high for row in table.rows) >= len(table.rows) - 2
    assert table.calibration_error < 0.01
    assert table.brier == pytest.approx(1 / 6, abs=0.005)


def test_what_is_too_sure_of_itself_is_marked() -> None:
    table = reliability(np.full(1000, 0.97), np.arange(1000) < 800)
    (row,) = table.rows
    assert (row.low, row.high, row.pairs, row.observed) == (0.95, 0.99, 1000, 0.8)
    assert [row.observed_low, row.observed_high] == pytest.approx([0.7741, 0.8236], abs=1e-4)  # Wilson's, by hand
    assert table.calibration_error == pytest.approx(0.17)
    assert table.brier == pytest.approx(0.8 * 0.03**2 + 0.2 * 0.97**2)
    assert table.as_text().splitlines()[1].endswith("*")


@given(PROBABILITIES, st.integers(0, 2**50 - 1))
def test_every_pair_is_in_one_bin(probability: NDArray[np.float64], which: int) -> None:
    truth = np.array([which >> place & 1 for place in range(len(probability))], dtype=bool)
    table = reliability(probability, truth, bins=(0, 0.25, 1))
    assert sum(row.pairs for row in table.rows) == len(probability)
    assert 0 <= table.brier <= 1
    assert 0 <= table.calibration_error <= 1
    for row in table.rows:
        assert row.low <= row.predicted <= row.high + 1e-12
        assert 0 <= row.observed_low <= row.observed <= row.observed_high <= 1


@pytest.mark.parametrize(("intercept", "slope"), [(-4.0, 0.5), (0.0, 1.0), (2.0, 0.8)])
def test_a_known_map_is_found_again(intercept: float, slope: float) -> None:
    weight = np.random.default_rng(4).normal(0, 8, 20_000)
    found = fit_calibration(weight, truth_of(weight, intercept, slope))
    assert found.intercept == pytest.approx(intercept, abs=0.3)
    assert found.slope == pytest.approx(slope, abs=0.05)
    assert reliability(found.probability(weight), truth_of(weight, intercept, slope, seed=5)).calibration_error < 0.01


def test_without_labels_nothing_is_changed() -> None:
    assert fit_calibration(np.array([]), np.array([], dtype=bool)) == Calibration(0.0, 1.0)


def test_labels_that_separate_perfectly_do_not_run_away() -> None:
    weight = np.array([-9.0, -8, -7, 7, 8, 9])
    found = fit_calibration(weight, weight > 0)
    assert abs(found.intercept) < 0.1
    assert 1 <= found.slope < 1.5


def test_labels_that_contradict_the_weights_keep_their_order() -> None:
    weight = np.linspace(-10, 10, 200)
    found = fit_calibration(weight, weight < 0)
    assert found.slope > 0
    assert (np.diff(found.probability(weight)) > 0).all()


def test_one_wrong_label_far_out_does_not_bend_the_map() -> None:
    weight = np.random.default_rng(6).normal(0, 8, 2000)
    truth = truth_of(weight, 0, 1)
    far = fit_calibration(np.append(weight, 500.0), np.append(truth, False))
    assert far.slope > 0.8


def test_a_count_stands_for_so_many_labels() -> None:
    weight, truth = np.array([-2.0, 0, 1, 3]), np.array([False, True, False, True])
    together = fit_calibration(weight, truth, count=np.array([3.0, 1, 2, 5]))
    singly = fit_calibration(np.repeat(weight, [3, 1, 2, 5]), np.repeat(truth, [3, 1, 2, 5]))
    assert (together.intercept, together.slope) == pytest.approx((singly.intercept, singly.slope))


@given(st.floats(-20, 20), st.floats(0.05, 5), st.floats(-500, 500))
def test_sql_and_python_give_the_same(intercept: float, slope: float, weight: float) -> None:
    calibration = Calibration(intercept, slope)
    rows = CONNECTION.execute(f"SELECT {calibration.sql('w')} FROM (SELECT ?::DOUBLE AS w)", [weight]).fetchall()
    assert rows[0][0] == pytest.approx(float(calibration.probability(np.array([weight]))[0]), abs=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: reliability(np.array([0.5]), np.array([True, False])),
        lambda: reliability(np.array([1.5]), np.array([True])),
        lambda: reliability(np.array([math.nan]), np.array([True])),
        lambda: reliability(np.array([0.5]), np.array([True]), bins=(0, 0.5)),
        lambda: fit_calibration(np.array([math.nan]), np.array([True])),
    ],
)
def test_what_does_not_fit_is_refused(call: object) -> None:
    with pytest.raises(CannotCalibrate):
        call()  # type: ignore[operator]
