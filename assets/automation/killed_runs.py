"""Runs that the history shows as going though nobody writes to the home: they were killed, and cannot say so.

Dagster's own monitor sees the death of a run's process while its code server lives. After a power cut nobody is left
to see it, and such a run would hold the one place in the pool for good: the next night would wait for ever.
"""

import time

import dagster as dg

from warehouse.database import writer
from warehouse.errors import HomeBusy
from warehouse.settings import Home

KILLED = "The run was killed before it could end; what was in force stays so. Run again."
CARRIED_ON = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
"""The states of a run that somebody carries on; one that waits to be begun is nobody's yet."""
_SECONDS_TO_OPEN = 120
"""Within which a run that has just started has opened the home."""


def end_killed_runs(home: Home, instance: dg.DagsterInstance, *, older_than: float = 0) -> list[dg.DagsterRun]:
    """Mark as failed and give the runs that nobody carries on; none while somebody writes to the home.

    `older_than`: seconds that a run must have been going for. The retention job is left alone: it does not hold the
    home from its first step to its last.
    """
    records = instance.get_run_records(dg.RunsFilter(statuses=CARRIED_ON))
    going = [
        one.dagster_run
        for one in records
        if one.dagster_run.job_name != "retention" and not _lately(one.start_time or 0, older_than)
    ]
    if not going:
        return []
    try:
        with writer(home):
            for run in going:
                instance.report_run_failed(run, KILLED)
    except HomeBusy:
        return []
    return going


def _lately(moment: float, seconds: float) -> bool:
    """Say whether a moment lies less than so many seconds back; one of the future is of a clock that was ahead once."""
    return 0 <= time.time() - moment < seconds


def end_killed_runs_of(home: Home) -> None:
    """Do so before a program starts that orders runs: one held by nobody would keep its own waiting."""
    with dg.DagsterInstance.get() as instance:
        end_killed_runs(home, instance)


@dg.sensor(
    name="killed_runs",
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process is gone, so that they hold the home no longer.",
)
def killed_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Look for runs that were killed together with all that watched them."""
    ended = end_killed_runs(Home.from_environment(), context.instance, older_than=_SECONDS_TO_OPEN)
    return dg.SkipReason(f"{len(ended)} run(s) had been killed and were marked as failed." if ended else "None was.")
