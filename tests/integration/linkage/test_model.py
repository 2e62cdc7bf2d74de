"""A model file is read whole or refused with the place and the bounds."""

from pathlib import Path

import pytest

from integration.linkage.model import DEFAULT_MODEL, load_model
from warehouse.errors import DeclarationError

WRONG = {
    "a probability above one": (
        "m: 0.985, u: 0.5",
        "m: 1.985, u: 0.5",
        r"sex, level same, m: 1\.985 .* from 1e-09 to 1",
    ),
    "an unknown feature": ("sex_a = sex_b", "sex_a = gender_b", r"sex, level same, when: \['gender_b'\] were found"),
    "SQL that is no comparison": ("sex_a = sex_b", "sex_a = sex_b; drop", "sex, level same, when"),
    "an unknown frequency": ("per: village_share", "per: town_share", "village, level same, per: 'town_share'"),
    "an unknown blocking field": ("- [nik]", "- [shoe_size]", "blocking.strong"),
    "review above auto": ("review: 0.80", "review: 0.99", "bands.review"),
    "a missing part": ("  outsiders: 0.03", "  insiders: 0.03", "family_cap: outsiders is missing"),
    "no YAML": ("version:", "version: [", "cannot be read"),
}


def test_the_model_that_is_shipped_is_sound() -> None:
    model = load_model()
    assert model.auto > model.review > model.keep
    assert {comparison.about for comparison in model.comparisons} == {"person", "family"}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_model_is_refused_with_its_place(case: str, tmp_path: Path) -> None:
    right, wrong, message = WRONG[case]
    text = DEFAULT_MODEL.read_text(encoding="utf-8")
    assert right in text
    changed = tmp_path / "model.yaml"
    changed.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(DeclarationError, match=message):
        load_model(changed)
