"""Months that a late delivery changed, made again one after the other before the night comes to the newest one.

Each is a run of its own of the job `one_month`, on the night's connection, and is published beside: `current` stays
with the newest. Afterwards the night goes on to the newest month, which is compared with what was just said.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from assets.metadata import DATA_TEAM
from assets.night import MONTH, Night, told_as_failure
from assets.run_outcome import failures
from integration.contracts import contracts
from integration.periods import (
    Due,
    asked,
    clock_trouble,
    early_deliveries,
    failed_before,
    months_due,
    remember_outcome,
)
from warehouse.progress import Say
from warehouse.publication import publications_in_line
from warehouse.wall_clock import today

KEY = dg.AssetKey(["agency_extracts", "late_months"])
ONE_MONTH = "one_month"
WITHIN = "padan/within"
"""The tag of a run that another one started: which."""
_LATE, _EARLY, _CLOCK = "late_months_published", "nothing_waits_for_its_month", "clock_goes_forward"
_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("month", "VARCHAR", description="Month made again", tags={"privacy": "none"}),
        dg.TableColumn("because", "VARCHAR", description="Why", tags={"privacy": "none"}),
        dg.TableColumn("became", "VARCHAR", description="What became of it", tags={"privacy": "none"}),
    ]
)
_CHECKS = {
    _LATE: "Each month that a late delivery changed could be published again.",
    _EARLY: "No delivery in force is of a month that has not come.",
    _CLOCK: "The clock of this machine is not behind the publication in force.",
}


@dataclass(frozen=True)
class Again:
    """What became of a month that was made again: its new version (None: not published), or what kept it from one.

    Without either it came out as it stands.
    """

    due: Due
    version: str | None
    trouble: str = ""

    @property
    def became(self) -> str:
        """Say what became of it."""
        if self.version:
            return f"published again beside: {self.version}"
        return f"not published again: {self.trouble}" if self.trouble else "nothing new, so it stands"

    @property
    def sentence(self) -> str:
        """Say it in a line."""
        return f"{self.due.month}: {self.due.because}; {self.became}"


@dg.multi_asset(
    name="agency_extracts__late_months",
    specs=[
        dg.AssetSpec(
            KEY,
            deps=[
                *(contract.table.split(".") for contract in contracts().values()),
                ["agency_extracts", "delivery"],
            ],
            group_name="agency_extracts",
            kinds={"duckdb"},
            owners=[DATA_TEAM],
            description="Months whose publication does not rest on what is in force for them now: made again, beside.",
            metadata={"dagster/column_schema": _COLUMNS},
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(name, asset=KEY, description=sentence, metadata={"severity": "warn"})
        for name, sentence in _CHECKS.items()
    ],
    pool="warehouse",
)
def late_months(
    context: dg.AssetExecutionContext, night: Night
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Publish again what a late delivery changed, and say what came too early."""
    say = night.say(context)
    now = dt.datetime.now(dt.UTC)
    with told_as_failure(night.place):
        done = [] if night.speaks_of_one else list(_made_again(context, night, say))
        day = today()
        early = [one.sentence(day) for one in early_deliveries(night.connection, night.place, day)]
        clock = clock_trouble(night.place, now)
    for text in (*early, *([clock] if clock else [])):
        say(f"Warning: {text}")
    yield dg.MaterializeResult(
        asset_key=KEY,
        metadata={
            "months": dg.MetadataValue.table(
                [
                    dg.TableRecord({"month": one.due.month, "because": one.due.because, "became": one.became})
                    for one in done
                ],
                schema=_COLUMNS,
            ),
            "published_again": dg.MetadataValue.json([one.sentence for one in done if not one.trouble]),
        },
    )
    yield _check(_LATE, [one.sentence for one in done if one.trouble])
    yield _check(_EARLY, early)
    yield _check(_CLOCK, [clock] if clock else [])


def publish_month(instance: dg.DagsterInstance, night: Night, month: str, within: str) -> dg.ExecuteInProcessResult:
    """Run the job `one_month` for a month in this process, on the home of `night`; `within` is the run that asks."""
    from assets.definitions import defs  # which holds what is defined here

    return defs.resolve_job_def(ONE_MONTH).execute_in_process(
        instance=instance, run_config=night.within, tags={MONTH: month, WITHIN: within}, raise_on_error=False
    )


def _made_again(context: dg.AssetExecutionContext, night: Night, say: Say) -> Iterator[Again]:
    """Make the first month that is due, look anew, and so on: one may make the next one due, or spare it."""
    tonight, _ = night.period()
    tried: set[str] = set()
    months = asked(night.months) if night.months else []
    wanted = [one for one in months if one < tonight]
    for ahead in (one for one in months if one > tonight):
        yield Again(Due(ahead, "asked for", ""), None, f"it is later than {tonight}, the newest month delivered.")
    while True:
        due = {one.month: one for one in months_due(night.connection, night.place, tonight)}
        left = sorted(
            ({one.month for one in due.values() if not failed_before(night.place, one)} | set(wanted)) - tried
        )
        for month, one in due.items():
            if month not in left and month not in tried:
                tried.add(month)
                yield Again(
                    one,
                    None,
                    "it could not be made from the same deliveries before. See that run, put right what it says, and "
                    f"run `./padan run --months {month}`.",
                )
        if not left:
            return
        month = left[0]
        one = due.get(month) or Due(month, "asked for", "")
        tried.add(month)
        say(f"{month}: {one.because}; made again before {tonight}")
        before = {each.version for each in publications_in_line(night.place)}
        with night.lent():
            result = publish_month(context.instance, night, month, context.run.run_id)
        version = next(
            (
                each.version
                for each in publications_in_line(night.place)
                if each.version not in before and each.facts["period"] == month
            ),
            None,
        )
        if one.rests_on:
            remember_outcome(night.place, one, published=version is not None)
        trouble = " ".join(failures(result.all_events))
        if not result.success:
            trouble = trouble or "its run broke off."
        elif version is None and one.rests_on:
            trouble = "it was published from these deliveries before and rolled back."
        again = Again(one, version, trouble)
        say(again.sentence)
        yield again


def _check(name: str, wrong: list[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=KEY,
        check_name=name,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(wrong) or _CHECKS[name],
    )
