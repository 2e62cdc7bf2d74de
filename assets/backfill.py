"""Publishing chosen months again: the job that an operator launches a backfill of in the UI."""

import dagster as dg

from assets.late_months import WITHIN, publish_month
from assets.night import Night
from assets.run_log import QUIET
from assets.run_outcome import failures
from warehouse.wall_clock import TIME_ZONE

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2020-01", fmt="%Y-%m", timezone=TIME_ZONE, end_offset=1)
_GOING_ON = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dg.op(pool="warehouse")
def month_again(context: dg.OpExecutionContext, night: Night) -> None:
    """Publish the month again, beside if it is not the newest; after the last one asked for comes a whole night.

    That night redoes what depends on these months, and leaves the working database as that of the newest one.
    """
    from assets.definitions import defs

    month = context.partition_key
    with night.lent():  # the home is this run's until all of it is done
        result = publish_month(context.instance, night, month, context.run.run_id)
        said = failures(result.all_events)
        others = context.instance.get_runs(dg.RunsFilter(job_name="backfill", statuses=_GOING_ON))
        if all(one.run_id == context.run.run_id for one in others):
            context.log.info("The last month asked for: now the night, for what depends on them.")
            whole = defs.resolve_job_def("nightly").execute_in_process(
                instance=context.instance,
                run_config=night.within,
                tags={WITHIN: context.run.run_id},
                raise_on_error=False,
            )
            said += failures(whole.all_events)
    context.add_output_metadata({"month": month, "became": _became(result), "run": result.run_id})
    if said or not result.success:
        raise dg.Failure(description=f"{month}: {' '.join(said)}", allow_retries=False)


def _became(result: dg.ExecuteInProcessResult) -> str:
    """Say what was published, or that there was nothing new; the run's own failures say why neither was."""
    made = result.asset_materializations_for_node("targeting__publication")
    if not made:
        return "not published"
    told = made[0].metadata
    return str(told["nothing_new"].value) if "nothing_new" in told else f"published: {told['version'].value}"


@dg.job(
    partitions_def=MONTHS,
    executor_def=dg.in_process_executor,
    config=QUIET,
    description="Publish chosen months again, each from what is in force for it; the newest one comes last.",
)
def backfill() -> None:
    """Publish a month again."""
    month_again()
