"""Nutrition classes and plausible ranges, read from the two tables beside this file and written out as SQL.

`growth_classes.csv` holds the classes of Permenkes 2/2020; the boundaries -3 and -2 belong to the milder class.
`plausible_ranges.csv` holds the z-scores WHO's own package still believes; beyond them a measurement was mistaken.
"""

import csv
from itertools import groupby, pairwise
from pathlib import Path
from typing import Literal

from warehouse.errors import DeclarationError

GROWTH = Path(__file__).parent
Status = Literal["stunting_status", "wasting_status", "underweight_status"]


def class_sql(status: Status) -> str:
    """Write the SQL that classifies a row by its z-score.

    The expression reads the columns `haz`, `waz`, `whz`, rounded to 2 decimals, and `oedema`, and is null where the
    z-score is. Oedema hides what a child weighs and is a sign of severe malnutrition: the child is in the severe class
    of the statuses by weight, as WHO counts it. It does not know flags or the age of the measurement: `tidak_wajar` and
    `tidak_diukur` are the caller's to add.
    Raises `DeclarationError` when the classes of a status overlap or leave a gap.
    """
    cases = "\n".join(f"    WHEN {_condition(row)} THEN '{row['class']}'" for row in _classes()[status])
    return f"CASE\n{cases}\nEND"


def z_flag_sql() -> str:
    """Write the SQL for the z-scores of a row that are beyond the plausible range.

    The expression is a list of those of `haz`, `waz`, `whz`, `bmiz`, `muacz`; empty where all are plausible or unknown,
    never null.
    """
    beyond = {
        row["z_score"]: f"{row['z_score']} < {row['lowest']} OR {row['z_score']} > {row['highest']}"
        for row in _rows("plausible_ranges.csv")
    }
    named = "\n    || ".join(f"CASE WHEN {condition} THEN ['{z}'] ELSE [] END" for z, condition in beyond.items())
    # Nearly every row has none: asking that first halves the cost of the whole column.
    return f"CASE WHEN {' OR '.join(beyond.values())} THEN\n    {named}\nELSE [] END"


def _classes() -> dict[str, list[dict[str, str]]]:
    classes = {
        status: list(rows) for status, rows in groupby(_rows("growth_classes.csv"), key=lambda row: row["status"])
    }
    for status, rows in classes.items():
        for below, above in pairwise(rows):
            touch = below["upper"] == above["lower"] != ""
            if not touch or {below["upper_included"], above["lower_included"]} != {"yes", "no"}:
                raise DeclarationError(
                    f"growth_classes.csv: in {status} the class {below['class']} must end where {above['class']} "
                    f"begins, and the bound must belong to exactly one of them; found upper {below['upper']!r} "
                    f"({below['upper_included']}) and lower {above['lower']!r} ({above['lower_included']})."
                )
        if rows[0]["lower"] or rows[-1]["upper"]:
            raise DeclarationError(
                f"growth_classes.csv: the first class of {status} must have no lower bound and the last no upper bound."
            )
    return classes


def _rows(name: str) -> list[dict[str, str]]:
    with (GROWTH / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _condition(row: dict[str, str]) -> str:
    lower = f"{row['z_score']} {'>=' if row['lower_included'] == 'yes' else '>'} {row['lower']}"
    upper = f"{row['z_score']} {'<=' if row['upper_included'] == 'yes' else '<'} {row['upper']}"
    within = " AND ".join(bound for bound, given in ((lower, row["lower"]), (upper, row["upper"])) if given)
    return f"oedema OR {within}" if row["with_oedema"] == "yes" else within
