"""Do probabilities mean what they say: a reliability table against known truth, and a map that puts weights right.

The map is logistic in the weight (Platt 1999), not isotonic: two numbers that a model file can hold and a line of
SQL can apply; it never makes two weights equal, so that rank and review order stay; and with tens of labelled pairs it
stays near what the model says, where isotonic regression jumps to 0 and 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warehouse.errors import PadanError

Floats = NDArray[np.float64]

BINS = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
"""Edges of the bins of a reliability table: narrow where pairs are joined or asked about."""

_Z = 1.959963984540054  # 95 % of a normal distribution, two-sided

_BEYOND_DOUBT = 20.0
"""Weights count as at most so many bits: one wrong label at 60 bits must not bend the map for all."""

_INTERCEPT_SPREAD, _SLOPE_SPREAD = 3.0, 0.5
"""How far the map is expected to be from `intercept 0, slope 1`, in standard deviations of a normal prior."""

_LEAST_SLOPE = 0.05


class CannotCalibrate(PadanError):
    """Probabilities, weights and truth do not fit together."""


@dataclass(frozen=True)
class ReliabilityRow:
    """Pairs with a probability from `low` up to (in the last bin: with) `high`; the interval is Wilson's, 95 %."""

    low: float
    high: float
    pairs: int
    predicted: float
    observed: float
    observed_low: float
    observed_high: float


@dataclass(frozen=True)
class Reliability:
    """A reliability table without its empty bins; Brier score and expected calibration error are better nearer 0."""

    rows: tuple[ReliabilityRow, ...]
    brier: float
    calibration_error: float

    def as_text(self) -> str:
        """Lay the table out for the terminal; `*` where the truth's interval leaves out what was predicted."""
        lines = [f"{'probability':17} {'pairs':>11} {'predicted':>9} {'observed':>9}   95 % interval"]
        for row in self.rows:
            off = "" if row.observed_low <= row.predicted <= row.observed_high else " *"
            lines.append(
                f"{row.low:7.4f} - {row.high:7.4f} {row.pairs:11,} {row.predicted:9.5f} {row.observed:9.5f}   "
                f"{row.observed_low:.5f} - {row.observed_high:.5f}{off}"
            )
        lines.append(f"Brier score {self.brier:.6f}, expected calibration error {self.calibration_error:.6f}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Calibration:
    """The map from a weight to a probability: 1 / (1 + 2^-(intercept + slope * weight)), both in bits."""

    intercept: float = 0.0
    slope: float = 1.0

    def probability(self, weight: Floats) -> Floats:
        """Give calibrated probabilities of weights in bits."""
        return np.asarray(0.5 * (1 + np.tanh((self.intercept + self.slope * weight) * math.log(2) / 2)))

    def sql(self, weight: str = "match_weight") -> str:
        """Give the same as an SQL expression over a column of weights."""
        return f"(1 / (1 + pow(2, -greatest(-1000, {self.intercept!r} + {self.slope!r} * ({weight})))))"


def reliability(probability: Floats, truth: NDArray[np.bool_], bins: Sequence[float] = BINS) -> Reliability:
    """Compare what was predicted with what is true; `bins` are rising edges from 0 to 1.

    The expected calibration error is the mean of |predicted - observed| over the bins, weighted with their pairs.
    Without pairs there are no rows and both scores are 0. Raises `CannotCalibrate` on bins or probabilities that are
    none.
    """
    edges, probability = np.asarray(bins, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    _check_together(probability, truth)
    if len(edges) < 2 or edges[0] != 0 or edges[-1] != 1 or not (np.diff(edges) > 0).all():
        raise CannotCalibrate(f"The bins {list(bins)} were given; they must rise from 0 to 1.")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise CannotCalibrate("A probability below 0, above 1 or missing was found; all must be from 0 to 1.")
    number = np.searchsorted(edges[1:-1], probability, side="right")
    pairs = np.bincount(number, minlength=len(edges) - 1)
    predicted = np.bincount(number, probability, len(edges) - 1)
    matches = np.bincount(number, truth, len(edges) - 1)
    rows = tuple(
        ReliabilityRow(
            float(edges[place]),
            float(edges[place + 1]),
            int(pairs[place]),
            float(predicted[place] / pairs[place]),
            float(matches[place] / pairs[place]),
            *wilson(float(matches[place]), int(pairs[place])),
        )
        for place in np.flatnonzero(pairs)
    )
    return Reliability(
        rows=rows,
        brier=float(((probability - truth) ** 2).mean()) if len(probability) else 0.0,
        calibration_error=float(np.abs(predicted - matches).sum() / max(len(probability), 1)),
    )


def fit_calibration(weight: Floats, truth: NDArray[np.bool_], count: Floats | None = None) -> Calibration:
    """Fit the map to labelled pairs; `count` says for how many pairs each stands (sampling weight), 1 if not given.

    Penalised logistic regression by Newton's method: without labels it is the identity, and always it rises with the
    weight. Raises `CannotCalibrate`.
    """
    weight = np.asarray(weight, dtype=np.float64)
    _check_together(weight, truth)
    if np.isnan(weight).any():
        raise CannotCalibrate("A missing weight was found; leave out pairs that were not weighed.")
    clipped = np.clip(weight, -_BEYOND_DOUBT, _BEYOND_DOUBT)
    times = np.ones(len(weight)) if count is None else np.asarray(count, dtype=np.float64)
    columns = np.stack([np.ones(len(weight)), clipped], axis=1)
    intercept, slope = _newton(columns, truth, times, np.array([0.0, 1.0]))
    if slope < _LEAST_SLOPE:  # the labels contradict the weights: keep the order, learn the level
        (intercept,) = _newton(columns[:, :1], truth, times, np.array([0.0]), offset=_LEAST_SLOPE * clipped)
        slope = _LEAST_SLOPE
    return Calibration(float(intercept), float(slope))


def _newton(
    columns: Floats, truth: NDArray[np.bool_], times: Floats, prior: Floats, offset: Floats | float = 0.0
) -> Floats:
    """Minimise the penalised log-loss, which is convex; steps are halved until they lead downwards."""
    stiffness = 1 / np.array([_INTERCEPT_SPREAD, _SLOPE_SPREAD])[: len(prior)] ** 2

    def loss(found: Floats) -> float:
        logit = (columns @ found + offset) * math.log(2)
        return float(times @ (np.logaddexp(0, logit) - truth * logit) + stiffness @ (found - prior) ** 2 / 2)

    found = prior
    for _ in range(50):
        probability = 0.5 * (1 + np.tanh((columns @ found + offset) * math.log(2) / 2))
        slope = math.log(2) * columns.T @ (times * (probability - truth)) + stiffness * (found - prior)
        bend = (columns.T * (times * probability * (1 - probability))) @ columns * math.log(2) ** 2 + np.diag(stiffness)
        step = np.linalg.solve(bend, slope)
        while loss(found - step) > loss(found) and np.abs(step).max() > 1e-9:
            step = step / 2
        found = found - step
        if np.abs(step).max() < 1e-9:
            break
    return found


def wilson(matches: float, pairs: int) -> tuple[float, float]:
    """Give the 95 % score interval (Wilson 1927) of `matches` in `pairs`, which are at least one."""
    share, spread = matches / pairs, _Z**2 / pairs
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return min(max(middle - half, 0.0), share), max(min(middle + half, 1.0), share)  # rounding, at 0 and at 1


def _check_together(values: Floats, truth: NDArray[np.bool_]) -> None:
    if values.shape != truth.shape or values.ndim != 1:
        raise CannotCalibrate(f"Truth of the shape {truth.shape} was given for values of the shape {values.shape}; "
                              "both must be one column of the same length.")  # fmt: skip
