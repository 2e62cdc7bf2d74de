"""Every rule of every stage, and the rules of one table: what the Dagster side asks for."""

from quality_checks import agency_extracts, clean_records, matched_pairs, persons, targeting
from quality_checks.rule import Rule

ALL_RULES: tuple[Rule, ...] = (
    *agency_extracts.RULES,
    *clean_records.RULES,
    *matched_pairs.RULES,
    *persons.RULES,
    *targeting.RULES,
)


def rules_of(table: str) -> list[Rule]:
    """Give the rules of the table `schema.name`, those of its declaration first; none for a table that has none."""
    return [rule for rule in ALL_RULES if rule.table == table]
