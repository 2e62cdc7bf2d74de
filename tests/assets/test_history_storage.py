"""The record of a run is Dagster's own, written through one engine."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite import consolidated_sqlite_event_log

from assets.command_line.run_storage import write_instance
from assets.history_storage import HistoryStorage
from warehouse.settings import Home


@dg.asset
def something() -> None:
    """Make nothing."""


@dg.asset_check(asset=something)
def nothing_wrong() -> dg.AssetCheckResult:
    """Judge it."""
    return dg.AssetCheckResult(passed=True)


def test_no_event_makes_an_engine_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DAGSTER_HOME", "PADAN_EVENT_LOG"):
        monkeypatch.setenv(name, "")  # set by what follows, and put back after it
    home = Home(tmp_path / "home")
    home.dagster.mkdir(parents=True)
    write_instance(home)
    engines: list[object] = []
    with dg.DagsterInstance.get() as instance:
        made = consolidated_sqlite_event_log.create_engine
        monkeypatch.setattr(
            consolidated_sqlite_event_log,
            "create_engine",
            lambda *said, **more: (engines.append(said), made(*said, **more))[1],
        )
        run = dg.materialize([something, nothing_wrong], instance=instance)
        events = [record.dagster_event_type for record in instance.all_logs(run.run_id) if record.is_dagster_event]

        assert isinstance(instance.event_log_storage, HistoryStorage)

    assert {dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.ASSET_CHECK_EVALUATION} <= set(events)
    assert len(engines) <= 1 < len(events), "one to make the file, none for an event"
