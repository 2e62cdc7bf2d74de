"""Length/height-for-age, weight-for-age and weight-for-length/height of children under five, by the WHO standards."""

from pathlib import Path
from string import Template

from integration.growth.classes import z_flag_sql
from warehouse.database import Connection

GROWTH = Path(__file__).parent
WHO = GROWTH.parents[1] / "warehouse" / "reference" / "who"
# Columns are named, not guessed: guessing costs four times the reading.
_READ = (
    "header = true, auto_detect = false, columns = {{sex: 'VARCHAR', x: '{x}', l: 'DOUBLE', m: 'DOUBLE', s: 'DOUBLE'}}"
)


def compute_z_scores(con: Connection, source: str, target: str) -> None:
    """Create the table `target`: every row and column of `source`, with its WHO z-scores.

    `source` needs `sex` ('L' boy, 'P' girl), `age_days` (INTEGER, completed days), `weight_kg` and `height_cm`
    (DOUBLE, as measured) and `position` ('L' lying, 'H' standing, null not known); other columns are carried along.
    `target` has besides:

    * `haz`, `waz`, `whz` (DOUBLE): null when a value they need is null, not above 0 or outside WHO's tables (age
      0-1826 days; 45-110 cm below 731 days, 65-120 cm from there). Rounded to 2 decimals, half away from zero, in
      double precision, as WHO's package does but for a tie, which R gives to the even digit: there they may differ
      by 0.01. Not DECIMAL(4, 2), because a slip of the pen gives z-scores of any size.
    * `z_flag` (VARCHAR[]): those of `haz`, `waz`, `whz` beyond the plausible range; empty when there is none.
    * `position_used` ('L', 'H'; null when neither position nor age is known), `position_assumed` (BOOLEAN: it was not
      given, or was 'H' below 9 months and not believed), and `corrected_height_cm` (DOUBLE): length below 731 days,
      height from there.

    Oedema is not among the agencies' columns, so WHO's rule for it is not applied.
    Source of the rule: WHO Child Growth Standards (2006) as computed by WHO's R package anthro 1.1.
    """
    load_who_tables(con)
    con.execute(_sql("z_scores.sql", source=source, target=target, z_flag=z_flag_sql()))


def load_who_tables(con: Connection) -> None:
    """Create the temporary tables `who_for_age` and `who_weight_for_height` from `warehouse/reference/who`.

    They are temporary because they are no result: they belong to one connection and are never published. It takes
    about a hundredth of a second.
    """
    folder = str(WHO).replace("'", "''")
    con.execute(
        _sql("who_tables.sql", folder=folder, by_day=_READ.format(x="INTEGER"), by_millimetre=_READ.format(x="DOUBLE"))
    )


def _sql(name: str, **names: str) -> str:
    return Template((GROWTH / name).read_text(encoding="utf-8")).substitute(names)
