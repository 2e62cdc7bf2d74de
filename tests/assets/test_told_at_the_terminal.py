"""What the command line says when a night has ended."""

from pathlib import Path

import pytest

from assets.command_line.night import Outcome, show
from warehouse.publication import Publication
from warehouse.settings import Home

STANDING = Publication(Path("published/one"), {"period": "2026-10", "tables": {"targeting": 7}})
FAILED = "The agencies' snapshots could not be written."


@pytest.mark.parametrize(
    ("outcome", "begins"),
    [
        (Outcome(STANDING, [FAILED], []), "PUBLISHED one for 2026-10"),
        (Outcome(STANDING, [FAILED], [], "nothing new: one stands"), "NOTHING NEW for 2026-10: one stands"),
        (Outcome(None, [FAILED], []), "NOT PUBLISHED."),
    ],
    ids=["published", "nothing new", "not published"],
)
def test_what_went_wrong_is_told_whatever_became_of_the_publication(
    outcome: Outcome, begins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show(outcome, Home(Path("home")))

    said = capsys.readouterr().out
    assert said.lstrip().startswith(begins)
    assert FAILED in said


def test_a_night_that_went_well_says_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    show(Outcome(STANDING, [], [], "nothing new: one stands"), Home(Path("home")))

    assert "BUT" not in capsys.readouterr().out
