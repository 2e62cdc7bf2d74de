"""The night and PostgreSQL: nothing where none is configured, a warning where it is down, and a catch-up after."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from at_the_terminal import padan
from planted_publication import planted
from postgres_place import Place

from assets.night import Night
from assets.serving_postgres import CHECK, postgres
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    planted(found)
    return found


def materialised(home: Home) -> tuple[dg.AssetCheckEvaluation, str]:
    """Run the step alone; give its check and what it says was loaded."""
    night = Night(home=str(home.path), extracts=str(home.path / "inbox"))
    done = dg.materialize([postgres], resources={"night": night}, raise_on_error=False)
    assert done.success
    ((check),) = done.get_asset_check_evaluations()
    (made,) = done.asset_materializations_for_node("targeting__postgres")
    return check, str(made.metadata["loaded"].value)


def test_nothing_is_done_where_no_server_is_configured(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PADAN_POSTGRES_DSN", raising=False)

    check, said = materialised(home)

    assert (check.check_name, check.passed) == (CHECK, True)
    assert "names no server" in said


def test_a_server_that_is_down_is_a_warning_and_not_a_failure(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PADAN_POSTGRES_DSN", f"host={home.path} user=padan_loader password=never-shown")

    check, said = materialised(home)

    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert said.startswith("not loaded: PostgreSQL at")
    assert "never-shown" not in said + str(check.description)


def test_the_next_run_catches_up_although_nothing_was_published(
    home: Home, monkeypatch: pytest.MonkeyPatch, new_place: Callable[[str], Place]
) -> None:
    dsn = new_place("caught_up").loader
    monkeypatch.setenv("PADAN_POSTGRES_DSN", f"host={home.path} user=padan_loader")
    assert not materialised(home)[0].passed

    monkeypatch.setenv("PADAN_POSTGRES_DSN", dsn)
    check, said = materialised(home)

    assert check.passed
    assert "dinkes" in said


def test_the_command_tells_what_to_do_in_one_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PADAN_POSTGRES_DSN", raising=False)

    unnamed = padan("serve", "postgres", "--home", home.path)
    shown = padan("serve", "postgres", "--home", home.path, "--dsn", "host=x password=never-shown")
    down = padan("doctor", "postgres", "--home", home.path, "--dsn", f"host={home.path}")

    for said, words in ((unnamed, "No server is named"), (shown, "holds a password"), (down, "cannot be used")):
        assert said.returncode == 1
        assert said.stderr.startswith("padan: ")
        assert words in said.stderr
        assert "never-shown" not in said.stderr + said.stdout


def test_the_script_of_roles_needs_no_server_and_holds_no_password(home: Home) -> None:
    said = padan("serve", "postgres", "--home", home.path, "--roles")

    assert said.returncode == 0
    assert "'padan_dinkes_350927'" in said.stdout
    assert "PASSWORD '" not in said.stdout
