"""Length, weight, weight-for-length, BMI and arm circumference of children under five, by the WHO standards."""

from pathlib import Path
from string import Template

from integration.growth.classes import z_flag_sql
from warehouse.database import Connection, rows

GROWTH = Path(__file__).parent
WHO = GROWTH.parents[1] / "warehouse" / "reference" / "who"
# Columns are named, not guessed: guessing costs four times the reading.
_READ = (
    "header = true, auto_detect = false, columns = {{sex: 'VARCHAR', x: '{x}', l: 'DOUBLE', m: 'DOUBLE', s: 'DOUBLE'}}"
)
_OPTIONAL = {"muac_cm": "DOUBLE", "oedema": "BOOLEAN"}
"""Columns that a source may lack, with their types."""


def compute_z_scores(con: Connection, source: str, target: str, *, temporary: bool = False) -> None:
    """Create the table `target` (a temporary one where asked): every row and column of `source`, with its WHO z-scores.

    `source` needs `sex` ('L' boy, 'P' girl), `age_days` (INTEGER, completed days), `weight_kg` and `height_cm`
    (DOUBLE, as measured) and `position` ('L' lying, 'H' standing, null not known). It may have `muac_cm` (DOUBLE,
    circumference of the upper arm) and `oedema` (BOOLEAN); where it has none, `target` has the column, null. Other
    columns are carried along. `target` has besides:

    * `haz`, `waz`, `whz`, `bmiz`, `muacz` (DOUBLE): for age the height, the weight, the BMI and the arm, for height the
      weight. Null when a value they need is null, not above 0 or outside WHO's tables (age 0-1826 days, for the arm
      91-1826; for `whz` 45-110 cm below 731 days, 65-120 cm from there). Where `oedema` is true `waz`, `whz` and `bmiz`
      are null; `class_sql` counts the child as severe. Rounded to 2 decimals, half away from zero, in double
      precision, as WHO's package does but for a tie, which R gives to the even digit: there they may differ by 0.01.
      Not DECIMAL(4, 2), because a slip of the pen gives z-scores of any size.
    * `z_flag` (VARCHAR[]): those of the z-scores beyond the plausible range; empty when there is none.
    * `position_used` ('L', 'H'; null when neither position nor age is known), `position_assumed` (BOOLEAN: it was not
      given, or was 'H' below 9 months and not believed), and `corrected_height_cm` (DOUBLE): length below 731 days,
      height from there.

    Source of the rule: WHO Child Growth Standards (2006) as computed by WHO's R package anthro 1.1.
    """
    load_who_tables(con)
    known = {name for (name,) in rows(con, f"SELECT column_name FROM (DESCRIBE {source})")}
    absent = "".join(f", NULL::{type_} AS {name}" for name, type_ in _OPTIONAL.items() if name not in known)
    kind = "TEMP TABLE" if temporary else "TABLE"
    con.execute(_sql("z_scores.sql", source=source, absent=absent, table=kind, target=target, z_flag=z_flag_sql()))


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
