"""Telling of every run that is over, whoever started it: summary, page and metrics.

What has no summary yet is looked for, rather than waited for: so a run that was killed is told of by the next one, one
that the daemon started by the sensor, and one of the command line by itself.
"""

import time
from pathlib import Path

import dagster as dg
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from assets.automation.telling import log_sent, tell_summary
from assets.run_record import run_record
from integration.run_summary import latest_summary, summarise, summarised, write_metrics, write_summary
from warehouse.database import home_error
from warehouse.settings import Home

SETTLED = 30.0
"""Seconds that another process may take to close the working database after its run is over."""
LOOKED_AT = 20
"""How many of the newest runs are looked at: those of some nights."""
_OVER = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
_NO_NIGHT = ("retention",)
"""Jobs that read no delivery and publish nothing; Dagster and the access log tell of them."""


def write_missing(instance: DagsterInstance, home: Home, *, settled: float = 0) -> list[Path]:
    """Write the summary of each run that is over and has none, the oldest first, then the metrics; gives the pages.

    `settled`: seconds that a run must have been over for. Raises `HomeError` where the disk fails.
    """
    newest = instance.get_run_records(RunsFilter(statuses=_OVER), limit=LOOKED_AT)
    over = [one.dagster_run for one in newest if not 0 <= time.time() - (one.end_time or 0) < settled]
    try:
        missing = [one for one in over if one.job_name not in _NO_NIGHT and not summarised(home, one.run_id)]
        pages = [
            write_summary(home, summarise(run_record(instance, one.run_id), home, latest_summary(home)))
            for one in reversed(missing)
        ]
        if pages:
            write_metrics(home)
    except OSError as error:
        raise home_error(home, error) from error
    return pages


# On from the start: it only tells what happened, and only while somebody's daemon runs.
@dg.sensor(
    name="run_summaries",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes the summary, page and metrics of each run that is over and has none.",
)
def run_summaries(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Tell of the runs that ended since the last look."""
    home = Home.from_environment()
    pages = write_missing(context.instance, home, settled=SETTLED)
    for page in pages:
        log_sent(context.log, tell_summary(home, page))
    return dg.SkipReason(f"Told of: {', '.join(page.name for page in pages)}" if pages else "Every run is told of.")
