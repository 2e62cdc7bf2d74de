"""A home's own rules decide, and are what the checks and the indicators go by."""

import datetime as dt
from pathlib import Path

import pytest
import yaml
from targeting_world import PERIOD_END, World, months_before

from integration.indicators import build_indicators
from integration.rules import DEFAULT_RULES, load_rules
from quality_checks import targeting
from quality_checks.expectations import judge
from warehouse.database import Connection, rows
from warehouse.tables.declaration import stage_tables

OF_MATCHING = "targeting.match_summary"


@pytest.fixture(scope="module")
def own_rules(tmp_path_factory) -> Path:
    """Give rules with a new gap and clause, a renamed risk factor, another threshold, and one gap fewer."""
    declared = yaml.safe_load(DEFAULT_RULES.read_text(encoding="utf-8"))
    said = {"subjects": ["balita"], "sentence": "Lahir ringan", "source": "PADAN"}
    declared["version"] = "9.0.0"
    declared["thresholds"]["oldest_mother_years"] = 59
    declared["tiers"].insert(0, {"code": "LAHIR_RINGAN", "tier": "P1", "when": "low_birth_weight", **said})
    declared["gaps"] = [gap for gap in declared["gaps"] if gap["code"] != "G01_UKUR"]
    declared["gaps"].append(
        {
            "code": "G99_KUNJUNGAN",
            "agency": "Dinkes",
            "applies": "low_birth_weight",
            "missing": "extreme_poverty",
            **said,
        }
    )
    next(one for one in declared["risk_factors"] if one["code"] == "AIR")["code"] = "AIR_MINUM"
    path = tmp_path_factory.mktemp("rules") / "own.yaml"
    path.write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def built(own_rules: Path) -> Connection:
    """Build, by these rules, the month of a child of low birth weight and an old mother in a family without water."""
    world = World()
    world.family(head_person_id="FATHER")
    world.head()
    world.wife(birth_date=months_before(58 * 12 + 6))
    world.child(mother_person_id="MOTHER")
    world.h1("CHILD", weight_kg=10.6, height_cm=82.5, position="L", birth_weight_kg=2.1)
    world.h2("MOTHER", last_period_on=PERIOD_END - dt.timedelta(100))
    world.s1("F1", "FATHER", desil_nasional=1, water_source=6)
    world.k1("F1", "FATHER", "MOTHER", water_inadequate="1", has_baduta="1", pregnant="1")
    con = world.build(own_rules)
    build_indicators(con, period="2025-02", period_end=PERIOD_END)
    for of_the_night in ("match_summary", "target_alias"):
        con.execute(stage_tables("targeting")[of_the_night].ddl())
    return con


def broken(con: Connection, *severities: str) -> list[str]:
    rules = [rule for rule in targeting.RULES if rule.table != OF_MATCHING and rule.severity in severities]
    return [verdict.message for verdict in judge(con, rules) if not verdict.passed]


def test_the_codes_of_ones_own_stand_in_the_rows(built: Connection) -> None:
    found = dict(rows(built, "SELECT subject_type, [tier_reasons, gaps, risk_factors] FROM targeting.targeting"))

    assert "LAHIR_RINGAN" in found["balita"][0]
    assert "G99_KUNJUNGAN" in found["balita"][1]
    assert "G01_UKUR" not in found["balita"][1]
    assert "AIR_MINUM" in found["keluarga"][2]
    assert rows(built, "SELECT age_months // 12 FROM targeting.targeting WHERE subject_type = 'ibu'") == [(58,)]


def test_they_break_no_check(built: Connection) -> None:
    assert broken(built, "error") == []


@pytest.mark.parametrize("change", [
    "tier_reasons = ['HANTU']", "gaps = ['G01_UKUR']", "gaps_unknown = ['HANTU']", "risk_factors = ['AIR']",
    "age_months = 733",
])  # fmt: skip
def test_a_code_or_age_that_these_rules_do_not_know_breaks_one(built: Connection, change: str) -> None:
    built.begin()
    built.execute(f"UPDATE targeting.targeting SET {change} WHERE subject_type = 'ibu'")
    said = broken(built, "error", "warn")  # of an age nobody is stopped, but it is told
    built.rollback()

    assert any("targeting rules" in one for one in said), said


def test_a_gap_that_they_do_not_ask_for_is_unknown_to_the_indicators(built: Connection) -> None:
    told = (
        "SELECT denominator, value FROM targeting.report_month_full WHERE region_level = 'kab' AND indicator_code = ?"
    )

    assert rows(built, told, ["I02"]) == [(0, None)], "D/S counts who has not the gap G01_UKUR"
    assert rows(built, told, ["I01"]) == [(1, 0.0)]


def test_every_code_and_threshold_is_told_with_what_it_says(built: Connection, own_rules: Path) -> None:
    rules = load_rules(own_rules)
    told = {
        (kind, code): said
        for kind, code, *said in rows(
            built,
            "SELECT kind, code, sentence, tier, agency, points, value, rule_version FROM targeting.rule_statement",
        )
    }

    version = rules.rule_version
    assert told["tier_clause", "LAHIR_RINGAN"] == ["Lahir ringan", "P1", None, None, None, version]
    assert told["gap", "G99_KUNJUNGAN"] == ["Lahir ringan", None, "Dinkes", None, None, version]
    assert told["threshold", "oldest_mother_years"] == [None, None, None, None, 59, version]
    assert told["tier_clause", "DATA_KURANG"][0] == "Data kurang; bisa jadi lebih mendesak"
    statements = (
        rules.tiers,
        rules.gaps,
        rules.risk_factors,
        rules.mortality_risk,
        rules.score.lines,
        rules.thresholds,
    )
    assert len(told) == sum(map(len, statements)) + 1
