"""Where a home is, what a run may take, and when a step says how far it is."""

from pathlib import Path

import pytest

from warehouse import progress as progress_module
from warehouse.errors import DeclarationError
from warehouse.progress import Progress
from warehouse.settings import Home, Resources


def test_the_home_is_named_by_the_environment_else_data_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PADAN_HOME", str(tmp_path))
    assert Home.from_environment() == Home(tmp_path)
    monkeypatch.delenv("PADAN_HOME")
    monkeypatch.chdir(tmp_path)
    assert Home.from_environment() == Home(tmp_path / "data")


def test_everything_a_home_holds_is_below_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    places = [home.database, home.landing, home.published, home.dagster, home.keys, home.temporary]
    assert all(place.parent == tmp_path for place in places)
    assert len(set(places)) == len(places)


def test_resources_are_a_share_of_the_machine_or_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PADAN_MEMORY", raising=False)
    monkeypatch.delenv("PADAN_THREADS", raising=False)
    assert Resources.from_environment().threads >= 1
    monkeypatch.setenv("PADAN_MEMORY", "4GB")
    monkeypatch.setenv("PADAN_THREADS", "3")
    assert Resources.from_environment() == Resources("4GB", 3)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PADAN_THREADS", "two"),
        ("PADAN_THREADS", "0"),
        ("PADAN_MEMORY", "much"),
        ("PADAN_MEMORY", "4"),
        ("PADAN_MEMORY", ""),
    ],
)
def test_a_setting_that_is_no_amount_is_a_sentence(monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.setenv(name, said)
    with pytest.raises(DeclarationError, match=f"{name} is '{said}'; it must be"):
        Resources.from_environment()


def test_progress_is_silent_for_quick_steps_and_tells_slow_ones_and_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    told: list[str] = []
    progress = Progress("names", told.append)
    for seconds, done in ((1.0, 10), (2.9, 20), (4.0, 40), (5.0, 50), (6.0, 100)):
        now[0] = seconds
        progress(done, 100)
    assert told == ["names: 40 of 100 (40 %), 10 a second", "names: 100 of 100 (100 %), 17 a second"]
    quick: list[str] = []
    Progress("quick", quick.append)(100, 100)
    assert quick == []
