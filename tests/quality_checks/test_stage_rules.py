"""Each rule finds what it is there to find, and a warehouse as it should be breaks none."""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from quality_checks import agency_extracts, clean_records, matched_pairs, persons, targeting
from quality_checks.all_rules import ALL_RULES, rules_of
from quality_checks.asset_checks import check_results, check_specs
from quality_checks.declared import table_rules
from quality_checks.expectations import judge
from quality_checks.rule import Rule
from warehouse.database import Connection
from warehouse.settings import STAGES
from warehouse.tables.declaration import stage_tables

STAGE_RULES = {
    "agency_extracts": agency_extracts.RULES,
    "clean_records": clean_records.RULES,
    "matched_pairs": matched_pairs.RULES,
    "persons": persons.RULES,
    "targeting": targeting.RULES,
}
RULES: dict[str, Rule] = {rule.full_name: rule for rule in ALL_RULES}

PERSONAL = ("CANARIA", "3509276505230001", "3509271203900004", "3509275208940001", "3509271506170003")
"""Names, NIKs and KK of healthy.sql; damaged rows hold them too."""

DAMAGE = [
    (f"{table}.{rule}", at_fault, sql.replace("{table}", table))
    for table, damages in yaml.safe_load(Path(__file__).with_name("damage.yaml").read_text(encoding="utf-8")).items()
    for rule, at_fault, sql in damages
]


@pytest.mark.parametrize(
    ("rule", "at_fault", "damage"), DAMAGE, ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(DAMAGE)]
)
def test_rule_finds_damage(healthy: Connection, rule: str, at_fault: int, damage: str) -> None:
    healthy.execute(damage)

    (verdict,) = judge(healthy, [RULES[rule]])

    assert verdict.outcome == "failed"
    assert verdict.unexpected == at_fault
    if at_fault:
        assert 1 <= len(verdict.row_keys) <= 5
        assert all(key for key in verdict.row_keys), "a row at fault can be found by its key"
    shown = str(verdict.message) + json.dumps(verdict.row_keys) + repr(list(check_results([(verdict, None)])))
    assert not [personal for personal in PERSONAL if personal in shown]


def test_healthy_warehouse_breaks_no_rule(healthy: Connection) -> None:
    verdicts = judge(healthy, list(RULES.values()))

    assert [(v.rule.full_name, v.message) for v in verdicts if v.outcome != "passed"] == []
    assert [v.rule for v in verdicts] == list(RULES.values()), "one verdict for each rule, in their order"


def test_every_rule_beside_those_of_declarations_is_tried() -> None:
    declared = {rule.full_name for stage in STAGES for t in stage_tables(stage).values() for rule in table_rules(t)}
    of_contracts = ("clean_records.cell_issue.", "agency_extracts.delivery_measure.")
    written = {name for name in RULES if name not in declared and not name.startswith(of_contracts)}

    assert written - {rule for rule, *_ in DAMAGE} == set()


def test_rule_names_are_unique_in_their_table() -> None:
    names = Counter(rule.full_name for rule in ALL_RULES)

    assert [name for name, times in names.items() if times > 1] == []


def test_every_declared_table_has_rules_and_every_rule_a_declared_table() -> None:
    declared = {table.full_name for stage in STAGES for table in stage_tables(stage).values()}

    assert {rule.table for rule in ALL_RULES} == declared
    assert all(rules_of(table) for table in declared)
    assert rules_of("persons.nobody") == []


def test_every_rule_belongs_to_the_stage_of_its_module() -> None:
    assert [
        r.full_name for stage, rules in STAGE_RULES.items() for r in rules if not r.table.startswith(f"{stage}.")
    ] == []


def test_what_rules_say_to_people_is_a_sentence() -> None:
    for spec in check_specs(RULES.values()):
        assert spec.description
        assert spec.description[0].isupper()
        assert spec.description.endswith(".")
