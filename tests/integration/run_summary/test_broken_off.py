"""A run that could not begin is remembered until one has ended."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from invented_publication import home_in
from prometheus_client.parser import text_string_to_metric_families

from integration.run_summary import Record, broken_off, metrics_text, note_broken_off, summarise, write_summary
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def ended(home: Home, at: dt.datetime) -> None:
    """Let a run end well, and tell of it."""
    run = Record(f"run-of-{at:%d}", "nightly", at - dt.timedelta(minutes=3), at, well=True, peak_memory_bytes=2**30)
    write_summary(home, summarise(run, home))


def samples(home: Home) -> dict[tuple[Any, ...], float]:
    """Give what Prometheus would read of the home."""
    families = text_string_to_metric_families(metrics_text(home))
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_it_is_remembered_until_a_run_has_ended(home: Home) -> None:
    now = dt.datetime.now(dt.UTC)
    ended(home, now - dt.timedelta(days=1))
    assert broken_off(home) is None
    assert samples(home)["padan_run_success",] == 1

    assert note_broken_off(home, "The disk is full.")

    found = broken_off(home)
    assert found is not None
    assert found.sentence == "The disk is full."
    told = samples(home)
    assert told["padan_run_success",] == 0
    assert told["padan_run_info", "nightly", "broken_off"] == 1
    assert told["padan_run_timestamp_seconds",] == found.at.timestamp()
    assert ("padan_run_peak_memory_bytes",) not in told  # that of the run before is not its own

    ended(home, now + dt.timedelta(minutes=5))
    assert broken_off(home) is None
    assert samples(home)["padan_run_success",] == 1


def test_a_home_that_never_ran_can_have_one(home: Home) -> None:
    assert note_broken_off(home, "There is nothing to run on.")
    assert samples(home)["padan_run_success",] == 0


def test_where_it_cannot_be_remembered_nothing_is_made(tmp_path: Path) -> None:
    nowhere = Home(tmp_path / "nowhere")
    assert not note_broken_off(nowhere, "x")
    assert not nowhere.path.exists()


def test_a_damaged_note_tells_nothing(home: Home) -> None:
    assert note_broken_off(home, "x")
    (home.path / "runs" / "broken-off.json").write_text('{"at": "yest')
    assert broken_off(home) is None
