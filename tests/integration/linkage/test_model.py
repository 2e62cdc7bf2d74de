"""A model file is read whole, or refused in a sentence that names file, place, value and bounds."""

import re
from pathlib import Path

import pytest
import yaml

from integration.linkage import PERSON_MODEL, load_model, model_path
from warehouse.errors import DeclarationError

SHIPPED = sorted(PERSON_MODEL.parent.glob("*.yaml"))
PEOPLE = Path(__file__).with_name("people.yaml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_model_that_is_shipped_is_sound(path: Path) -> None:
    model = load_model(path)
    assert model_path(path.stem) == path
    assert model.name == path.stem
    assert model.auto >= model.review >= model.keep
    for comparison in model.comparisons:
        assert {level.when for level in comparison.levels[-1:]} == {"true"}, "the last level is for all that is left"
        assert 0 < sum(level.m for level in comparison.levels) <= 1.2 * len(comparison.levels)
    assert {field for key in model.keys for field in key} >= set(model.fields), "every field stands in a key"


def test_the_person_model_is_the_default() -> None:
    assert load_model() == load_model(model_path("person"))
    assert {comparison.about for comparison in load_model().comparisons} == {"person", "family"}


def test_a_model_may_be_a_file_of_ones_own() -> None:
    assert load_model(model_path(str(PEOPLE))).label == "people 1"


def test_a_model_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(DeclarationError, match=r"no model nobody: .* \(febrl3, febrl4, .*person.*\)"):
        model_path("nobody")


WRONG: dict[str, tuple[str, str, str]] = {
    f"{what}: {case}": (right, wrong, told)
    for what, cases in yaml.safe_load(Path(__file__).with_name("wrong_models.yaml").read_text(encoding="utf-8")).items()
    for case, (right, wrong, told) in cases.items()
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_model_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    right, wrong, message = WRONG[case]
    text = PEOPLE.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "model.yaml").write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        load_model(tmp_path / "model.yaml")
    told = str(refused.value)
    assert told.startswith("The model model.yaml")
    assert re.search(message, told, re.DOTALL), told
    assert told.endswith(".")


@pytest.mark.parametrize("text", ["", "[]", "a model", "- model", "model: people"])
def test_what_is_no_model_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"The model model\.yaml, the model: "):
        load_model(tmp_path / "model.yaml")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_bytes(b"model: \xff\xfe")
    for path in (tmp_path / "model.yaml", tmp_path, tmp_path / "nothing.yaml"):
        with pytest.raises(DeclarationError, match=f"The model {path.name} cannot be read"):
            load_model(path)


def test_the_case_of_words_in_a_condition_does_not_matter(tmp_path: Path) -> None:
    text = PEOPLE.read_text(encoding="utf-8")
    small = text.replace(" AND born_level IN (", " and born_level in (").replace("IS NULL OR", "is null or")
    assert small != text
    (tmp_path / "model.yaml").write_text(small, encoding="utf-8")
    assert load_model(tmp_path / "model.yaml").repeats_when.lower() == load_model(PEOPLE).repeats_when.lower()


def test_conditions_on_levels_are_written_with_the_numbers_the_engine_keeps() -> None:
    model = load_model(PEOPLE)
    assert [constraint.when for constraint in model.constraints] == ["name_level = 3 AND born_level = 3"]
    assert model.repeats_when == "name_level = 1 AND born_level IN (1, 2)"
