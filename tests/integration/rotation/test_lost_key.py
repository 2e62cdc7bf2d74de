"""A key that is lost for good: no night makes another without being told, and a person who knows may."""

from pathlib import Path

import pytest
from at_the_terminal import NightRun, padan

from integration.rotation import MEANS, KeyNotRotated, refuse_what_is_there, replace_lost_key, rotate_key
from warehouse.access_log import entries, verify
from warehouse.database import writer
from warehouse.errors import HomeBusy, HomeError
from warehouse.keys import PURPOSES, secret_key
from warehouse.pointer import pointed_to
from warehouse.settings import Home


def lost(home: Home, purpose: str) -> None:
    """Leave the home with what a key made, and without the key."""
    made = home.path / PURPOSES[purpose].where
    made.write_text("{}") if made.suffix else (made / "of a night").mkdir(parents=True)


@pytest.mark.parametrize("purpose", MEANS)
def test_a_lost_key_is_made_anew_where_somebody_asks(tmp_path: Path, purpose: str) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    lost(home, purpose)
    with pytest.raises(HomeError, match="is gone"):
        rotate_key(home, purpose) if purpose != "erasure" else secret_key(home, purpose)

    replace_lost_key(home, purpose)

    assert len(secret_key(home, purpose)) == 32
    assert [(one.action, one.detail["before"]) for one in entries(home)] == [("key_rotation", "lost")]
    assert verify(home) == []


def test_a_key_that_is_there_or_was_never_needed_is_not_made(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(KeyNotRotated, match="not lost"):
        refuse_what_is_there(home, "person")
    key = secret_key(home, "person")
    with pytest.raises(KeyNotRotated, match="not lost"):
        replace_lost_key(home, "person")
    with pytest.raises(KeyNotRotated, match="none that must be made by hand; these are: person, target"):
        replace_lost_key(home, "access_log")

    assert secret_key(home, "person") == key


def test_no_key_is_made_while_a_run_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path)
    lost(home, "target")

    with writer(home), pytest.raises(HomeBusy):
        replace_lost_key(home, "target")

    assert not (home.keys / "target.key").exists()


def test_no_night_runs_on_a_home_that_lost_its_key(night_run: NightRun, tmp_path: Path) -> None:
    home = night_run.copy(tmp_path / "home")
    before = pointed_to(home)
    (home.keys / "person.key").unlink()

    said = padan("run", "--extracts", night_run.extracts, "--home", home.path)
    assert said.returncode != 0
    assert "person.key is gone" in said.stdout + said.stderr
    assert pointed_to(home) == before
    assert not (home.keys / "person.key").exists()

    said = padan("keys", "make", "person", "--home", home.path)
    assert "Nothing was changed" in said.stdout
    assert not (home.keys / "person.key").exists()
    assert padan("keys", "make", "person", "--confirm", "--home", home.path).returncode == 0
    assert padan("keys", "make", "person", "--confirm", "--home", home.path).returncode != 0

    said = padan("run", "--extracts", night_run.extracts, "--home", home.path)
    assert said.returncode == 0, said.stdout + said.stderr
    assert pointed_to(home) != before
