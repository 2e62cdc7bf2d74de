"""When a job runs by itself."""

import dagster as dg

from assets.automation.jobs import BY_SCHEDULE, TRIGGER, nightly
from assets.retention import retention
from warehouse.wall_clock import TIME_ZONE


def _each_night(
    name: str, job: "dg.JobDefinition | dg.UnresolvedAssetJobDefinition", hour: int, after: str = ""
) -> dg.ScheduleDefinition:
    """Give a schedule that is off until somebody switches it on: a new home must not start working by itself."""
    return dg.ScheduleDefinition(
        name=name,
        job=job,
        cron_schedule=f"0 {hour} * * *",
        execution_timezone=TIME_ZONE,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Every night at {hour:02}:00 in Jakarta{after}.",
        tags={TRIGGER: BY_SCHEDULE},
    )


at_two = _each_night("nightly_at_two", nightly, 2)
at_four = _each_night("retention_at_four", retention, 4, ", after the nightly run")
