"""Probabilities are held against the truth, and the map that corrects them keeps their order."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from integration.linkage.calibration import LEAST_LABELS, CannotCalibrate, LabelledPairs, calibrate, fit, reliability

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


def alone(weight: NDArray[np.float64], same: NDArray[np.bool_]) -> LabelledPairs:
    """Give labelled pairs without rivals."""
    return LabelledPairs(weight, np.arange(len(weight)), same, np.ones(len(weight), dtype=bool))


def competing(records: int, shift: float, slope: float, seed: int = 7) -> LabelledPairs:
    """Give records with five candidates each, whose person is the one or the other or none, as calibrated says."""
    rng = np.random.default_rng(seed)
    weight, record = rng.normal(-1, 5, records * 5), np.repeat(np.arange(records), 5)
    odds = np.exp2(shift + slope * weight).reshape(records, 5)
    chances = np.cumsum(odds / (1 + odds.sum(axis=1, keepdims=True)), axis=1)
    person = (rng.random((records, 1)) > chances).sum(axis=1)  # 5: nobody
    same = (np.arange(5) == person[:, None]).ravel()
    return LabelledPairs(weight, record, same, np.ones(len(weight), dtype=bool))


@pytest.mark.parametrize(("shift", "slope"), [(-4.0, 0.5), (0.0, 1.0), (2.0, 0.8)])
def test_a_known_map_is_found_again(shift: float, slope: float) -> None:
    weight = np.random.default_rng(4).normal(0, 8, 20_000)
    same = truth_of(weight, shift, slope)
    found = fit(alone(weight, same))
    assert found[0] == pytest.approx(shift, abs=0.3)
    assert found[1] == pytest.approx(slope, abs=0.05)
    assert reliability(alone(weight, same).chance(found), same).calibration_error < 0.01


@pytest.mark.parametrize(("shift", "slope"), [(0.0, 1.0), (-1.5, 0.8)])
def test_rivals_are_not_held_against_a_pair_twice(shift: float, slope: float) -> None:
    pairs = competing(4000, shift, slope)
    assert fit(pairs) == pytest.approx((shift, slope), abs=0.15)
    assert reliability(pairs.chance((shift, slope)), pairs.same).calibration_error < 0.01
    assert fit(alone(pairs.weight, pairs.same))[0] < shift - 0.5


def test_who_is_not_labelled_still_is_a_rival() -> None:
    pairs = competing(4000, 1.5, 1.2)
    some = replace(pairs, known=np.random.default_rng(8).random(len(pairs.weight)) < 0.3)
    assert fit(some) == pytest.approx((1.5, 1.2), abs=0.25)


def test_what_helps_on_labels_held_back_is_taken() -> None:
    found = calibrate(competing(2000, 2.0, 0.7))
    assert found.calibrated == pytest.approx((2.0, 0.7), abs=0.3)
    assert re.search(r"held back 0\.\d+ as learned, 0\.\d+ calibrated: weights are calibrated, \+", found.because)


def test_what_does_not_help_is_left() -> None:
    found = calibrate(competing(600, 0.0, 1.0))
    assert found.calibrated == (0, 1)
    assert found.because.endswith("probabilities stay as learned.")


def test_too_few_labels_change_nothing() -> None:
    weight = np.append(np.full(500, 9.0), np.full(LEAST_LABELS - 1, 9.0))
    found = calibrate(alone(weight, np.arange(len(weight)) < 500))
    assert found.calibrated == (0, 1)
    assert found.because.startswith("Of 519 labelled pairs 500 are the same person: too few to judge probabilities by")


def test_without_labels_nothing_is_changed() -> None:
    assert fit(alone(np.array([]), np.array([], dtype=bool))) == pytest.approx((0, 1), abs=1e-3)


def test_labels_that_separate_perfectly_do_not_run_away() -> None:
    weight = np.array([-9.0, -8, -7, 7, 8, 9])
    shift, slope = fit(alone(weight, weight > 0))
    assert abs(shift) < 0.1
    assert 0.9 <= slope < 1.5


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-60, 60), st.booleans()), max_size=60))
def test_whatever_the_labels_the_order_of_the_weights_stays(labels: list[tuple[float, bool]]) -> None:
    weight, same = np.array([one for one, _ in labels]), np.array([one for _, one in labels], dtype=bool)
    shift, slope = fit(alone(weight, same))
    assert 0.01 <= slope <= 100  # as a model file may say it
    assert -100 <= shift <= 100


def test_one_wrong_label_far_out_does_not_bend_the_map() -> None:
    weight = np.random.default_rng(6).normal(0, 8, 2000)
    truth = truth_of(weight, 0, 1)
    assert fit(alone(np.append(weight, 500.0), np.append(truth, False)))[1] > 0.8


@pytest.mark.parametrize(
    "call",
    [
        lambda: reliability(np.array([0.5]), np.array([True, False])),
        lambda: reliability(np.array([1.5]), np.array([True])),
        lambda: reliability(np.array([math.nan]), np.array([True])),
        lambda: reliability(np.array([0.5]), np.array([True]), bins=(0, 0.5)),
        lambda: alone(np.array([math.nan]), np.array([True])),
    ],
)
def test_what_does_not_fit_is_refused(call: object) -> None:
    with pytest.raises(CannotCalibrate):
        call()  # type: ignore[operator]
