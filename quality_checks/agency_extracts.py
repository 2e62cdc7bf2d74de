"""What must hold of the deliveries: they are whole, explained, and keep what their contracts promise of a delivery."""

from collections.abc import Iterator

from integration.contracts.contract import contracts
from quality_checks.declared import stage_rules
from quality_checks.rule import Rule, measured, no_rows
from warehouse.tables.declaration import table


def _required_datasets() -> Rule:
    required = ", ".join(f"('{one.dataset}')" for one in contracts().values() if one.required_to_publish)
    return no_rows(
        table("agency_extracts.delivery"),
        "required_in_force",
        "Each dataset that publication needs has a delivery in force",
        f"""
        SELECT dataset FROM (VALUES {required}) AS required (dataset)
        ANTI JOIN (FROM agency_extracts.delivery WHERE status = 'in_force') AS delivered USING (dataset)
        """,
        "warn",
    )


def _delivery_rules() -> Iterator[Rule]:
    """Give a rule for each delivery rule of a contract, judged on what was measured of the deliveries in force.

    It warns; a delivery beyond the limits for refusal is never in force (rule `none_in_force_to_refuse`).
    """
    for contract in contracts().values():
        for rule in contract.delivery_rules:
            yield measured(
                table("agency_extracts.delivery_measure"),
                f"{contract.dataset}_{rule.name}",
                f"{contract.code}, {rule.name.replace('_', ' ')} ({rule.wanted})",
                f"""
                SELECT delivery_id, period, measured
                FROM agency_extracts.delivery_measure AS measure
                JOIN agency_extracts.delivery AS delivery USING (delivery_id, dataset)
                WHERE status = 'in_force' AND dataset = '{contract.dataset}' AND rule = '{rule.name}'
                """,
                low=rule.warn_below if rule.warn_below is not None else rule.refuse_below,
                high=rule.warn_above if rule.warn_above is not None else rule.refuse_above,
            )


RULES = (*stage_rules("agency_extracts"), _required_datasets(), *_delivery_rules())
