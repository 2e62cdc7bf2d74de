"""Whom to reach first, whether that may be published, and the publication."""

import json
from collections.abc import Iterator

import dagster as dg

from assets.metadata import DATA_TEAM, materialized, table_spec
from assets.night import Night, told_as_failure
from integration.contracts import contracts
from integration.linkage import load_model, person_model
from integration.review import estimate_links
from integration.targeting import Gate, build_targeting, gate_sentences, publication_gates
from warehouse.database import rows
from warehouse.dictionary import dictionary_query
from warehouse.errors import PublicationRefused
from warehouse.keys import secret_key
from warehouse.publication import Snapshot, publications, publish
from warehouse.tables import stage_tables, table

TARGETING = table("targeting.targeting")
GROUP = "targeting"


@dg.multi_asset(
    specs=[
        table_spec(
            TARGETING,
            [
                *(name.full_name for name in stage_tables("persons").values()),
                *(contract.typed_table for contract in contracts().values()),
            ],
        )
    ],
    name="targeting__targeting",
    pool="warehouse",
)
def targeting(context: dg.AssetExecutionContext, night: Night) -> Iterator[dg.MaterializeResult[None]]:
    """Apply the rules to every child, mother and family of the month."""
    say = night.say(context)
    period, period_end = night.month()
    with told_as_failure(night.place):
        build_targeting(
            night.connection,
            period=period,
            period_end=period_end,
            target_key=secret_key(night.place, "target"),
            run_id=context.run.run_id,
            say=say,
        )
    tiers = rows(
        night.connection,
        "SELECT tier, subject_type, count(*) FROM targeting.targeting GROUP BY ALL ORDER BY ALL",
    )
    counts = {f"{tier}/{subject}": int(number) for tier, subject, number in tiers}
    say(f"{sum(counts.values()):,} targets for {period}")
    yield materialized(night.connection, TARGETING.full_name, {"period": period, **counts})


@dg.multi_asset_check(
    name="targeting__gates",
    specs=[
        dg.AssetCheckSpec(f"gate_{name}", asset=[GROUP, "targeting"], description=sentence, blocking=True)
        for name, sentence in gate_sentences().items()
    ],
)
def gates(context: dg.AssetCheckExecutionContext, night: Night) -> Iterator[dg.AssetCheckResult]:
    """Show every publication gate; one without a baseline is reported as not evaluable, which stops nothing."""
    for gate in _judged(night):
        measured = {} if gate.measured is None else {"measured": gate.measured}
        yield dg.AssetCheckResult(
            check_name=f"gate_{gate.name}",
            asset_key=[GROUP, "targeting"],
            passed=gate.outcome != "failed",
            description=_told(gate),
            metadata={"outcome": gate.outcome, **measured},
        )


@dg.asset(
    key=[GROUP, "publication"],
    deps=[[GROUP, "targeting"]],
    group_name=GROUP,
    kinds={"duckdb", "parquet"},
    owners=[DATA_TEAM],
    description="A versioned snapshot, built aside, verified, and pointed to in one step; agencies read only this.",
    pool="warehouse",
)
def publication(context: dg.AssetExecutionContext, night: Night) -> dg.MaterializeResult[None]:
    """Publish the month, unless a gate says no: then the previous publication stays."""
    say = night.say(context)
    period, period_end = night.month()
    with told_as_failure(night.place):
        failed = [_told(gate) for gate in _judged(night) if gate.outcome == "failed"]
        if failed:
            raise PublicationRefused("Not published; the previous publication stays. " + " ".join(failed), failed)
        facts = {
            "period": period,
            "period_end": period_end.isoformat(),
            "as_of": night.day().isoformat(),
            **_facts(night),
        }
        done = publish(night.connection, night.place, _snapshots(), context.run.run_id, facts)
    say(f"published {done.version}")
    return dg.MaterializeResult(
        metadata={
            "version": done.version,
            "folder": dg.MetadataValue.path(str(done.folder)),
            "period": period,
            "dagster/row_count": done.facts["tables"]["targeting"],
            "publication": dg.MetadataValue.md(f"```json\n{json.dumps(done.facts, indent=1)}\n```"),
        }
    )


def _judged(night: Night) -> list[Gate]:
    """Judge the gates; the month before is the newest publication of an earlier period."""
    period, _ = night.month()
    earlier = [one.facts["balita"] for one in publications(night.place) if one.facts["period"] < period]
    found = estimate_links(night.connection)
    return publication_gates(
        night.connection,
        previous_balita=earlier[0] if earlier else None,
        precision=found.precision.value if found.precision else None,
        recall=found.recall.value if found.recall else None,
    )


def _told(gate: Gate) -> str:
    found = "nothing to compare with" if gate.measured is None else f"found {gate.measured:,.4g}"
    return f"{gate.sentence} Wanted {gate.wanted}, {found}."


def _facts(night: Night) -> dict[str, object]:
    """Say what a publication rests on: rule versions, children counted, deliveries in force."""
    ((balita, rule_versions),) = rows(
        night.connection,
        "SELECT count(*) FILTER (subject_type = 'balita'), list(DISTINCT rule_version) FROM targeting.targeting",
    )
    in_force = rows(
        night.connection,
        "SELECT dataset, kab_code, max(period) FROM agency_extracts.delivery WHERE status = 'in_force' "
        "GROUP BY ALL ORDER BY ALL",
    )
    return {
        "balita": int(balita),
        "rule_versions": rule_versions,
        "matching_model": load_model(person_model(night.place)).label,
        "deliveries": [dict(zip(("dataset", "kab_code", "period"), row, strict=True)) for row in in_force],
    }


def _snapshots() -> list[Snapshot]:
    """Name the published tables: the targeting table, and the dictionary that explains its columns."""
    return [
        Snapshot("targeting", f"SELECT * REPLACE ({{published_at}} AS published_at) FROM {TARGETING.full_name}"),
        Snapshot("data_dictionary", dictionary_query([TARGETING])),
    ]
