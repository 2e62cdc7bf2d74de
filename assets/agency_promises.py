"""One asset for each dataset: whether its agency kept its promise, judged on deliveries and not on runs.

A night reports every table though nothing was delivered, so Dagster's freshness of a table would only say that the
night ran. These assets are materialized once for each span (month, quarter …), on the first night after its end on
which what was promised for it is in force. Their freshness policy therefore fails exactly when a promise is broken,
and passes again when the delivery comes. The check `delivered_on_time` says the same in a sentence, without a daemon.
"""

import datetime as dt
from collections.abc import Iterator

import dagster as dg

from assets.metadata import OWNERS
from assets.night import Night, told_as_failure
from integration.contracts import AGENCIES, Promise, contracts
from integration.intake.freshness import MONTHS, Freshness, freshness
from integration.intake.promises import promises_of
from warehouse.errors import DeclarationError
from warehouse.settings import Home
from warehouse.wall_clock import TIME_ZONE, today

GROUP = "agency_promises"
CHECK = "delivered_on_time"
_HOUR = 6
"""Of the day after the promised one: the night after it has looked by then."""
_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn(
            "newest", "VARCHAR", description="Month of the newest delivery in force", tags={"privacy": "none"}
        ),
        dg.TableColumn("received", "DATE", description="When it was received", tags={"privacy": "none"}),
        dg.TableColumn("wanted", "VARCHAR", description="Month that is due next", tags={"privacy": "none"}),
        dg.TableColumn("due", "DATE", description="By when it is promised", tags={"privacy": "none"}),
        dg.TableColumn("late_by_days", "INTEGER", description="How long it is overdue", tags={"privacy": "none"}),
    ]
)


def promise_key(dataset: str) -> dg.AssetKey:
    """Give the key of the asset that is a dataset's promise."""
    return dg.AssetKey([GROUP, dataset])


def policy(promise: Promise) -> dg.FreshnessPolicy:
    """Give the freshness policy of a promise: kept from the first day of the month after a span to the promised day.

    It fails at 06:00 of the day after, in Jakarta.
    """
    length = MONTHS[promise.every]
    months = ",".join(str(month) for month in range(1, 13, length)) if length > 1 else "*"
    return dg.FreshnessPolicy.cron(
        deadline_cron=f"0 {_HOUR} {promise.by_day + 1} {months} *",
        lower_bound_delta=dt.timedelta(days=promise.by_day, hours=_HOUR),
        timezone=TIME_ZONE,
    )


def _promised_here() -> dict[str, Promise | None]:
    """Give the home's promises; a faulty file of the home stops a run, but must not keep the UI from opening."""
    try:
        return promises_of(Home.from_environment())
    except DeclarationError:
        return promises_of()


def _promises(agency: str, promised: dict[str, Promise | None]) -> dg.AssetsDefinition:
    datasets = [contract for contract in contracts().values() if contract.agency == agency]

    def spec(dataset: str, title: str) -> dg.AssetSpec:
        promise = promised[dataset]
        said = f"once a {promise.every.replace('_', ' ')}, by day {promise.by_day}" if promise else "no more"
        return dg.AssetSpec(
            promise_key(dataset),
            deps=[dg.AssetKey(["agency_extracts", dataset])],
            group_name=GROUP,
            owners=[OWNERS[agency]],
            tags={"agency": agency},
            description=f"{title}: promised {said}. Materialized when a promise is found kept; "
            "its freshness fails while one is broken.",
            freshness_policy=policy(promise) if promise else None,
            skippable=True,
            metadata={"dagster/column_schema": _COLUMNS},
        )

    @dg.multi_asset(
        name=f"{GROUP}__{agency}",
        specs=[spec(contract.dataset, contract.title) for contract in datasets],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=promise_key(contract.dataset),
                description="Nothing that was promised of this dataset is overdue.",
                metadata={"severity": "warn"},
            )
            for contract in datasets
        ],
        pool="warehouse",
    )
    def judged(
        context: dg.AssetExecutionContext, night: Night
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        say = night.say(context)
        with told_as_failure(night.place):
            found = freshness(night.connection, today(), promises_of(night.place))
        for one in found:
            if one.agency != agency:
                continue
            if not one.on_time:
                say(one.sentence)
            if one.kept and one.kept != _told_kept(context.instance, one.dataset):
                yield dg.MaterializeResult(
                    asset_key=promise_key(one.dataset), metadata={"kept": one.kept, **_facts(one)}
                )
            yield dg.AssetCheckResult(
                asset_key=promise_key(one.dataset),
                check_name=CHECK,
                passed=one.on_time,
                severity=dg.AssetCheckSeverity.WARN,
                description=one.sentence,
                metadata=_facts(one),
            )

    return judged


def _told_kept(instance: dg.DagsterInstance, dataset: str) -> str | None:
    """Give the last month of the span for which the asset was materialized last."""
    event = instance.get_latest_materialization_event(promise_key(dataset))
    told = event.asset_materialization.metadata.get("kept") if event and event.asset_materialization else None
    return str(told.value) if told else None


def _facts(one: Freshness) -> dict[str, str | int]:
    facts = {"newest": one.newest, "received": one.received, "wanted": one.wanted, "due": one.due}
    return {"late_by_days": one.late_by_days} | {name: str(fact) for name, fact in facts.items() if fact is not None}


_PROMISED = _promised_here()
PROMISES: list[dg.AssetsDefinition] = [_promises(agency, _PROMISED) for agency in AGENCIES]
