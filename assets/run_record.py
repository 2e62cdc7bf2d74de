"""Reading Dagster's own record of a run: the same for the command line, the UI and the schedule."""

import datetime as dt
import re
import resource
from collections.abc import Iterable

from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRunStatus

from assets.run_outcome import failed_checks, failures
from integration.run_summary import Check, Record, Step
from integration.run_summary.record import UNCHANGED

_USED = "The run used: "


def run_record(instance: DagsterInstance, run_id: str) -> Record:
    """Give what Dagster wrote down of a run that is over."""
    run = instance.get_run_record_by_id(run_id)
    if run is None:
        raise ValueError(f"Dagster has no run {run_id}.")
    entries = instance.all_logs(run_id)
    timed = [(one.timestamp, one.dagster_event) for one in entries if one.dagster_event is not None]
    events = [event for _, event in timed]
    why = failures(events)
    status = run.dagster_run.status
    started = run.start_time or run.create_timestamp.timestamp()
    lived = [at for at, event in timed if event.step_key]
    # A run that ended badly while none of its steps did was ended from outside.
    killed = status is DagsterRunStatus.FAILURE and not why
    ended = max(lived, default=started) if killed else run.end_time or max(lived, default=started)
    memory, cpu = _used(one.user_message for one in entries if one.dagster_event is None)
    return Record(
        run_id=run_id,
        job=run.dagster_run.job_name,
        started=_moment(started),
        ended=_moment(ended),
        well=status is DagsterRunStatus.SUCCESS,
        killed=killed,
        cancelled=status is DagsterRunStatus.CANCELED,
        failures=tuple(why),
        checks_judged=sum(1 for one in events if one.event_type is DagsterEventType.ASSET_CHECK_EVALUATION),
        failed_checks=tuple(Check(name, severity, text) for name, text, severity in failed_checks(events)),
        steps=tuple(_steps(timed)),
        said=_said(events),
        peak_memory_bytes=memory,
        cpu_seconds=cpu,
    )


def _steps(timed: Iterable[tuple[float, DagsterEvent]]) -> list[Step]:
    begun: dict[str, float] = {}
    stood: dict[str, bool] = {}
    done: dict[str, Step] = {}
    for at, event in timed:
        key = event.step_key
        if key is None:
            continue
        if event.event_type is DagsterEventType.STEP_START:
            begun.setdefault(key, at)
        elif event.event_type is DagsterEventType.ASSET_MATERIALIZATION:
            unchanged = UNCHANGED in event.step_materialization_data.materialization.metadata
            stood[key] = unchanged and stood.get(key, True)
        elif event.event_type in (DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE) and key in begun:
            done[key] = Step(key, at - begun[key], stood.get(key, False))
    return list(done.values())


def _said(events: Iterable[DagsterEvent]) -> dict[str, dict[str, int | float | str]]:
    said = {}
    for event in events:
        if event.event_type is DagsterEventType.ASSET_MATERIALIZATION:
            made = event.step_materialization_data.materialization
            plain = {name: value.value for name, value in made.metadata.items()}
            said["/".join(made.asset_key.path)] = {
                name: value for name, value in plain.items() if isinstance(value, int | float | str)
            }
    return said


def used() -> str:
    """Say what this process has used so far, to be logged when its run is done: its record is read by `run_record`."""
    self, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = self.ru_utime + self.ru_stime + children.ru_utime + children.ru_stime
    return f"{_USED}peak memory {self.ru_maxrss / 1024:.0f} MiB, CPU time {cpu:.1f} s"


def _used(messages: Iterable[str]) -> tuple[int | None, float | None]:
    for text in messages:
        if text.startswith(_USED):
            memory, cpu = re.findall(r"[\d.]+", text)
            return int(memory) * 2**20, float(cpu)
    return None, None


def _moment(timestamp: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC)
