"""What a rule is: one sentence about a table, the expectation that judges it, and how to find the rows at fault.

A rule never asks for more of a table than its expectation must see. `judged` is an SQL aggregate, and of a table's rows
only the few values that it gives go to Great Expectations: whether a column is filled, which codes it holds. A number
is judged by its least and greatest value, a key by how many are repeated. So names and NIKs stay in DuckDB. There are
nine kinds of rule, each made by a function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from warehouse.database import literal
from warehouse.settings import STAGES
from warehouse.tables.declaration import Table, stage_tables

Severity = Literal["error", "warn"]
MEASURED = "measured"
"""The column in which the query of a `measured` rule gives what it measured."""
_ALL_MEASURED = f"list({MEASURED}::DOUBLE)"

SHARED_CHECKS = {
    "columns_filled": "Every row has a value in each column that is declared filled",
    "values_known": "Each value is one of those declared for its column",
    "bounds_kept": "Each number lies in the bounds declared for its column",
    "lengths_kept": "No text is longer than declared for its column",
}
"""Checks that show several rules of a table at once: keeping one check costs Dagster up to 0.1 s."""

_STAND_INS = ("record_id", "source_file_id", "source_row_no", "family_id")
"""What names a row instead of a key column that holds personal data (`household_ref` may be a KK)."""


@dataclass(frozen=True)
class Rule:
    """What must hold of `table` (`schema.name`); `name` is unique in it, `sentence` says it to people.

    `severity`: an `error` stops what lies downstream, a `warn` is shown and goes on. `expectation` is the class name of
    a Great Expectations expectation and `arguments` its arguments. It judges the list that the SQL aggregate `judged`
    gives of the table's rows, or of the rows of `query` where there is one.
    `offending` is a query for the rows at fault, as their key columns; it may give more columns than may be shown.
    `faults` says what is counted when it is broken: `rows` of the table that `offending` gives, rows `found` by a
    search across tables, or what was `measured`. `none_where` are queries, each for a column of whole numbers: where
    they give the same ones, each once, `query` measures 0 and need not be run.
    `check` is one of `SHARED_CHECKS` where the rule is not shown by a check of its own.
    """

    name: str
    table: str
    sentence: str
    severity: Severity
    expectation: str
    judged: str
    offending: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    none_where: tuple[str, ...] = ()
    faults: Literal["rows", "found", "measured"] = "rows"
    check: str = ""

    @property
    def check_name(self) -> str:
        """Name of the check that shows it: its own, unless it shares one."""
        return self.check or self.name

    @property
    def blocking(self) -> bool:
        """Whether breaking it stops what lies downstream."""
        return self.severity == "error"

    @property
    def full_name(self) -> str:
        """`schema.table.rule`, unique among all rules."""
        return f"{self.table}.{self.name}"


@cache
def personal_columns() -> frozenset[str]:
    """Give the names of all columns that some declared table classes as personal data; no row key shows them."""
    return frozenset(
        column.name
        for stage in STAGES
        for table in stage_tables(stage).values()
        for column in table.columns
        if column.privacy != "none"
    )


def row_key(table: Table) -> tuple[str, ...]:
    """Give the columns that name a row to people: its key, with personal data replaced by where the row stands."""
    open_columns = {column.name for column in table.columns if column.privacy == "none"}
    shown = [name for name in table.key if name in open_columns]
    if len(shown) < len(table.key):
        shown += [name for name in _STAND_INS if name in open_columns and name not in shown]
    return tuple(shown)


def filled(table: Table, column: str, severity: Severity = "error") -> Rule:
    """Want a value of `column` in every row. Judged: whether it has one."""
    return Rule(
        name=f"{column}_filled",
        table=table.full_name,
        sentence=f"Every row has {column}",
        severity=severity,
        expectation="ExpectColumnValuesToNotBeNull",
        judged=f'[CASE WHEN count("{column}") = count(*) THEN true END]',
        offending=_rows_where(table, f'"{column}" IS NULL'),
        check="columns_filled",
    )


def one_of(table: Table, column: str, values: Sequence[str], severity: Severity = "error") -> Rule:
    """Want `column` to be null or one of `values`; of a list column, each of its elements. Judged: the values."""
    known = ", ".join(map(literal, values))
    sentence = f"Each {column} is one of {', '.join(values)}"
    if next(one.type for one in table.columns if one.name == column).endswith("[]"):
        condition = f'list_has_all([{known}], "{column}")'
        return replace(holds(table, f"{column}_known", sentence, condition, severity), check="values_known")
    return Rule(
        name=f"{column}_known",
        table=table.full_name,
        sentence=sentence,
        severity=severity,
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"value_set": list(values)},
        judged=f'list(DISTINCT "{column}")',
        offending=_rows_where(table, f'"{column}" NOT IN ({known})'),
        check="values_known",
    )


def within(table: Table, column: str, low: float | None, high: float | None, severity: Severity = "error") -> Rule:
    """Want `column` to be null or a number from `low` to `high`; None leaves an end open.

    Judged: the least and the greatest of them. What is no number (NaN) counts as greater than any, as in DuckDB.
    """
    number = f"""CASE WHEN isnan("{column}"::DOUBLE) THEN 'infinity'::DOUBLE ELSE "{column}"::DOUBLE END"""
    return Rule(
        name=f"{column}_within_bounds",
        table=table.full_name,
        sentence=f"Each {column} is {_bounds(low, high)}",
        severity=severity,
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"min_value": low, "max_value": high},
        judged=f"[min({number}), max({number})]",
        offending=_rows_where(table, _outside(f'"{column}"', low, high)),
        check="bounds_kept",
    )


def no_longer(table: Table, column: str, length: int, severity: Severity = "error") -> Rule:
    """Want `column` to be null or a text of at most `length` letters. Judged: whether it is."""
    sentence = f"Each {column} has at most {length} letters"
    rule = holds(table, f"{column}_length", sentence, f'length("{column}") <= {length}', severity)
    return replace(rule, check="lengths_kept")


def unique(table: Table, name: str, columns: Sequence[str], severity: Severity = "error") -> Rule:
    """Want no two rows with the same `columns`; nulls count as equal. Judged: how many of them are repeated."""
    names = ", ".join(f'"{column}"' for column in columns)
    return Rule(
        name=name,
        table=table.full_name,
        sentence=f"No two rows have the same {', '.join(columns)}",
        severity=severity,
        expectation="ExpectColumnMaxToBeBetween",
        arguments={"min_value": 0, "max_value": 0},
        judged=_ALL_MEASURED,
        offending=f"SELECT {_shown(table)} FROM {table.full_name} QUALIFY count(*) OVER (PARTITION BY {names}) > 1",
        query=f"SELECT count(*) AS {MEASURED} FROM "
        f"(SELECT 1 FROM {table.full_name} GROUP BY {names} HAVING count(*) > 1)",
        none_where=(f"SELECT hash({names}) FROM {table.full_name}",),
    )


def not_empty(table: Table, severity: Severity = "error") -> Rule:
    """Want at least one row in the table. Judged: one that stands for all, where there is one."""
    return Rule(
        name="not_empty",
        table=table.full_name,
        sentence="The table has at least one row",
        severity=severity,
        expectation="ExpectTableRowCountToBeBetween",
        arguments={"min_value": 1},
        judged="range(least(count(*), 1))",
        offending="",
    )


def holds(table: Table, name: str, sentence: str, condition: str, severity: Severity = "error") -> Rule:
    """Want an SQL `condition` to hold of each row; null is unknown, no fault. Judged: whether it does."""
    return Rule(
        name=name,
        table=table.full_name,
        sentence=sentence,
        severity=severity,
        expectation="ExpectColumnValuesToBeInSet",
        arguments={"value_set": [True]},
        judged=f"[bool_and(({condition}))]",
        offending=_rows_where(table, f"NOT ({condition})"),
    )


def no_rows(
    table: Table,
    name: str,
    sentence: str,
    query: str,
    severity: Severity = "error",
    none_where: Sequence[str] = (),
) -> Rule:
    """Want a `query` that looks for rows at fault across tables to find none. Judged: how many it finds.

    Its columns are shown as row keys, except those that hold personal data. `none_where`: see `Rule`.
    """
    return Rule(
        name=name,
        table=table.full_name,
        sentence=sentence,
        severity=severity,
        expectation="ExpectColumnMaxToBeBetween",
        arguments={"min_value": 0, "max_value": 0},
        judged=_ALL_MEASURED,
        offending=query,
        query=f"SELECT count(*) AS {MEASURED} FROM ({query})",
        none_where=tuple(none_where),
        faults="found",
    )


def measured(
    table: Table,
    name: str,
    sentence: str,
    query: str,
    low: float | None = None,
    high: float | None = None,
    severity: Severity = "warn",
) -> Rule:
    """Want what `query` measures, in each of its rows, to lie from `low` to `high`; null is no fault.

    The query gives the measurement in a column `measured`; its other columns say what was measured (a dataset, a
    delivery), and are shown.
    """
    return Rule(
        name=name,
        table=table.full_name,
        sentence=f"{sentence}: {_bounds(low, high)}",
        severity=severity,
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"min_value": low, "max_value": high},
        judged=_ALL_MEASURED,
        offending=f"SELECT * FROM ({query}) WHERE {_outside(MEASURED, low, high)}",
        query=query,
        faults="measured",
    )


def _rows_where(table: Table, condition: str) -> str:
    return f"SELECT {_shown(table)} FROM {table.full_name} WHERE {condition}"


def _shown(table: Table) -> str:
    return ", ".join(f'"{name}"' for name in row_key(table)) or "NULL AS row"


def _outside(expression: str, low: float | None, high: float | None) -> str:
    below = [] if low is None else [f"{expression} < {low}"]
    above = [] if high is None else [f"{expression} > {high}"]
    return " OR ".join(below + above)


def _bounds(low: float | None, high: float | None) -> str:
    at_least = [] if low is None else [f"at least {low:g}"]
    at_most = [] if high is None else [f"at most {high:g}"]
    return " and ".join(at_least + at_most)
