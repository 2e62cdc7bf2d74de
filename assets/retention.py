"""The job that removes what is kept no longer."""

import dagster as dg

from assets.night import told_as_failure
from integration.retention import apply_retention, retention_in_force
from warehouse.settings import Home
from warehouse.wall_clock import today


@dg.op(pool="warehouse")
def remove_what_is_due(context: dg.OpExecutionContext) -> None:
    """Remove what the retention rules keep no longer; the access log tells of each removal."""
    home = Home.from_environment()
    with told_as_failure(home):
        found = apply_retention(home, retention_in_force(home), today())
    for one in found:
        context.log.info(one.sentence())
    context.add_output_metadata({one.rule.kind: one.number for one in found})


@dg.job(executor_def=dg.in_process_executor, description="Remove what the retention rules keep no longer.")
def retention() -> None:
    """Apply the retention rules."""
    remove_what_is_due()
