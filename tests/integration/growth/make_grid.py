"""Write `grid.csv` anew: 200 children whose z-scores the SQL must give. Run it only when a rule of WHO changed.

::

    python tests/integration/growth/make_grid.py
"""

import csv
from itertools import cycle, product
from pathlib import Path

from published_formula import standard, z_scores

GRID = Path(__file__).with_name("grid.csv")
# Close together where standing begins to be believed (9 months: day 274) and where the tables change (day 731).
AGES = (1, 30, 91, 182, 270, 272, 273, 274, 275, 365, 548, 700, 729, 730, 731, 732, 900, 1200, 1500, 1826)
# haz, waz and muacz the child is made to have: beyond the plausible, severe, at the boundary, well, beyond +3.
PROFILES = ((-6.5, -6.4, -5.4), (-3.1, -3.4, -3.2), (-2.0, -1.9, -2.0), (0.4, 0.3, 0.1), (3.4, 3.6, 3.5))
Z_SCORES = ("haz", "waz", "whz", "bmiz", "muacz")


def main() -> None:
    """Make the children, measured to 0.1 cm and 0.1 kg, and score them by the published formula."""
    positions = cycle(("L", "H", None))
    with GRID.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("sex", "age_days", "weight_kg", "height_cm", "muac_cm", "position", *Z_SCORES))
        for age, sex, (haz, waz, muacz) in product(AGES, "LP", PROFILES):
            heights, weights = standard("length_height_for_age", sex, age), standard("weight_for_age", sex, age)
            assert heights is not None
            assert weights is not None
            height, weight = round(heights.at(haz), 1), round(weights.adjusted_at(waz), 1)
            arms = standard("arm_circumference_for_age", sex, max(age, 91))
            assert arms is not None
            muac = round(arms.adjusted_at(muacz), 1)
            position = next(positions)
            scores = z_scores(sex, age, weight, height, muac, position)
            rounded = ("" if z is None else f"{z:.4f}" for z in scores)
            writer.writerow((sex, age, weight, height, muac, position or "", *rounded))


if __name__ == "__main__":
    main()
