"""Rules as Dagster shows them: one asset check for each. Assets are keyed [stage, table], as their tables are.

Every check is declared blocking, so that a rule that is broken can stop the run whatever its severity; Dagster itself
lets a failed check of severity WARN pass on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

import dagster as dg

from quality_checks.expectations import Verdict, judge
from quality_checks.rule import Rule
from warehouse.database import Connection

Connect = Callable[[dg.AssetCheckExecutionContext], AbstractContextManager[Connection]]
"""How a check gets at the working database."""


def asset_key(table: str) -> dg.AssetKey:
    """Give the key of the asset that is the table `schema.name`."""
    return dg.AssetKey(table.split("."))


def check_specs(rules: Iterable[Rule]) -> list[dg.AssetCheckSpec]:
    """Give the check that stands for each rule; what it says to people is the rule's sentence."""
    return [
        dg.AssetCheckSpec(
            rule.name,
            asset=asset_key(rule.table),
            description=f"{rule.sentence}.",
            blocking=True,
            metadata={"severity": rule.severity, "expectation": rule.expectation},
        )
        for rule in rules
    ]


def check_results(verdicts: Iterable[Verdict]) -> Iterator[dg.AssetCheckResult]:
    """Give Dagster's result for each verdict: counts and row keys, no personal data.

    A broken rule is an ERROR whatever its severity, so it stops what lies downstream.
    """
    for verdict in verdicts:
        severity = dg.AssetCheckSeverity.ERROR if _is_error(verdict) else dg.AssetCheckSeverity.WARN
        metadata: dict[str, dg.MetadataValue] = {
            "outcome": dg.MetadataValue.text(verdict.outcome),
            "at_fault": dg.MetadataValue.int(verdict.unexpected),
        }
        if verdict.judged is not None:
            metadata["judged"] = dg.MetadataValue.int(verdict.judged)
        if verdict.row_keys:
            metadata["row_keys"] = dg.MetadataValue.json(list(verdict.row_keys))
        yield dg.AssetCheckResult(
            check_name=verdict.rule.name,
            asset_key=asset_key(verdict.rule.table),
            passed=verdict.passed,
            severity=severity,
            description=verdict.message,
            metadata=metadata,
        )


def table_checks(
    table: str, rules: Sequence[Rule], connect: Connect, *, required_resource_keys: set[str] | None = None
) -> dg.AssetChecksDefinition:
    """Make the checks of one table: one step that judges the selected rules of it together.

    `connect` gives a connection for the time of the step; `required_resource_keys` are the resources it needs.
    """

    @dg.multi_asset_check(
        name=f"{table.replace('.', '__')}__checks",
        specs=check_specs(rules),
        can_subset=True,
        required_resource_keys=required_resource_keys,
    )
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        selected = {key.name for key in context.selected_asset_check_keys}
        with connect(context) as connection:
            yield from check_results(judge(connection, [rule for rule in rules if rule.name in selected]))

    return checks


def _is_error(verdict: Verdict) -> bool:
    return verdict.outcome == "broken" or verdict.rule.severity == "error"
