"""What the conditions and thresholds of a rules file may name."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SUBJECTS = ("balita", "ibu", "keluarga")
TIERS = ("P1", "P2", "P3", "P4")
AGENCIES = ("Dinkes", "Dukcapil", "Dinsos", "DP3AKB", "PU")

FAMILY_FLAGS = _words(
    """
    desil extreme_poverty extreme_poverty_local water_adequate latrine_adequate open_defecation
    has_baduta has_balita has_pus has_pregnant too_young too_old too_close too_many pus_4t not_modern_fp
    """
)
"""What a KRS rule or a risk factor may look at."""

HEALTH_FACTS = FAMILY_FLAGS | _words(
    """
    age_months haz waz whz known_stunting known_wasting is_stunted underweight_status weight_faltering
    low_birth_weight pregnant postpartum gestational_weeks kek anemia high_risk_pregnancy no_contact_lately jkn
    """
)
"""What a level of mortality risk may look at."""

TIER_FACTS = HEALTH_FACTS | _words("krs mortality_risk_high mortality_risk_medium")
"""What a tier clause or a line of the score may look at."""

GAP_FACTS = TIER_FACTS | _words(
    """
    nik_status registered has_birth_certificate known_to_dtsen known_to_siga tpk_assisted referred_by_tpk food_by_tpk
    measured_in_month extra_food vit_a_due vit_a_count anc_behind iron_behind has_jkn pkh bpnt pbi_jkn blt_dd
    began_contraception subject_type
    """
)
"""What an intervention gap may look at."""

OF_ONE_SUBJECT = {
    "balita": _words("is_stunted weight_faltering low_birth_weight measured_in_month vit_a_due"),
    "ibu": _words(
        """
        pregnant postpartum kek anemia high_risk_pregnancy no_contact_lately anc_behind iron_behind began_contraception
        """
    ),
}
"""Statements about one kind of subject, false of the others; `TEXT_OF_ONE_SUBJECT` is empty for the others."""
TEXT_OF_ONE_SUBJECT = {"balita": _words("known_stunting known_wasting underweight_status")}

# Each threshold with its bounds.
THRESHOLDS = {
    "balita_months": (1, 60),
    "baduta_months": (1, 60),
    "measurement_days": (1, 366),
    "measured_in_month_days": (1, 366),
    "vit_a_from_months": (0, 60),
    "low_birth_weight_kg": (0.5, 6.5),
    "shrinking_length_cm": (0.1, 20.0),
    "pregnancy_days_from_last_period": (1, 330),
    "pregnancy_days_from_registration": (1, 330),
    "postpartum_days": (1, 366),
    "youngest_mother_years": (0, 60),
    "oldest_mother_years": (0, 60),
    "pus_from_years": (0, 60),
    "pus_to_years": (0, 60),
    "too_young_below_years": (0, 60),
    "too_old_from_years": (0, 60),
    "too_old_to_years": (0, 60),
    "too_close_months": (1, 240),
    "too_close_while_youngest_below_months": (1, 240),
    "one_birth_days": (0, 200),
    "too_many_children": (1, 20),
    "pregnancy_days": (200, 320),
    "due_date_off_days": (0, 100),
    "birth_from_days": (100, 300),
    "birth_to_days": (260, 330),
    "one_pregnancy_days": (0, 140),
    "trimester_2_from_weeks": (1, 40),
    "trimester_2_to_weeks": (1, 40),
    "kek_below_cm": (10.0, 50.0),
    "anemia_below": (3.0, 20.0),
    "anemia_below_trimester_2": (3.0, 20.0),
    "young_mother_below_years": (0, 60),
    "old_mother_from_years": (0, 60),
    "short_mother_below_cm": (100.0, 200.0),
    "parity_from": (1, 20),
    "interval_below_years": (0.0, 30.0),
    "systolic_from": (80, 250),
    "diastolic_from": (40, 160),
    "kspr_from": (1, 60),
    "contact_days": (1, 366),
    "first_visit_by_weeks": (1, 44),
    "fourth_visit_by_weeks": (1, 44),
    "visits_at_delivery": (1, 20),
    "iron_tablets": (1, 400),
    "births_months": (1, 120),
}
