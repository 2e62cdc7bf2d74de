"""WHO's published formulas, child by child in plain Python: slow, and written apart from the SQL it is there to check.

Source: WHO Child Growth Standards, Methods and development (2006), chapter 7.
"""

import csv
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import NamedTuple

WHO = Path(__file__).parents[3] / "warehouse" / "reference" / "who"


class Standard(NamedTuple):
    """The distribution of one measurement at one age or one length."""

    power: float
    median: float
    variation: float

    def at(self, sd: float) -> float:
        """Say what is measured `sd` standard deviations from the median (no power is 0)."""
        return float(self.median * (1 + self.power * self.variation * sd) ** (1 / self.power))

    def z(self, measured: float) -> float:
        """Say how many standard deviations from the median a measurement is."""
        return float(((measured / self.median) ** self.power - 1) / (self.power * self.variation))

    def adjusted_z(self, measured: float) -> float:
        """Say it of a weight, a BMI or an arm: beyond 3 SD in steps of the distance from 2 to 3 SD."""
        z = self.z(measured)
        if abs(z) <= 3:
            return z
        side = 3 if z > 0 else -3
        step = abs(self.at(side) - self.at(side * 2 / 3))
        return side + (measured - self.at(side)) / step

    def adjusted_at(self, sd: float) -> float:
        """Say which of these is `sd` standard deviations from the median, by the same yardstick."""
        if abs(sd) <= 3:
            return self.at(sd)
        side = 3 if sd > 0 else -3
        return self.at(side) + (sd - side) * abs(self.at(side) - self.at(side * 2 / 3))


@cache
def table(name: str, sex: str) -> tuple[list[float], list[Standard]]:
    """Read one WHO table for one sex: its steps, rising, and what is normal there."""
    with (WHO / f"{name}.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["sex"] == sex]
    return [float(row["x"]) for row in rows], [
        Standard(float(row["l"]), float(row["m"]), float(row["s"])) for row in rows
    ]


def standard(name: str, sex: str, x: float) -> Standard | None:
    """Look up a step, or the point between two; None outside the table."""
    steps, standards = table(name, sex)
    if not steps[0] <= x <= steps[-1]:
        return None
    below = bisect_right(steps, x) - 1
    if steps[below] == x:
        return standards[below]
    part = (x - steps[below]) / (steps[below + 1] - steps[below])
    low, high = standards[below], standards[below + 1]
    return Standard(*(a + part * (b - a) for a, b in zip(low, high, strict=True)))


def z_scores(
    sex: str, age_days: int, weight_kg: float, height_cm: float, muac_cm: float, position: str | None
) -> tuple[float | None, ...]:
    """Say a child's haz, waz, whz, bmiz and muacz, unrounded; None outside the tables."""
    if not 0 <= age_days <= 1826:
        return None, None, None, None, None
    infant = age_days < 731
    stands = position == "H" and age_days / 30.4375 >= 9
    if infant and stands:
        height_cm = round(height_cm + 0.7, 6)
    if not infant and position == "L":
        height_cm = round(height_cm - 0.7, 6)
    height = standard("length_height_for_age", sex, age_days)
    weight = standard("weight_for_age", sex, age_days)
    weight_for_height = standard("weight_for_length" if infant else "weight_for_height", sex, height_cm)
    bmi = standard("bmi_for_age", sex, age_days)
    arm = standard("arm_circumference_for_age", sex, age_days)
    return (
        height and height.z(height_cm),
        weight and weight.adjusted_z(weight_kg),
        weight_for_height and weight_for_height.adjusted_z(weight_kg),
        bmi and bmi.adjusted_z(weight_kg / (height_cm / 100) ** 2),
        arm and arm.adjusted_z(muac_cm),
    )
