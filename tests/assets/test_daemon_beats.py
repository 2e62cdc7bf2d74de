"""A daemon that is gone is told within minutes, by its health check and by the doctor."""

import os
import time
from pathlib import Path

import dagster as dg
import pytest
from at_the_terminal import padan
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, ScheduleInstigatorData
from dagster._daemon.types import DaemonHeartbeat

from assets.command_line.night import set_environment
from assets.daemon_beats import SILENT_AFTER, silent_threads
from assets.run_state import automation
from warehouse.settings import Home


def beat(instance: dg.DagsterInstance, seconds_ago: float, *but: str) -> None:
    for thread in instance.get_required_daemon_types():
        if thread not in but:
            instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - seconds_ago, thread, "one", errors=[]))


def switch_on(instance: dg.DagsterInstance, schedule: str, status: InstigatorStatus = InstigatorStatus.RUNNING) -> None:
    """As the UI does it."""
    origin = RemoteRepositoryOrigin(GrpcServerCodeLocationOrigin("localhost", 1, location_name="padan"), "padan")
    instance.add_instigator_state(
        InstigatorState(
            origin.get_instigator_origin(schedule),
            InstigatorType.SCHEDULE,
            status,
            ScheduleInstigatorData("0 2 * * *"),
        )
    )


def test_only_who_spoke_lately_lives() -> None:
    with dg.DagsterInstance.local_temp() as instance:
        threads = sorted(instance.get_required_daemon_types())
        assert silent_threads(instance) == threads
        beat(instance, SILENT_AFTER + 60)
        assert silent_threads(instance) == threads
        beat(instance, SILENT_AFTER - 60, threads[0])
        assert silent_threads(instance) == [threads[0]]
        beat(instance, 0)
        assert silent_threads(instance) == []


@pytest.mark.parametrize(("seconds_ago", "state"), [(10, "ok"), (SILENT_AFTER + 60, "broken")])
def test_the_doctor_tells_of_schedules_that_nobody_starts(seconds_ago: float, state: str) -> None:
    with dg.DagsterInstance.local_temp() as instance:
        assert [one.state for one in automation(instance)] == ["told"]
        beat(instance, seconds_ago)
        switch_on(instance, "nightly_at_two")

        (found,) = automation(instance)

    assert found.state == state
    assert "nightly_at_two" in found.says


def test_those_that_only_tell_of_runs_begin_no_night() -> None:
    with dg.DagsterInstance.local_temp() as instance:
        switch_on(instance, "tell_failure", InstigatorStatus.DECLARED_IN_CODE)  # as any daemon writes it down
        beat(instance, SILENT_AFTER + 60)

        (found,) = automation(instance)

    assert (found.state, found.says[:22]) == ("told", "none is switched on: n")


def test_the_health_check_ends_by_whether_a_daemon_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    said = padan("daemon", "--check", "--home", home.path)
    assert said.returncode == 1
    assert "No daemon is at work" in said.stderr
    monkeypatch.setattr(os, "environ", os.environ.copy())
    set_environment(home)
    with dg.DagsterInstance.get() as instance:
        beat(instance, 0)

    said = padan("daemon", "--check", "--home", home.path)

    assert (said.returncode, said.stderr) == (0, "")
