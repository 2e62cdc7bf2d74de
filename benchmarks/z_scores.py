"""Measure how many children a CPU second scores: all five WHO indices, of generated children.

    .venv/bin/python benchmarks/z_scores.py                  2,000,000 children
    .venv/bin/python benchmarks/z_scores.py --children N

The children are as children are: z-scores from normal distributions around -1 (so that some are beyond 3 SD, where the
adjusted form costs more), measured to 0.1, one in three without a position, one in two without an arm circumference,
one in a hundred without a weight or with an absurd one. What is measured is `compute_z_scores` as the product calls
it: reading WHO's tables, scoring, and writing the table with its other columns. The bar is for a table in memory; into
a database file it is measured too, to show what compressing and writing add. CPU is that of the whole process, all
threads added, so a second core does not help. The median of three runs is told. Other work on the machine makes CPU
seconds longer: measure on a quiet one.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from resource_use import Use, measured_part

from integration.growth.z_scores import compute_z_scores, load_who_tables
from warehouse.database import Connection, in_memory, rows

BAR = 1_000_000
RUNS = 3
_NORMAL = "sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())"
_CHILDREN = f"""
CREATE TABLE measured AS
WITH drawn AS (
    SELECT
        i AS child,
        CASE WHEN random() < 0.5 THEN 'L' ELSE 'P' END AS sex,
        (random() * 1826)::INTEGER AS age_days,
        ['L', 'H', NULL][1 + floor(random() * 3)::INTEGER] AS position,
        -1.2 + 1.2 * {_NORMAL} AS height_sd,
        -0.8 + 1.1 * {_NORMAL} AS weight_sd,
        -0.6 + 1.1 * {_NORMAL} AS arm_sd,
        random() < 0.5 AS arm_measured,
        random() AS slip
    FROM range($children) AS r (i)
)
SELECT
    child, sex, age_days, position,
    CASE
        WHEN slip < 0.005 THEN NULL
        WHEN slip < 0.01 THEN 999
        ELSE round(weight_m * pow(greatest(1 + weight_l * weight_s * weight_sd, 0.1), 1 / weight_l), 1)
    END::DOUBLE AS weight_kg,
    round(height_m * (1 + height_s * height_sd), 1)::DOUBLE AS height_cm,
    CASE WHEN arm_measured THEN round(arm_m * (1 + arm_s * arm_sd), 1) END::DOUBLE AS muac_cm
FROM drawn JOIN who_for_age USING (sex, age_days)
"""
_SCORED = """
SELECT count(*), count(haz), count(waz), count(whz), count(bmiz), count(muacz), avg((len(z_flag) > 0)::INT) FROM scored
"""


def main() -> None:
    """Generate, score, print; exit code 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--children", type=int, default=2_000_000)
    children = parser.parse_args().children
    speeds = {}
    with in_memory() as con, tempfile.TemporaryDirectory() as folder:
        load_who_tables(con)
        con.execute("SELECT setseed(0.5)")
        con.execute(_CHILDREN.replace("$children", str(children)))
        con.execute(f"ATTACH '{folder}/scored.duckdb' AS on_disk")
        for place, target in (("in memory", "scored"), ("database file", "on_disk.scored")):
            uses = [_scored(con, target) for _ in range(RUNS)]
            speed = children / median(use.cpu_seconds for use in uses)
            speeds[place] = speed
            cpu, wall = median(use.cpu_seconds for use in uses), median(use.wall_seconds for use in uses)
            print(f"{place}: {children:,} children, {cpu:.2f} CPU s, {wall:.2f} s wall: {speed:,.0f} a CPU second")
        ((scored, *known, flagged),) = rows(con, _SCORED)
    print(f"scored {scored:,}: haz {known[0]:,}, waz {known[1]:,}, whz {known[2]:,}, bmiz {known[3]:,}, ", end="")
    print(f"muacz {known[4]:,}; {flagged:.1%} flagged")
    if speeds["in memory"] < BAR:
        sys.exit(f"Wanted at least {BAR:,} a CPU second.")


def _scored(con: Connection, target: str) -> Use:
    with measured_part() as use:
        compute_z_scores(con, "measured", target)
    return use


if __name__ == "__main__":
    main()
