"""Rules as Dagster shows them: asset checks. Assets are keyed [stage, table], as their tables are.

Each rule is a check of its own, but for the rules that follow from a declaration, which share one check a kind (see
`SHARED_CHECKS`). Every check is declared blocking, so that a rule that is broken can stop the run whatever its
severity; Dagster itself lets a failed check of severity WARN pass on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

import dagster as dg

from quality_checks.expectations import Verdict, judge
from quality_checks.rule import SHARED_CHECKS, Rule
from warehouse.database import Connection

Connect = Callable[[dg.AssetCheckExecutionContext], AbstractContextManager[Connection]]
"""How a check gets at the working database."""


def asset_key(table: str) -> dg.AssetKey:
    """Give the key of the asset that is the table `schema.name`."""
    return dg.AssetKey(table.split("."))


def check_specs(rules: Iterable[Rule]) -> list[dg.AssetCheckSpec]:
    """Give the checks that show some rules, in their order; what a check says to people is its rule's sentence."""
    specs = {}
    for rule in rules:
        specs[rule.table, rule.check_name] = dg.AssetCheckSpec(
            rule.check_name,
            asset=asset_key(rule.table),
            description=_sentence(rule),
            blocking=True,
            metadata={"severity": rule.severity, "expectation": rule.expectation},
        )
    return list(specs.values())


def check_results(verdicts: Iterable[Verdict]) -> Iterator[dg.AssetCheckResult]:
    """Give Dagster's result for each check of the verdicts' rules: counts and row keys, no personal data.

    A check passes when all its rules do. A broken rule is an ERROR whatever its severity, so it stops what lies
    downstream.
    """
    of_check: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        of_check.setdefault((verdict.rule.table, verdict.rule.check_name), []).append(verdict)
    for (table, name), group in of_check.items():
        rule, bad = group[0].rule, [verdict for verdict in group if not verdict.passed]
        is_error = any(verdict.stops for verdict in bad) if bad else rule.severity == "error"
        yield dg.AssetCheckResult(
            check_name=name,
            asset_key=asset_key(table),
            passed=not bad,
            severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
            description=" ".join(verdict.message for verdict in bad) or _sentence(rule),
            metadata=_metadata(group, bad),
        )


def table_checks(
    table: str, rules: Sequence[Rule], connect: Connect, *, required_resource_keys: set[str] | None = None
) -> dg.AssetChecksDefinition:
    """Make the checks of one table: one step that judges the rules of the selected checks together.

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
            yield from check_results(judge(connection, [rule for rule in rules if rule.check_name in selected]))

    return checks


def _sentence(rule: Rule) -> str:
    return f"{SHARED_CHECKS[rule.check] if rule.check else rule.sentence}."


def _metadata(group: list[Verdict], bad: list[Verdict]) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {"at_fault": dg.MetadataValue.int(sum(one.unexpected for one in group))}
    judged = [one.judged for one in group if one.judged is not None]
    if judged:
        metadata["judged"] = dg.MetadataValue.int(max(judged))
    if broken := [one.rule.name for one in bad if one.outcome == "broken"]:
        metadata["broken"] = dg.MetadataValue.json(broken)
    if keys := [{**({"rule": one.rule.name} if one.rule.check else {}), **key} for one in bad for key in one.row_keys]:
        metadata["row_keys"] = dg.MetadataValue.json(keys)
    return metadata
