"""What must hold of the pairs: only safe ones are joined, and those who decide are not swamped."""

import re

from integration.linkage import load_model
from quality_checks.declared import stage_rules
from quality_checks.rule import Rule, holds
from warehouse.tables.declaration import table


def _never_on_a_name_alone() -> Rule:
    """Want evidence beside the name where probability joined a pair, as the model itself defines it.

    Two rows are one description only by NIK, or by name or parent with birth date or KK (linkage/descriptions.sql).
    """
    evidence = re.sub(r"\b(\w+)_level\b", r"evidence['\1']", load_model().beside_name_in_words)
    return holds(
        table("matched_pairs.candidate_pair"),
        "never_on_a_name_alone",
        "No pair is joined by probability without evidence beside name, sex and place in the family",
        f"""
        NOT chosen OR match_method <> 'prob' OR coalesce({evidence}, false)
        """,
    )


RULES = (*stage_rules("matched_pairs"), _never_on_a_name_alone())
