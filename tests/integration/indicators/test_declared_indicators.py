from pathlib import Path

import pytest
import yaml

from integration.indicators import load_indicators, load_programmes
from integration.indicators.indicators import INDICATORS
from integration.indicators.programmes import PROGRAMMES
from warehouse.errors import DeclarationError


def changed(tmp_path: Path, file: Path, code: str, values: dict[str, object]) -> Path:
    declared = yaml.safe_load(file.read_text(encoding="utf-8"))
    for entry in declared.get("indicators", declared.get("programmes")):
        if entry["code"] == code:
            entry.update(values)
            for name in [name for name, value in values.items() if value is None]:
                del entry[name]
    path = tmp_path / file.name
    path.write_text(yaml.safe_dump(declared), encoding="utf-8")
    return path


def test_targets_are_those_that_a_source_was_read_for() -> None:
    targets = {one.code: one.target.value for one in load_indicators().indicators if one.target}

    assert targets == {
        "I01": 14, "I05": 90, "I06": 90, "I07": 90, "I08": 90, "I09": 80, "I10": 58, "I11": 80, "I12": 80, "I13": 90,
        "I14": 70, "I15": 15.5, "I16": 90, "I23c": 183, "I23f": 16,
    }  # fmt: skip


@pytest.mark.parametrize(("code", "values", "said"), [
    ("I01", {"counts": "is_stuntd"}, "indicators, I01, counts: is_stuntd was found; known of balita are "),
    ("I01", {"counts": "is_stunted IS NULL"}, "I01, counts: 'is_stunted IS NULL' asks for null"),
    ("I01", {"counts": "age_months"}, "I01, counts: 'age_months' was found; it gives INTEGER and must give yes or no"),
    ("I01", {"counts": "is_stunted AND"}, "I01, counts: 'is_stunted AND' was found, which cannot be asked: "),
    ("I01", {"counts": "true); DROP TABLE x; --"}, "I01, counts: drop, table, x was found"),
    ("I01", {"counts": "is_stunted -- krs"}, "I01, counts: 'is_stunted -- krs' was found; only comparisons"),
    ("I01", {"counts": None}, "indicators, I01: nothing was found; of balita it must say counts"),
    ("I10", {"counts": "true"}, "indicators, I10: counts was found; of nothing it must say neither"),
    ("I23a", {"among": "true"}, "I23a: among, counts, window was found; of deaths it must say counts, window"),
    ("I23a", {"window": "week"}, "I23a, window: 'week' was found; it must be one of month, year, 12_months"),
    ("I23a", {"unit": "percent"}, "I23a, unit: percent was found; deaths are counted, or set against live births"),
    ("I17", {"counts": "nik_status = 'valid'"}, "I17, counts: nik_status was found; known of families are "),
    ("I17", {"of": "houses"}, "I17, of: 'houses' was found; it must be one of balita, ibu, families"),
    ("I17", {"source": "BPS"}, "I17, source: 'BPS' was found; it must be one of BKKBN, "),
    ("I17", {"better": "more"}, "I17, better: 'more' was found; it must be one of up, down"),
    ("I17", {"colour": "red"}, "indicators, I17: colour was found; known are among, "),
    ("I17", {"name": None}, "indicators, I17: name is not said"),
    ("I17", {"code": "I18"}, "indicators: I18 stands there twice"),
    ("I05", {"target": {"value": "90", "year": 2024}}, "I05, target, value: '90' was found; it must be a number"),
    ("I05", {"within": "I99"}, "I05, within: 'I99' was found; it must be the code of an indicator"),
    ("I07", {"hidden_with": "I07"}, "I07, hidden_with: 'I07' was found; it must be the code of an indicator"),
])  # fmt: skip
def test_a_wrong_indicator_is_named_with_what_may_stand_there(tmp_path, code, values, said) -> None:
    with pytest.raises(DeclarationError) as told:
        load_indicators(changed(tmp_path, INDICATORS, code, values))

    assert said in str(told.value)
    assert str(told.value).startswith("indicators.yaml, ")


@pytest.mark.parametrize(("values", "said"), [
    ({"eligible": "desil < four"}, "programmes, PKH, eligible: four was found; known of families are "),
    ({"reached": "desil"}, "PKH, reached: 'desil' was found; it gives INTEGER and must give yes or no"),
    ({"of": "villages"}, "PKH, of: 'villages' was found; it must be one of balita, ibu, families"),
    ({"verified": "no idea"}, "PKH, verified: 'no idea' was found; it must be true or false"),
    ({"within": ["I24"]}, "PKH, within: 'I24' was found; it must be one of I01, "),
    ({"hidden_with": "KPH"}, "PKH, hidden_with: 'KPH' was found; it must be one of "),
    ({"agency": "Kemensos"}, "PKH, agency: 'Kemensos' was found; it must be one of Dinkes, "),
])  # fmt: skip
def test_a_wrong_programme_is_named_with_what_may_stand_there(tmp_path, values, said) -> None:
    with pytest.raises(DeclarationError) as told:
        load_programmes(changed(tmp_path, PROGRAMMES, "PKH", values))

    assert said in str(told.value)
    assert str(told.value).startswith("programmes.yaml, ")


def test_a_file_that_is_none_is_an_error_of_its_own(tmp_path) -> None:
    path = tmp_path / "indicators.yaml"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"indicators\.yaml cannot be read"):
        load_indicators(path)
