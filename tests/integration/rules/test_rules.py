import re

import pytest

from integration.rules import DEFAULT_RULES, load_rules
from warehouse.errors import DeclarationError

TEXT = DEFAULT_RULES.read_text(encoding="utf-8")


def load_changed(tmp_path, before, after):
    assert before in TEXT
    path = tmp_path / "changed.yaml"
    path.write_text(TEXT.replace(before, after, 1), encoding="utf-8")
    return load_rules(path)


def test_version_changes_with_the_rules_but_not_with_a_comment(tmp_path):
    known = load_rules().rule_version
    assert re.fullmatch(r"2\.0\.0\+[0-9a-f]{8}", known)
    assert load_changed(tmp_path, "# Whom to reach", "# Whom we reach").rule_version == known
    assert load_changed(tmp_path, "postpartum_days: 42", "postpartum_days: 40").rule_version != known


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("domicile_rule: C1", "domicile_rule: H1", "domicile_rule: 'H1' was found; it must be one of C1, service."),
        ("krs_rule: core", "krs_rule: kb", "krs_rule: 'kb' was found; it must be one of core, with_kb."),
        (
            "postpartum_days: 42",
            "postpartum_days: 0",
            "postpartum_days: 0 was found; it must be a whole number from 1 to 366.",
        ),
        ("postpartum_days: 42", "postpartum_days: 41.5", "must be a whole number"),
        ("low_birth_weight_kg: 2.5", "low_birth_weight_kg: 2500", "must be a number from 0.5 to 6.5"),
        ("  postpartum_days: 42\n", "", "thresholds: postpartum_days is missing."),
        ("adequate: [1, 2, 3, 4, 5, 7]", "adequate: [1, 2, 6]", "water, S1: [6] were found in adequate and in"),
        ("adequate: [1, 2, 3, 4, 5, 7]", "adequate: [1, 12]", "water, S1, adequate: [12] were found, which"),
        ("[AIR HUJAN, ", "[HUJAN, ", "water, S3, inadequate: ['HUJAN'] were found"),
        ("when: weight_faltering", "when: faltering", "tiers, 2T, when: ['faltering'] were found; known are"),
        ("when: weight_faltering", "when: weight_faltering IS NULL", "asks for null"),
        ("when: weight_faltering", 'when: "krs); DROP TABLE x; --"', "were found"),
        ("when: NOT water_adequate,", "when: haz,", "risk_factors, AIR, when: ['haz'] were found"),
        ("code: PENDEK", "code: GIZI_BURUK", "tiers: ['GIZI_BURUK'] stand there twice"),
        ("subjects: [ibu]", "subjects: [bumil]", "mortality_risk, IBU_TANPA_KONTAK, subjects: ['bumil'] was found"),
        ("tier: P4", "tier: P0", "tiers, KRS, tier: 'P0' was found; it must be one of P1, P2, P3, P4."),
        ("tier: P3", "tier: P1", "tiers, KRS_BADUTA_HAMIL: P1 was found below a clause of P2; P1 stands first."),
        ("source: BKKBN}", "source: BKN}", "risk_factors, AIR, source: 'BKN' was found; it must be one of PMK2, "),
        ("effective_from: 2021-08-05", "effective_from: soon", "effective_from: 'soon' was found; it must be a day"),
        ("vit_a_months: [2, 8]", "vit_a_months: [2, 13]", "vit_a_months: [2, 13] was found; it must list months"),
        ("points: 30", "points: 300", "score, lines, SANGAT_PENDEK, points: 300 was found; it must be a whole number"),
        ("agency: PU", "agency: PUPR", "gaps, G14_JAMBAN, agency: 'PUPR' was found; it must be one of Dinkes, "),
        ("level: sedang", "level: rendah", "mortality_risk, IBU_RISTI, level: 'rendah' was found; it must be one of"),
        ("risk: NOT water_adequate", "danger: NOT water_adequate", "krs_rules, core: risk is missing."),
    ],
)
def test_impossible_rule_is_named_with_its_place(tmp_path, before, after, said):
    with pytest.raises(DeclarationError, match=re.escape(said)) as refused:
        load_changed(tmp_path, before, after)
    assert "changed.yaml" in str(refused.value)


def test_file_that_is_no_yaml_is_named(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("tiers: [", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"broken\.yaml cannot be read"):
        load_rules(path)


def test_rule_with_kb_adds_contraception(tmp_path):
    rules = load_changed(tmp_path, "krs_rule: core", "krs_rule: with_kb")
    assert "not_modern_fp" in rules.krs_risk
    assert "not_modern_fp" not in load_rules().krs_risk
