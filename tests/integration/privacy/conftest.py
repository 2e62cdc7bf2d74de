"""One home for tests that only look at it, and a copy of it for those that change it."""

import shutil
from pathlib import Path

import pytest

from tests.integration.privacy.privacy_world import home_with_people
from warehouse.settings import Home


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give the home; tests must not change it, but for its access log."""
    return home_with_people(tmp_path_factory.mktemp("people") / "home")


@pytest.fixture
def own_people(people: Home, tmp_path: Path) -> Home:
    """Give a copy of the home, of the test's own."""
    return Home(Path(shutil.copytree(people.path, tmp_path / "home", symlinks=True)))
