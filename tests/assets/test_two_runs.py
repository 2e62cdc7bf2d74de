"""Of two runs on a home the second steps back with a sentence, or waits until the first ends."""

import threading
from pathlib import Path

import pytest
from at_the_terminal import PATIENCE

from assets.command_line.night import Outcome
from assets.command_line.run import when_free
from warehouse.database import no_run, one_run
from warehouse.errors import HomeBusy
from warehouse.settings import Home

NOTHING = Outcome(None, [], [])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _run(home: Home) -> Outcome:
    with one_run(home):
        return NOTHING


def test_the_second_steps_back_with_a_sentence(home: Home) -> None:
    with one_run(home), pytest.raises(HomeBusy, match="Another run is working on"):
        when_free(lambda: _run(home), 0)


def test_the_second_waits_until_the_first_ends_and_says_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    begun, end = threading.Event(), threading.Event()

    def first() -> None:
        with one_run(home):
            begun.set()
            end.wait(PATIENCE)

    other = threading.Thread(target=first)
    other.start()
    begun.wait(PATIENCE)
    threading.Timer(0.2, end.set).start()

    assert when_free(lambda: _run(home), PATIENCE) is NOTHING
    assert "waiting up to 1,800 s: Another run" in capsys.readouterr().err
    other.join()


def test_the_second_does_not_wait_for_ever(home: Home) -> None:
    with one_run(home), pytest.raises(HomeBusy):
        when_free(lambda: _run(home), 0.1)


def test_one_command_at_a_time_keeps_runs_away(home: Home) -> None:
    with no_run(home), pytest.raises(HomeBusy, match="Another command"), no_run(home):
        pass
