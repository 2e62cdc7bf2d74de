"""The table of contents of the project, as Dagster loads it: the way of the data, its checks, its night."""

import os
from collections.abc import Iterator, Sequence

import dagster as dg

from assets.agency_extracts import EXTRACTS
from assets.agency_promises import PROMISES
from assets.agency_snapshots import agency_snapshots
from assets.agency_sources import SOURCES
from assets.automation.alerts import tell_failure, tell_late, tell_success
from assets.automation.drop_folder import drop_folder
from assets.automation.jobs import AGENCY_JOBS, nightly, one_month
from assets.automation.killed_runs import killed_runs
from assets.automation.schedules import at_four, at_two
from assets.backfill import backfill
from assets.clean_records import CLEAN
from assets.late_months import late_months
from assets.matched_pairs import matching
from assets.night import Night
from assets.persons import persons
from assets.retention import retention
from assets.run_log import RUN_LOG, run_log
from assets.run_summary import run_summaries
from assets.serving_postgres import postgres
from assets.targeting import gates, indicators, publication, targeting
from quality_checks.all_rules import ALL_RULES, rules_of
from quality_checks.asset_checks import table_checks
from quality_checks.expectations import Verdict
from quality_checks.rule import Rule
from quality_checks.standing import judge_what_changed
from warehouse.made import Made
from warehouse.settings import Home, remembered_extracts


def _judged(context: dg.AssetCheckExecutionContext, rules: Sequence[Rule]) -> list[tuple[Verdict, Made | None]]:
    """Judge rules on the connection of the night, but for those whose verdict stands."""
    night: Night = context.resources.night
    return judge_what_changed(night.connection, rules, context.run.run_id, afresh=night.afresh)


def _checks() -> Iterator[dg.AssetChecksDefinition]:
    """Give the checks of every table: one step for each table, one check for each rule."""
    for table in dict.fromkeys(rule.table for rule in ALL_RULES):
        yield table_checks(table, rules_of(table), _judged, required_resource_keys={"night"})


defs = dg.Definitions(
    assets=[
        *SOURCES,
        *EXTRACTS,
        late_months,
        *PROMISES,
        *CLEAN,
        matching,
        persons,
        targeting,
        indicators,
        publication,
        agency_snapshots,
        postgres,
    ],
    asset_checks=[*_checks(), gates],
    jobs=[nightly, one_month, backfill, *AGENCY_JOBS, retention],
    schedules=[at_two, at_four],
    sensors=[drop_folder, killed_runs, run_summaries, tell_failure, tell_late, tell_success],
    resources={
        "night": Night(
            home=str(Home.from_environment().path),
            extracts=os.environ.get("PADAN_EXTRACTS") or str(remembered_extracts(Home.from_environment())),
            as_of=os.environ.get("PADAN_AS_OF"),
            weekly=os.environ.get("PADAN_WEEKLY") == "1",
            months=os.environ.get("PADAN_MONTHS"),
            afresh=os.environ.get("PADAN_AFRESH") == "1",
        )
    },
    executor=dg.in_process_executor,
    loggers={"console": dg.colored_console_logger, RUN_LOG: run_log},
)
