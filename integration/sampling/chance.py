"""Seeded chance: one stream of random numbers per purpose, so that a change in one part leaves the others alone."""

import zlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]


class Chance:
    """Random draws for one purpose of one seed."""

    def __init__(self, seed: int, purpose: str) -> None:
        self.rng = np.random.default_rng([seed, zlib.crc32(purpose.encode())])

    def flags(self, n: int, rate: float | Floats) -> Flags:
        """Return `n` flags, each true with probability `rate` (one rate, or one per element)."""
        return np.asarray(self.rng.random(n) < rate)

    def whole(self, n: int, low: int | Ints, high: int | Ints) -> Ints:
        """Return `n` whole numbers from `low` to `high`, both included."""
        return np.asarray(self.rng.integers(low, high, size=n, endpoint=True))

    def pick(self, n: int, weights: ArrayLike) -> Ints:
        """Return `n` positions in `weights`, each drawn in proportion to its weight."""
        cumulated = np.cumsum(np.asarray(weights, dtype=float))
        positions = np.searchsorted(cumulated, self.rng.random(n) * cumulated[-1], side="right")
        return np.asarray(np.minimum(positions, len(cumulated) - 1))

    def normal(self, n: int, mean: float | Floats, sd: float, low: float = -np.inf, high: float = np.inf) -> Floats:
        """Return `n` normal draws, clipped to `low`..`high`."""
        return np.clip(self.rng.normal(mean, sd, n), low, high)
