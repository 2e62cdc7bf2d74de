"""When the night runs by itself."""

import dagster as dg

from assets.automation.jobs import BY_SCHEDULE, TRIGGER, nightly

# Off until somebody switches it on: a new home must not start working by itself.
at_two = dg.ScheduleDefinition(
    name="nightly_at_two",
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone="Asia/Jakarta",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every night at 02:00 in Jakarta.",
    tags={TRIGGER: BY_SCHEDULE},
)
