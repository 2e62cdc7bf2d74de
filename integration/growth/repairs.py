"""Measurements written in another unit, and weight and height exchanged: put right where nothing else is possible."""

from pathlib import Path
from string import Template

from integration.growth.z_scores import compute_z_scores
from warehouse.database import Connection

GROWTH = Path(__file__).parent
_READINGS = "measurement_reading"
_SCORED = "scored_reading"


def repair_measurements(con: Connection, source: str, target: str) -> None:
    """Create the temporary table `target`: every row of `source`, its impossible measurements repaired and marked.

    `source` needs `measurement_no` (unique), `sex`, `age_days` and `position` as `compute_z_scores` wants them, and
    `weight_kg`, `height_cm`, `muac_cm` with `<name>_outside` beside each: the value as read where it is outside the
    contract's range, and only there. Other columns are carried along.

    A cell inside its range is never touched, unless the cell it was exchanged with is outside. One outside is read
    anew, by the factors of `unit_repairs.csv` and as weight and height exchanged (`TERTUKAR`), and repaired where
    exactly one reading gives a child of plausible z-scores (`plausible_ranges.csv`); so of a child whose sex or age is
    unknown nothing is. `target` has, in place of the `_outside` columns, `weight_source`, `height_source` and
    `muac_source` as delivered, and `repairs` (VARCHAR[]): the codes of the repairs made, empty where none was.

    Contracts §0 forbids to guess a unit from the magnitude alone; here the child's age and sex decide, and each repair
    can be seen and taken back.
    """
    con.execute(_sql("readings.sql", source=source, unit_repairs=str(GROWTH / "unit_repairs.csv").replace("'", "''")))
    compute_z_scores(con, _READINGS, _SCORED, temporary=True)
    con.execute(_sql("repairs.sql", source=source, target=target, readings=_SCORED))


def _sql(name: str, **names: str) -> str:
    return Template((GROWTH / name).read_text(encoding="utf-8")).substitute(names)
