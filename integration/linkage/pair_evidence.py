"""What compared pairs say: their levels laid out for learning, and how probable weights make each pair (E-step)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from integration.linkage.model import Comparison
from warehouse.errors import PadanError

Floats = NDArray[np.float64]

_MOST_BITS = 500.0
"""Beyond this 2^weight would overflow; the probability is 1 long before."""

_HOPELESS = -20.0
"""Bits of a pair that cannot matter: less likely than one in a million."""


class CannotTrain(PadanError):
    """There is nothing to learn from, or the pairs do not fit the model."""


@dataclass(frozen=True)
class Pairs:
    """Compared pairs, one per row.

    `levels` (pairs x comparisons): 0 where one side says nothing, else the place of the level in the model, from 1.
    `frequency`: for each feature that a level names as `per`, how common the compared value is (0 to 1, not its
    logarithm), for every pair and whatever level it shows; NaN where it is not known.
    """

    levels: NDArray[np.uint8]
    frequency: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Candidates(Pairs):
    """The pairs that blocking found, without those a constraint forbids.

    `record`: the record that is to be placed; its pairs compete. None (de-duplication): each pair stands for itself,
    and `count` may say for how many.
    `identified`: pairs that agree on a number that one person alone holds, compared in the comparison `identifier`: a
    second source of the m of the other comparisons.
    """

    record: NDArray[np.int64] | None = None
    count: Floats | None = None
    identified: NDArray[np.bool_] | None = None
    identifier: str | None = None


class Evidence:
    """Pairs laid out for the E-step: those of a record side by side, their levels as numbers of distinct patterns."""

    def __init__(
        self,
        patterns: NDArray[np.uint8],
        pattern_of: NDArray[np.int64],
        taken_off: Sequence[Floats | None],
        record: NDArray[np.int64] | None,
        count: Floats | None,
        family: NDArray[np.bool_],
        cap: float,
    ) -> None:
        self._patterns, self._pattern_of = patterns, pattern_of
        self._taken_off = taken_off
        self._record, self._count = record, count
        self._family, self._cap = family, cap
        self._person_off, self._family_off = np.zeros(len(pattern_of)), np.zeros(len(pattern_of))
        for off, about_family in zip(taken_off, family, strict=True):
            if off is not None:
                total = self._family_off if about_family else self._person_off
                total += off
        if record is not None:
            self._starts = np.flatnonzero(np.append(True, record[1:] != record[:-1])[: len(record)])
            self._rivals = np.diff(np.append(self._starts, len(record)))

    @classmethod
    def lay_out(cls, comparisons: Sequence[Comparison], pairs: Candidates, cap: float) -> "Evidence":
        """Sort pairs by record, number their patterns, and take the logarithm of the frequencies that count.

        Raises `CannotTrain` where pairs and model do not fit.
        """
        _check(comparisons, pairs)
        levels, order = pairs.levels, None
        if pairs.record is not None and bool((pairs.record[1:] < pairs.record[:-1]).any()):
            order = np.argsort(pairs.record, kind="stable")
            levels = levels[order]
        taken_off: list[Floats | None] = []
        for place, comparison in enumerate(comparisons):
            off = np.zeros(len(levels)) if any(level.per for level in comparison.levels) else None
            for number, level in enumerate(comparison.levels, start=1):
                if off is not None and level.per is not None:
                    shown = np.flatnonzero(levels[:, place] == number)
                    off[shown] = np.log2(pairs.frequency[level.per][shown if order is None else order[shown]])
            taken_off.append(off)
        patterns, pattern_of = _number(levels, [len(comparison.levels) for comparison in comparisons])
        return cls(
            patterns,
            pattern_of,
            taken_off,
            record=pairs.record if pairs.record is None or order is None else pairs.record[order],
            count=pairs.count,
            family=np.array([comparison.about == "family" for comparison in comparisons]),
            cap=cap,
        )

    def judge(self, bits: Sequence[Floats], prior: float, without: int | None = None) -> tuple[Floats, float]:
        """Give the probability of each pair beside its rivals, and the logarithm of all evidence (natural).

        `bits`: for each comparison the weight of its levels by number; `without` leaves one comparison out.
        """
        odds = np.exp2(np.minimum(self._weight(bits, prior, without), _MOST_BITS))
        if self._record is None:
            evidence = np.log1p(odds)
            return odds / (1 + odds), float((evidence if self._count is None else evidence * self._count).sum())
        total = np.add.reduceat(odds, self._starts) if len(odds) else odds
        return odds / np.repeat(1 + total, self._rivals), float(np.log1p(total).sum())

    def tally(self, share: Floats | None = None) -> Floats:
        """Count the pairs of each pattern, each with its `share`."""
        if self._count is not None:
            share = self._count if share is None else share * self._count
        return np.bincount(self._pattern_of, share, len(self._patterns)).astype(np.float64, copy=False)

    def by_level(self, tally: Floats, place: int, levels: int) -> Floats:
        """Count the pairs of a tally that show each level of the comparison at `place`."""
        return np.bincount(self._patterns[:, place], tally, levels + 1)[1:].astype(np.float64, copy=False)

    def usual_frequency(self, place: int, levels: int, share: Floats) -> Floats:
        """Give the mean log2 frequency of the values behind each level of a comparison, 0 where there is none."""
        off = self._taken_off[place]
        if off is None:
            return np.zeros(levels)
        total = self.by_level(self.tally(share * off), place, levels)
        shown = self.by_level(self.tally(share), place, levels)
        return np.divide(total, shown, out=np.zeros(levels), where=shown > 0)

    def hopeful(self, bits: Sequence[Floats], prior: float) -> "Evidence":
        """Leave out the pairs that are hopeless even without the comparison that speaks most against them."""
        against = -self._parts(bits).min(axis=1, initial=0)
        keep = self._weight(bits, prior, None) + against[self._pattern_of] > _HOPELESS
        return Evidence(
            self._patterns,
            self._pattern_of[keep],
            [None if off is None else off[keep] for off in self._taken_off],
            record=None if self._record is None else self._record[keep],
            count=None if self._count is None else self._count[keep],
            family=self._family,
            cap=self._cap,
        )

    def _parts(self, bits: Sequence[Floats]) -> Floats:
        """Bits of each pattern (patterns x comparisons)."""
        return np.stack([weights[self._patterns[:, place]] for place, weights in enumerate(bits)], axis=1)

    def _weight(self, bits: Sequence[Floats], prior: float, without: int | None) -> Floats:
        """Bits of each pair with the prior; what speaks of the family is capped."""
        parts = self._parts(bits)
        person_off, family_off = self._person_off, self._family_off
        if without is not None:
            parts[:, without] = 0
            off = self._taken_off[without]
            if off is not None and self._family[without]:
                family_off = family_off - off
            elif off is not None:
                person_off = person_off - off
        weight: Floats = (prior + parts[:, ~self._family].sum(axis=1))[self._pattern_of] - person_off
        if self._family.any():
            family = parts[:, self._family].sum(axis=1)[self._pattern_of] - family_off
            weight += np.minimum(family, self._cap)
        return weight


def _number(levels: NDArray[np.uint8], sizes: Sequence[int]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Give the distinct rows, and for each row which of them it is; np.unique on rows would take minutes."""
    number, highest = np.zeros(len(levels), dtype=np.int64), 1
    for place, size in enumerate(sizes):
        if highest > 2**62 // (size + 1):
            distinct, number = np.unique(number, return_inverse=True)
            highest = len(distinct)
        number, highest = number * (size + 1) + levels[:, place], highest * (size + 1)
    _, first, pattern_of = np.unique(number, return_index=True, return_inverse=True)
    return levels[first], pattern_of


def _check(comparisons: Sequence[Comparison], pairs: Candidates) -> None:
    if pairs.levels.ndim != 2 or pairs.levels.shape[1] != len(comparisons):
        raise CannotTrain(f"Pairs of the shape {pairs.levels.shape} were given; a model of {len(comparisons)} "
                          "comparisons needs one column of levels for each.")  # fmt: skip
    if pairs.record is not None and pairs.count is not None:
        raise CannotTrain("Pairs were given with a record and a count; pairs that compete must stand singly.")
    for place, comparison in enumerate(comparisons):
        shown = pairs.levels[:, place]
        if len(shown) and shown.max() > len(comparison.levels):
            raise CannotTrain(f"Level {shown.max()} of comparison {comparison.name} was found; "
                              f"the model has {len(comparison.levels)}.")  # fmt: skip
        for number, level in enumerate(comparison.levels, start=1):
            if level.per is None:
                continue
            if level.per not in pairs.frequency:
                raise CannotTrain(f"Comparison {comparison.name} needs the frequency {level.per}; it was not given.")
            if missing := int((~(pairs.frequency[level.per][shown == number] > 0)).sum()):
                raise CannotTrain(f"{missing:,} pairs show level {level.name} of comparison {comparison.name} but have "
                                  f"no {level.per} above 0.")  # fmt: skip
