"""The daemon's part of telling people: how runs ended that it started itself. The command line tells of its own runs.

They are on from the start, for they tell nobody unless the home has an `alerts.yaml`.
"""

import dagster as dg

from assets.automation.jobs import nightly
from assets.automation.killed_runs import KILLED
from assets.automation.telling import log_sent, tell_run
from assets.run_outcome import events_of, failures, warnings
from integration.alerts import send_late, waiting
from warehouse.settings import Home


@dg.run_failure_sensor(
    name="tell_failure",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells whom alerts.yaml names that a run failed, and why.",
)
def tell_failure(context: dg.RunFailureSensorContext) -> None:
    """Tell of any run that failed; one that says no reason was killed."""
    found = events_of(context.instance, context.dagster_run.run_id)
    run_id = context.dagster_run.run_id
    log_sent(context.log, tell_run(Home.from_environment(), run_id, failures(found) or [KILLED], warnings(found)))


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    name="tell_success",
    monitored_jobs=[nightly],
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells whom alerts.yaml names of the warnings of a night that ended well, and its summary.",
)
def tell_success(context: dg.RunStatusSensorContext) -> None:
    """Tell of a night that ended well: a failure sensor alone never sees a check of severity WARN."""
    run_id = context.dagster_run.run_id
    found = events_of(context.instance, run_id)
    log_sent(context.log, tell_run(Home.from_environment(), run_id, [], warnings(found)))


@dg.sensor(
    name="tell_late",
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends alerts again that could not be sent, as the mail server was down.",
)
def tell_late(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Try what waits; a night on the command line does so by itself."""
    home = Home.from_environment()
    sent = send_late(home)
    log_sent(context.log, sent)
    said = [one.wrong or f"told late: {one.where}" for one in sent]
    return dg.SkipReason(f"{' '.join(said)} {len(waiting(home))} wait." if said else "No alert waits to be sent.")
