"""Rules as Dagster shows them: asset checks. Assets are keyed [stage, table], as their tables are.

Each rule is a check of its own, but for the rules that follow from a declaration, which share one check a kind (see
`SHARED_CHECKS`). Every check is declared blocking, so that a rule that is broken can stop the run whatever its
severity; Dagster itself lets a failed check of severity WARN pass on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import dagster as dg

from quality_checks.expectations import Verdict
from quality_checks.rule import SHARED_CHECKS, Rule
from warehouse.made import Made

Judge = Callable[[dg.AssetCheckExecutionContext, Sequence[Rule]], Iterable[tuple[Verdict, Made | None]]]
"""How a check comes by the verdict of each rule, and by the run that gave it where it is not tonight's."""


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


def check_results(judged: Iterable[tuple[Verdict, Made | None]]) -> Iterator[dg.AssetCheckResult]:
    """Give Dagster's result for each check of the verdicts' rules: counts and row keys, no personal data.

    A check passes when all its rules do. A broken rule is an ERROR whatever its severity, so it stops what lies
    downstream. One whose verdicts all stand from an earlier run says since when.
    """
    of_check: dict[tuple[str, str], list[tuple[Verdict, Made | None]]] = {}
    for verdict, since in judged:
        of_check.setdefault((verdict.rule.table, verdict.rule.check_name), []).append((verdict, since))
    for (table, name), found in of_check.items():
        group, standing = [verdict for verdict, _ in found], [since for _, since in found if since]
        rule, bad = group[0].rule, [verdict for verdict in group if not verdict.passed]
        is_error = any(verdict.stops for verdict in bad) if bad else rule.severity == "error"
        yield dg.AssetCheckResult(
            check_name=name,
            asset_key=asset_key(table),
            passed=not bad,
            severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
            description=" ".join(verdict.message for verdict in bad) or _sentence(rule),
            metadata=_metadata(group, bad, standing if len(standing) == len(group) else []),
        )


def table_checks(
    table: str, rules: Sequence[Rule], judge: Judge, *, required_resource_keys: set[str] | None = None
) -> dg.AssetChecksDefinition:
    """Make the checks of one table: one step that judges the rules of the selected checks together.

    `required_resource_keys` are the resources that `judge` needs.
    """

    @dg.multi_asset_check(
        name=f"{table.replace('.', '__')}__checks",
        specs=check_specs(rules),
        can_subset=True,
        required_resource_keys=required_resource_keys,
    )
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        selected = {key.name for key in context.selected_asset_check_keys}
        yield from check_results(judge(context, [rule for rule in rules if rule.check_name in selected]))

    return checks


def _sentence(rule: Rule) -> str:
    return f"{SHARED_CHECKS[rule.check] if rule.check else rule.sentence}."


def _metadata(group: list[Verdict], bad: list[Verdict], standing: list[Made]) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {"at_fault": dg.MetadataValue.int(sum(one.unexpected for one in group))}
    judged = [one.judged for one in group if one.judged is not None]
    if judged:
        metadata["judged"] = dg.MetadataValue.int(max(judged))
    if broken := [one.rule.name for one in bad if one.outcome == "broken"]:
        metadata["broken"] = dg.MetadataValue.json(broken)
    if keys := [{**({"rule": one.rule.name} if one.rule.check else {}), **key} for one in bad for key in one.row_keys]:
        metadata["row_keys"] = dg.MetadataValue.json(keys)
    if standing:
        metadata["unchanged_since"] = dg.MetadataValue.text(str(max(standing, key=lambda one: one.at)))
    return metadata
