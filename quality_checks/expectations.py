"""The bridge to Great Expectations: rules in, one verdict for each out. The only module that imports it, and late.

Measured on 2.6 million rows, 20 rules over 14 text columns (2 cores, duckdb 2.0, pandas 3.1, GX 1.24):

- the import alone takes 3 to 15 seconds, so it happens when there is something to judge;
- with the table's own columns: 22 s to fetch them, 8 s to judge them, 7.7 GB;
- with what the rules need to see of each row (booleans for filled, a number for a key): 2.5 s, 3.5 s, 2.8 GB.

A rule holds of all rows exactly when it holds of the distinct values in them. So every rule is judged on all rows of
every table, however large, and a frame has as many rows as there are different ones: one frame and one validation per
table, and one more for all rules that bring their own query, a column of measurements each. Rows at fault are counted
and named by DuckDB, and only for a rule that failed. A validation costs 0.1 to 0.2 s.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from importlib import import_module
from itertools import groupby
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from quality_checks.rule import Rule, personal_columns
from warehouse.database import Connection, count, rows

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

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
    verdicts: dict[str, Verdict] = {}
    if not rules:
        return []
    with _quiet_validator() as validator:
        for frame, judged, broken in _frames(connection, rules):
            answered = validator.validate(frame, judged) if judged else []
            verdicts |= {verdict.rule.full_name: verdict for verdict in (*broken, *answered)}
    return [_told(connection, verdicts[rule.full_name]) for rule in rules]


_Frame = tuple["pd.DataFrame", list[Rule], list[Verdict]]
"""What is judged in one validation, with a column `Rule.full_name` for each rule; those rules; and the broken ones."""


def _frames(connection: Connection, rules: Sequence[Rule]) -> Iterator[_Frame]:
    on_rows = sorted((rule for rule in rules if not rule.query), key=lambda rule: rule.table)
    for table, of_table in groupby(on_rows, key=lambda rule: rule.table):
        yield _frame_of_rows(connection, table, list(of_table))
    yield _frame_of_measurements(connection, [rule for rule in rules if rule.query])


def _frame_of_rows(connection: Connection, table: str, rules: list[Rule]) -> _Frame:
    import pandas as pd

    def select(some: list[Rule]) -> str:
        columns = [f'{rule.judged} AS "{rule.full_name}"' for rule in some if rule.judged]
        return f"SELECT DISTINCT {', '.join(columns) or 'true AS row'} FROM {table}"

    try:
        return connection.sql(select(rules)).df(), rules, []
    except duckdb.Error:  # one bad rule must not take the others with it: find out which do work
        works, broken = [], []
        for rule in rules:
            try:
                rows(connection, f"SELECT count(COLUMNS(*)) FROM ({select([rule])})")
                works.append(rule)
            except duckdb.Error as error:
                broken.append(_broken(rule, _cause(error)))
        return connection.sql(select(works)).df() if works else pd.DataFrame(), works, broken


def _frame_of_measurements(connection: Connection, rules: list[Rule]) -> _Frame:
    import pandas as pd

    measurements, broken = {}, []
    for rule in rules:
        try:
            found = rows(connection, f"SELECT ({rule.judged})::DOUBLE FROM ({rule.query})")
            measurements[rule.full_name] = pd.Series([one for (one,) in found], dtype="float64")
        except duckdb.Error as error:
            broken.append(_broken(rule, _cause(error)))
    return pd.DataFrame(measurements), [rule for rule in rules if rule.full_name in measurements], broken


class _Validator:
    """One ephemeral context of Great Expectations, and the way a frame goes through it."""

    def __init__(self, great_expectations: ModuleType) -> None:
        from great_expectations.data_context.types import base

        self.gx = great_expectations
        settings = base.DataContextConfig(
            store_backend_defaults=base.InMemoryStoreBackendDefaults(),
            progress_bars=base.ProgressBarsConfig(globally=False),
            analytics_enabled=False,
        )
        self.context = great_expectations.get_context(mode="ephemeral", project_config=settings)

    def validate(self, frame: "pd.DataFrame", rules: list[Rule]) -> list[Verdict]:
        """Judge a frame in one validation; a rule without an answer is broken."""
        try:
            answers = {_rule_of(answer): answer for answer in self._run(frame, rules)}
        except Exception as error:  # whatever it is, it is not a pass
            return [_broken(rule, f"Great Expectations stopped with {type(error).__name__}") for rule in rules]
        return [
            _verdict(rule, answer.success is True, answer.result)
            if (answer := answers.get(rule.full_name)) is not None  # a failed answer is falsy
            else _broken(rule, "Great Expectations did not answer")
            for rule in rules
        ]

    def _run(self, frame: "pd.DataFrame", rules: list[Rule]) -> "list[ExpectationValidationResult]":
        name = rules[0].full_name
        batch = self.context.data_sources.add_pandas(name).add_dataframe_asset(name)
        suite = self.gx.ExpectationSuite(name=name, expectations=[self._expectation(rule) for rule in rules])
        definition = self.gx.ValidationDefinition(
            name=name,
            data=batch.add_batch_definition_whole_dataframe(name),
            suite=self.context.suites.add(suite),
        )
        definition = self.context.validation_definitions.add(definition)
        answers: list[ExpectationValidationResult] = definition.run(
            batch_parameters={"dataframe": frame}, result_format="SUMMARY"
        ).results
        return answers

    def _expectation(self, rule: Rule) -> "Expectation":
        column = {"column": rule.full_name} if rule.judged else {}
        expectation: Callable[..., Expectation] = getattr(self.gx.expectations, rule.expectation)
        return expectation(**column, **rule.arguments, meta={"rule": rule.full_name})


def _rule_of(answer: "ExpectationValidationResult") -> str:
    config = answer.expectation_config
    return str(config.meta["rule"]) if config and config.meta else ""


def _verdict(rule: Rule, success: bool, result: dict[str, Any]) -> Verdict:
    """Take an answer over; rows at fault are counted later, for the frame holds each of their values once."""
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


def _told(connection: Connection, verdict: Verdict) -> Verdict:
    """Say what came of a rule in a sentence, with the rows at fault counted and the first of them named."""
    rule = verdict.rule
    if verdict.outcome == "broken":
        return verdict
    if rule.faults == "rows":
        verdict = replace(verdict, judged=count(connection, f"SELECT count(*) FROM {rule.table}"))
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
            yield _Validator(great_expectations)
        finally:
            logger.setLevel(level)
