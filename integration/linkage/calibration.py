"""Do probabilities mean what they say: a reliability table against known truth, and a map that puts weights right.

The map is logistic in the weight (Platt 1999), not isotonic: two numbers that a model file can hold and a line of
SQL can apply; it never makes two weights equal, so that rank and review order stay; and with tens of labelled pairs it
stays near what the model says, where isotonic regression jumps to 0 and 1. It is fitted to the chance of a pair beside
its rivals, as the assignment reckons it: fitted to single pairs it would hold the rivals against a pair twice.
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

_MOST_BITS = 500.0
"""Beyond this 2^weight would overflow; the probability is 1 long before."""

_Z = 1.959963984540054  # 95 % of a normal distribution, two-sided

_DOUBT = 0.001
"""Share of labels taken to be wrong: else one of them at 60 bits would bend the map for all."""

_SHIFT_SPREAD, _SLOPE_SPREAD = 3.0, 0.5
"""How far the map is expected to be from `shift 0, slope 1`: standard deviations of a normal prior, of the slope's
natural logarithm."""

LEAST_LABELS = 20
"""Of each verdict: ten for each of the two numbers that are learned."""

_LEAST_GAIN = 2.0
"""By so much (natural logarithm) the labels held back must be likelier, all together: less may be chance."""


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
class LabelledPairs:
    """Weighed pairs, one per row, `weight` in bits; pairs of one `record` compete.

    `same` is the label, and means something only where `known`: the others are here as rivals.
    """

    weight: Floats
    record: NDArray[np.int64]
    same: NDArray[np.bool_]
    known: NDArray[np.bool_]

    def __post_init__(self) -> None:
        _check_together(self.weight, self.same)
        if np.isnan(self.weight).any():
            raise CannotCalibrate("A missing weight was found; leave out pairs that were not weighed.")

    def chance(self, calibration: tuple[float, float] = (0.0, 1.0)) -> Floats:
        """Give the probability of each pair beside its rivals and beside nobody at all."""
        shift, slope = calibration
        _, record = np.unique(self.record, return_inverse=True)
        odds = np.exp2(np.minimum(shift + slope * self.weight, _MOST_BITS))
        return np.asarray(odds / (1 + np.bincount(record, odds))[record])

    def loss(self, calibration: tuple[float, float] = (0.0, 1.0)) -> float:
        """Give the logarithm (natural) of how unlikely the labels are, summed over them."""
        probability = _DOUBT + (1 - 2 * _DOUBT) * self.chance(calibration)[self.known]
        return float(-np.log(np.where(self.same[self.known], probability, 1 - probability)).sum())

    def where(self, keep: NDArray[np.bool_]) -> "LabelledPairs":
        """Give some of the pairs."""
        return LabelledPairs(self.weight[keep], self.record[keep], self.same[keep], self.known[keep])


@dataclass(frozen=True)
class Calibration:
    """What labels say of weights: `calibrated` weight = shift + slope * weight; `because` says it in a sentence."""

    calibrated: tuple[float, float]
    because: str


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


def calibrate(pairs: LabelledPairs) -> Calibration:
    """Learn the map from labels, unless they are too few or it fails on labels it was not fitted to.

    Half of the records (those of an even number) are judged by the map of the other half: only where that makes their
    labels likelier is it taken.
    """
    same, labels = int((pairs.same & pairs.known).sum()), int(pairs.known.sum())
    told = f"Of {labels:,} labelled pairs {same:,} are the same person"
    if min(same, labels - same) < LEAST_LABELS:
        return Calibration((0.0, 1.0), f"{told}: too few to judge probabilities by ({LEAST_LABELS} the same and "
                           f"{LEAST_LABELS} different are needed), which stay as learned.")  # fmt: skip
    even = pairs.record % 2 == 0
    before, after = pairs.loss(), 0.0
    for judged in (even, ~even):
        after += pairs.where(judged).loss(fit(pairs.where(~judged)))
    measured = f"log-loss of labels held back {before / labels:.6f} as learned, {after / labels:.6f} calibrated"
    if after > before - _LEAST_GAIN:
        return Calibration((0.0, 1.0), f"{told}; {measured}: probabilities stay as learned.")
    shift, slope = fit(pairs)
    return Calibration((shift, slope), f"{told}; {measured}: weights are calibrated, {shift:+.3f} bits + {slope:.3f} "
                       "times what was learned.")  # fmt: skip


def fit(pairs: LabelledPairs) -> tuple[float, float]:
    """Give the shift (bits) and slope under which the labels are likeliest; without labels it is (0, 1)."""

    def unlikely(found: Floats) -> float:
        shift, log_slope = found
        belief = (shift / _SHIFT_SPREAD) ** 2 + (log_slope / _SLOPE_SPREAD) ** 2
        return pairs.loss((shift, math.exp(log_slope))) + float(belief) / 2

    from scipy.optimize import minimize  # half a second that no night needs

    shift, log_slope = minimize(unlikely, [0.0, 0.0], method="Nelder-Mead").x
    return float(shift), math.exp(log_slope)


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
