"""What must hold of the targets: the right people, once, with flags that follow from what is known."""

from integration.rules import load_rules
from quality_checks.declared import stage_rules
from quality_checks.rule import Rule, holds
from warehouse.tables.declaration import table


def _age_fits_subject() -> Rule:
    """Want a balita and an ibu of the ages that the targeting rules give them; an ibu had her HPHT up to a year ago."""
    ages = load_rules().thresholds
    youngest, oldest = ages["youngest_mother_years"] * 12, (ages["oldest_mother_years"] + 1) * 12 + 12
    return holds(
        table("targeting.targeting"),
        "age_fits_subject",
        "A balita is as young, and an ibu of such an age, as the targeting rules say",
        f"""
        CASE subject_type
          WHEN 'balita' THEN age_months BETWEEN 0 AND {ages["balita_months"]:g} - 1
          WHEN 'ibu' THEN age_months BETWEEN {youngest:g} AND {oldest:g}
        END
        """,
    )


def _codes_known() -> list[Rule]:
    """Want no code in the columns that list some which the targeting rules do not explain."""
    rules = load_rules()
    explained = {
        "risk_factors": [factor.code for factor in rules.risk_factors],
        "tier_reasons": [*(clause.code for clause in rules.tiers), "DATA_KURANG"],
        "gaps": [gap.code for gap in rules.gaps],
        "gaps_unknown": [gap.code for gap in rules.gaps],
    }
    return [
        holds(
            table("targeting.targeting"),
            f"{column}_explained",
            f"Each code in {column} is one of the targeting rules",
            f"list_has_all({codes}, {column})",
        )
        for column, codes in explained.items()
    ]


RULES = (*stage_rules("targeting"), _age_fits_subject(), *_codes_known())
