"""One small sample and one night run on it, through the real command line; many tests read what it left."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import at_the_terminal
import pytest
from at_the_terminal import HarderRun, NightRun, padan, plant_canary, plant_policy
from hypothesis import settings

from integration.sampling import write_sample
from warehouse.settings import Home

FAMILIES = 150
settings.register_profile("suite", max_examples=40, deadline=None)  # a busy machine is no fault of the code
settings.load_profile("suite")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each file on one worker, and all files that ask for the harder runs on the same: they are made once."""
    harder = {item.path for item in items if "harder_runs" in getattr(item, "fixturenames", ())}
    for item in items:
        item.add_marker(pytest.mark.xdist_group("harder" if item.path in harder else item.path.name))


@pytest.fixture(scope="session")
def night_run(tmp_path_factory: pytest.TempPathFactory) -> NightRun:
    """Give the night that most tests look at: it must have published, else nothing here makes sense."""
    extracts = tmp_path_factory.mktemp("extracts")
    write_sample(extracts, families=FAMILIES, seed=11)
    plant_canary(extracts)
    home = Home(tmp_path_factory.mktemp("night") / "home")
    plant_policy(home)
    said = padan("run", "--extracts", extracts, "--home", home.path)
    assert said.returncode == 0, said.stdout + said.stderr
    return NightRun(home, extracts, said)


@pytest.fixture(scope="session")
def harder_runs(night_run: NightRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, HarderRun]]:
    """Start, two at a time, the runs under harder conditions, each on a home and extracts of its own."""
    saved = ("published", "keys")
    runs = {
        "killed twice, then in another order": (at_the_terminal.killed_then_in_another_order, saved),
        "again": (at_the_terminal.again, ()),
        "a month again": (at_the_terminal.a_month_again, ()),
        "without an agency": (at_the_terminal.without_an_agency, saved),
    }
    with ThreadPoolExecutor(2) as pool:
        started = {}
        for name, (run, parts) in runs.items():
            folder = tmp_path_factory.mktemp("harder")
            home = night_run.copy(folder / "home", *parts)
            shutil.copytree(night_run.extracts, folder / "extracts")
            started[name] = HarderRun(home, pool.submit(run, home, folder / "extracts"))
        yield started
