"""The nightly job and when it runs."""

import dagster as dg

from assets.run_log import RUN_LOG

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    description="Everything: read what was delivered, match, target, check, publish.",
    executor_def=dg.in_process_executor,
    # What a person needs to read on a terminal, the command line says; the event log has all of it.
    config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}, RUN_LOG: {}}},
)

# Off until somebody switches it on: a new home must not start working by itself.
at_two = dg.ScheduleDefinition(
    name="nightly_at_two",
    job=nightly,
    cron_schedule="0 2 * * *",
    execution_timezone="Asia/Jakarta",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every night at 02:00 in Jakarta.",
)
