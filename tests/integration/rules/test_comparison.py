"""Two rules files side by side."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from integration.rules import DEFAULT_RULES, Rules, load_rules
from integration.rules.comparison import Difference, compare_rules

SHIPPED = load_rules()


def changed(folder: Path, change: Any) -> Rules:
    """Give the shipped rules after `change` did something to the file."""
    declared = yaml.safe_load(DEFAULT_RULES.read_text(encoding="utf-8"))
    change(declared)
    path = folder / "new.yaml"
    path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_rules(path)


def clause(declared: dict[str, Any], part: str, code: str) -> dict[str, Any]:
    entries = declared["score"]["lines"] if part == "lines" else declared[part]
    return next(one for one in entries if one["code"] == code)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d["thresholds"].update(measurement_days=62), "thresholds, measurement_days: 92 becomes 62"),
        (
            lambda d: d["water"]["S1"].update(inadequate=[6, 8, 9, 10]),
            "answers, s1_water_inadequate: 6, 8, 9, 10, 11 becomes 6, 8, 9, 10",
        ),
        (lambda d: d["score"].update(each_gap=6), "score, each_gap: 5 becomes 6"),
        (lambda d: clause(d, "lines", "4T").update(points=7), "score, lines, 4T, points: 5 becomes 7"),
        (lambda d: clause(d, "tiers", "KEK").update(when="kek AND pregnant"),
         "tiers, KEK, when: (kek) becomes (kek AND pregnant)"),
        (lambda d: clause(d, "gaps", "G15_AIR").update(missing="false"),
         "gaps, G15_AIR, missing: (NOT water_adequate) becomes (false)"),
        (lambda d: clause(d, "gaps", "G15_AIR").update(agency="Dinsos"), "gaps, G15_AIR, agency: PU becomes Dinsos"),
        (lambda d: d.update(domicile_rule="service"), "domicile_rule: C1 becomes service"),
        (lambda d: d["sources"].update(PADAN="Keputusan"), None),
    ],
)  # fmt: skip
def test_a_change_is_one_difference_in_words(tmp_path: Path, change: Any, sentence: str | None) -> None:
    found = compare_rules(SHIPPED, changed(tmp_path, change))

    assert len(found) == 1
    assert sentence is None or found[0].sentence == sentence


def test_an_entry_that_one_file_has_alone_is_one_difference(tmp_path: Path) -> None:
    fewer = changed(tmp_path, lambda d: d["tiers"].remove(clause(d, "tiers", "BABS")))

    [gone], [new] = compare_rules(SHIPPED, fewer), compare_rules(fewer, SHIPPED)
    assert gone.sentence.startswith("tiers, BABS is gone: subjects balita, ibu, keluarga")
    assert new.sentence.startswith("tiers, BABS is new: ")


def test_another_order_is_told(tmp_path: Path) -> None:
    found = compare_rules(SHIPPED, changed(tmp_path, lambda d: d["gaps"].reverse()))

    assert [one.place for one in found] == ["gaps, order"]


def test_the_same_in_other_words_is_no_difference(tmp_path: Path) -> None:
    assert compare_rules(SHIPPED, changed(tmp_path, lambda declared: None)) == []
    assert compare_rules(SHIPPED, replace(SHIPPED, fingerprint="other")) == []


def test_no_part_of_the_rules_is_passed_over() -> None:
    for field in fields(Rules):
        if field.name == "fingerprint":
            continue
        value = getattr(SHIPPED, field.name)
        if isinstance(value, dict):
            other: object = dict(list(value.items())[1:])
        elif isinstance(value, tuple):
            other = value[1:]
        else:
            other = replace(value, cap=1) if field.name == "score" else "another"
        found = compare_rules(SHIPPED, replace(SHIPPED, **{field.name: other}))
        assert found, field.name
        assert all(one.place.startswith(field.name) for one in found)


@given(st.sampled_from(sorted(SHIPPED.thresholds)), st.integers(0, 60))
def test_what_becomes_something_becomes_what_it_was_the_other_way_round(name: str, number: int) -> None:
    other = replace(SHIPPED, thresholds={**SHIPPED.thresholds, name: number})

    there, back = compare_rules(SHIPPED, other), compare_rules(other, SHIPPED)
    assert [Difference(one.place, one.new, one.old) for one in there] == back
