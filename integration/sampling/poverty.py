"""How well off each family is: decile, dwelling, water, latrine and programmes, all leaning on one hidden wealth."""

from dataclasses import dataclass

import numpy as np

from integration.sampling.chance import Chance, Flags, Floats, Ints
from integration.sampling.places import Places

ADEQUATE_WATER = (1, 2, 3, 4, 5, 7)
OTHER_WATER = (6, 8, 9, 10, 11)
"""Codes of `id_sumber_airminum` (contract S1)."""
SEPTIC, POOR_TANK = (1, 2), (3, 4, 5, 6)
"""Codes of `id_pembuangan_tinja` (contract S1)."""


@dataclass(frozen=True)
class Welfare:
    """One element per family."""

    wealth: Floats
    """Standard-normal over the kabupaten; no unit."""
    desil: Ints
    water: Ints
    water_ok: Flags
    facility: Ints
    closet: Ints
    disposal: Ints
    latrine_ok: Flags
    house: dict[str, Ints]
    """Codes of the dwelling by S1 header."""
    pkh: Flags
    bpnt: Flags
    pbi: Flags
    blt_dd: Flags


def assess(places: Places, seed: int) -> Welfare:
    """Draw each family's wealth (villages differ) and what follows from it.

    Deciles are national: a kabupaten of poor East Java has more families in deciles 2 to 5. `latrine_ok` is the
    contract's rule (own or shared, gooseneck, septic tank), `water_ok` that of `id_sumber_airminum`.
    """
    chance = Chance(seed, "poverty")
    n = len(places.home_village)
    of_village = chance.rng.normal(0, 0.35, int(places.home_village.max()) + 1)
    wealth = np.clip(0.94 * chance.rng.normal(0, 1, n) + of_village[places.home_village], -3.5, 3.5)
    desil = 1 + np.searchsorted(
        [-1.65, -1.0, -0.45, 0.0, 0.45, 0.85, 1.25, 1.7, 2.2], wealth + chance.rng.normal(0, 0.25, n)
    )

    def likely(base: float, slope: float) -> Flags:
        return chance.flags(n, 1 / (1 + np.exp(-(base + slope * wealth))))

    water_ok = likely(1.35, 0.75)
    water = np.where(
        water_ok,
        np.array(ADEQUATE_WATER)[chance.pick(n, [4, 14, 12, 35, 30, 5])],
        np.array(OTHER_WATER)[chance.pick(n, [60, 20, 10, 6, 4])],
    )
    latrine_ok = likely(0.95, 0.95)
    fault = chance.pick(n, [0.18, 0.10, 0.47, 0.25])  # open defecation, unused, no septic tank, no gooseneck
    facility = np.where(latrine_ok, 1 + chance.pick(n, [8, 2]), np.array([6, 5, 1, 2])[fault])
    closet = np.where(latrine_ok, 1, np.array([0, 1, 1, 4])[fault])
    disposal = np.where(
        latrine_ok,
        np.array(SEPTIC)[chance.pick(n, [9, 1])],
        np.where(fault == 0, 0, np.array(POOR_TANK)[chance.pick(n, [4, 4, 1, 1])]),
    )
    grade = np.clip(wealth + chance.rng.normal(0, 0.6, n), -3, 3)
    house = {
        "id_status_penguasaan_bangunan": 1 + chance.pick(n, [80, 5, 12, 1, 2]),
        "id_lantai_terluas": np.clip(np.rint(5 - 1.5 * grade), 1, 9).astype(np.int64),
        "luas_lantai_bangunan": np.clip(np.rint(62 + 22 * grade + chance.rng.normal(0, 12, n)), 9, 400).astype(
            np.int64
        ),
        "id_dinding_terluas": np.clip(np.rint(2.5 - grade), 1, 7).astype(np.int64),
        "id_atap_terluas": np.clip(np.rint(4 - grade), 1, 8).astype(np.int64),
        "id_sumberpenerangan": np.where(likely(4, 0.8), 1, 2),
        "id_bb_utama": np.where(likely(1.6, 0.9), 3, 9),
    }
    return Welfare(
        wealth, desil, water, water_ok, facility, closet, disposal, latrine_ok, house,
        pkh=likely(-2.2, -1.1), bpnt=likely(-1.4, -1.1), pbi=likely(-0.2, -0.9), blt_dd=likely(-3.2, -0.8),
    )  # fmt: skip
