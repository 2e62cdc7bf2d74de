"""What must hold of the pairs: only safe ones are joined, and those who decide are not swamped."""

from integration.linkage.model import load_model
from quality_checks.declared import stage_rules
from quality_checks.rule import Rule, holds
from warehouse.tables.declaration import table

_SHARED_BY_MILLIONS = ("name", "sex", "position")
"""Comparisons that prove nobody by themselves: a name has namesakes, and the others have a handful of values."""


def _never_on_a_name_alone() -> Rule:
    """Want evidence beside the name where probability joined a pair: a comparison at a level that speaks for it."""
    # Two rows are one description only by NIK, or by name or parent with birth date or KK (linkage/descriptions.sql).
    supporting = "'description=same', " + ", ".join(
        f"'{comparison.name}={level.name}'"
        for comparison in load_model().comparisons
        if comparison.name not in _SHARED_BY_MILLIONS
        for level in comparison.levels
        if level.highest_weight > 0
    )
    return holds(
        table("matched_pairs.candidate_pair"),
        "never_on_a_name_alone",
        "No pair is joined by probability without evidence beside name, sex and place in the family",
        f"""
        NOT chosen OR match_method <> 'prob' OR list_has_any(
          list_transform(map_entries(evidence), lambda entry: entry.key || '=' || entry.value), [{supporting}])
        """,
    )


RULES = (*stage_rules("matched_pairs"), _never_on_a_name_alone())
