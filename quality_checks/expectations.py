"""The bridge to Great Expectations: rules in, one verdict for each out. The only module that imports it, and late.

Its import alone takes 3 to 15 seconds, so it happens when there is something to judge. A rule holds of all rows exactly
when it holds of the distinct values in them, so every rule is judged on all rows of every table, however large: DuckDB
looks through a table once for all rules on its rows, and runs the query of each rule that brings one.

A validation costs 8 ms, whatever the number of values. So rules that want the same of their values are judged together,
and each alone only where together they do not pass: the 604 rules of a night take a third of the time that one
validation a table took. Rows at fault are counted and named by DuckDB, and only for a rule that failed.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import import_module
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from quality_checks.distinct_numbers import same_and_distinct
from quality_checks.rule import Rule, personal_columns
from warehouse.database import Connection, count, rows

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

SHOWN_ROWS = 5
"""How many rows at fault a verdict names."""

RowKey = dict[str, str | int | float | bool | None]


@dataclass(frozen=True)
class Verdict:
    """What came of a rule: `broken` means that it could not be judged, which is never a pass.

    `unexpected` of `judged` rows are at fault, or of what else the rule's query measures (datasets, deliveries);
    `judged` is None for a query that looks for faults across tables. `row_keys` name up to five rows at fault and
    `message` says all of it in a sentence; neither holds personal data.
    """

    rule: Rule
    outcome: Literal["passed", "failed", "broken"]
    message: str
    unexpected: int = 0
    judged: int | None = None
    row_keys: tuple[RowKey, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the rule was judged and holds."""
        return self.outcome == "passed"

    @property
    def stops(self) -> bool:
        """Whether nothing downstream may go on: an error that failed, or any rule that is broken."""
        return self.outcome == "broken" or (self.outcome == "failed" and self.rule.blocking)


def load_beside() -> None:
    """Begin to import Great Expectations in a thread: it is then there when the first check needs it.

    Its import takes seconds of one core, while DuckDB, which needs no interpreter, reads the extracts on the other.
    What it imports of SQLAlchemy comes before: the run's record is written with SQLAlchemy meanwhile, which finds its
    half imported parts and fails.
    """
    import_module("sqlalchemy.orm")
    Thread(target=import_module, args=("great_expectations",), daemon=True).start()


def judge(connection: Connection, rules: Sequence[Rule]) -> list[Verdict]:
    """Judge rules on the tables as they are now, and give one verdict for each, in the order given.

    Changes nothing in the database. A rule whose table, column or query does not work is `broken`, and so is one that
    Great Expectations does not answer; the others are judged all the same.
    """
    if not rules:
        return []
    seen, broken = _seen(connection, rules)
    with _quiet_validator() as validator:
        verdicts = {verdict.rule.full_name: verdict for verdict in (*broken, *validator.judge(seen))}
    row_count = cache(lambda table: count(connection, f"SELECT count(*) FROM {table}"))
    return [_told(connection, verdicts[rule.full_name], row_count) for rule in rules]


_Seen = list[tuple[Rule, list[Any]]]
"""Rules, each with the values that its expectation must see."""


def _seen(connection: Connection, rules: Sequence[Rule]) -> tuple[_Seen, list[Verdict]]:
    """Give what is to be judged, and the rules for which that cannot be told."""
    seen: _Seen = []
    broken: list[Verdict] = []
    for table in dict.fromkeys(rule.table for rule in rules):
        of_table = [rule for rule in rules if rule.table == table]
        if on_rows := [rule for rule in of_table if not rule.query]:
            seen += _seen_in(connection, table, on_rows, broken)
        for rule in of_table:
            if rule.none_where and same_and_distinct(connection, rule.none_where):
                seen.append((rule, [0.0]))
            elif rule.query:
                seen += _seen_in(connection, f"({rule.query})", [rule], broken)
    return seen, broken


def _seen_in(connection: Connection, source: str, rules: list[Rule], broken: list[Verdict]) -> _Seen:
    """Look through a table or a query once, for all of some rules."""
    try:
        (found,) = rows(connection, f"SELECT {', '.join(rule.judged for rule in rules)} FROM {source}")
    except duckdb.Error as error:
        if len(rules) > 1:  # one bad rule must not take the others with it
            return [one for rule in rules for one in _seen_in(connection, source, [rule], broken)]
        broken.append(_broken(rules[0], _cause(error)))
        return []
    return [(rule, values or []) for rule, values in zip(rules, found, strict=True)]


class _Validator:
    """One ephemeral context of Great Expectations, and the way values go through it."""

    def __init__(self, great_expectations: ModuleType) -> None:
        from great_expectations.data_context.types import base

        self.gx = great_expectations
        settings = base.DataContextConfig(
            store_backend_defaults=base.InMemoryStoreBackendDefaults(),
            progress_bars=base.ProgressBarsConfig(globally=False),
            analytics_enabled=False,
        )
        context = great_expectations.get_context(mode="ephemeral", project_config=settings)
        asset = context.data_sources.add_pandas("warehouse").add_dataframe_asset("values")
        self.batch = asset.add_batch_definition_whole_dataframe("all")

    def judge(self, seen: _Seen) -> Iterator[Verdict]:
        """Judge rules that want the same of their values together, and where they do not pass, each alone."""
        alike: dict[str, _Seen] = {}
        for rule, values in seen:
            wanted = rule.full_name if rule.faults == "measured" else f"{rule.expectation} {dict(rule.arguments)}"
            alike.setdefault(wanted, []).append((rule, values))
        for group in alike.values():
            if len(group) > 1 and self._verdict(group[0][0], [one for _, values in group for one in values]).passed:
                yield from (Verdict(rule, "passed", "") for rule, _ in group)
            else:
                yield from (self._verdict(rule, values) for rule, values in group)

    def _verdict(self, rule: Rule, values: list[Any]) -> Verdict:
        """Judge values; a rule without an answer is broken."""
        try:
            answer = self._answer(rule, values)
        except Exception as error:  # whatever it is, it is not a pass
            return _broken(rule, f"Great Expectations stopped with {type(error).__name__}")
        return _verdict(rule, answer.success is True, answer.result)

    def _answer(self, rule: Rule, values: list[Any]) -> "ExpectationValidationResult":
        import pandas as pd

        kind = getattr(self.gx.expectations, rule.expectation)
        column = {"column": "value"} if "column" in kind.__fields__ else {}
        batch = self.batch.get_batch({"dataframe": pd.DataFrame({"value": values})})
        answer: ExpectationValidationResult = batch.validate(kind(**column, **rule.arguments), result_format="SUMMARY")
        return answer


def _verdict(rule: Rule, success: bool, result: dict[str, Any]) -> Verdict:
    """Take an answer over; rows at fault are counted later, for each of their values was judged once."""
    if "unexpected_count" not in result and result.get("observed_value") is None:  # how it says that it raised
        return _broken(rule, "Great Expectations could not evaluate it")
    outcome: Literal["passed", "failed"] = "passed" if success else "failed"
    if rule.faults == "measured":
        measured = int(result["element_count"]) - int(result.get("missing_count", 0))
        return Verdict(rule, outcome, "", int(result["unexpected_count"]), measured)
    return Verdict(rule, outcome, "", int(result["observed_value"]) if rule.faults == "found" else 0)


def _broken(rule: Rule, cause: str) -> Verdict:
    message = f"Not judged, so whether it holds is unknown: {cause}. Wanted: {rule.sentence}."
    return Verdict(rule, "broken", message)


def _cause(error: duckdb.Error) -> str:
    """Say why a query failed; only errors about names and types are quoted, for others may quote a value."""
    kind = type(error).__name__
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException | duckdb.ParserException):
        return f"{kind}, {str(error).splitlines()[0].rstrip('.!')}"
    return kind


def _told(connection: Connection, verdict: Verdict, row_count: Callable[[str], int]) -> Verdict:
    """Say what came of a rule in a sentence, with the rows at fault counted and the first of them named."""
    rule = verdict.rule
    if verdict.outcome == "broken":
        return verdict
    if rule.faults == "rows":
        verdict = replace(verdict, judged=row_count(rule.table))
    if verdict.passed:
        return replace(verdict, message=f"{rule.sentence}.")
    if not rule.offending:
        return replace(verdict, message=f"{verdict.judged:,} rows found. Wanted: {rule.sentence}.")
    if rule.faults == "rows":
        verdict = replace(verdict, unexpected=count(connection, f"SELECT count(*) FROM ({rule.offending})"))
    of = "" if verdict.judged is None else f" of {verdict.judged:,}"
    return replace(
        verdict,
        message=f"{verdict.unexpected:,}{of} at fault. Wanted: {rule.sentence}.",
        row_keys=_row_keys(connection, rule),
    )


def _row_keys(connection: Connection, rule: Rule) -> tuple[RowKey, ...]:
    found = connection.sql(f"SELECT * FROM ({rule.offending}) ORDER BY ALL LIMIT {SHOWN_ROWS}")
    shown = [name for name in found.columns if name not in personal_columns()]
    keys = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    return tuple({name: _plain(key[name]) for name in shown} for key in keys)


def _plain(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


@contextmanager
def _quiet_validator() -> Iterator[_Validator]:
    """Give a validator, and keep its warnings and log lines from the terminal: what matters is in the verdicts."""
    logger = logging.getLogger("great_expectations")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations  # sets the level of its logger

        level = logger.level
        logger.setLevel(logging.CRITICAL)
        try:
            yield _validator(great_expectations)
        finally:
            logger.setLevel(level)


@cache
def _validator(great_expectations: ModuleType) -> _Validator:
    """Give the validator of this process: to make a context takes as long as a validation."""
    return _Validator(great_expectations)
