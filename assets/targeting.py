"""Whom to reach first and what follows from it; the gates before it is published, and the publication."""

import json
from collections.abc import Iterator, Mapping

import dagster as dg

from assets.metadata import DATA_TEAM, table_spec
from assets.night import Night, told_as_failure
from integration.contracts import contracts
from integration.explanation.target_columns import column_rules
from integration.indicators import build_indicators
from integration.linkage import load_model, person_model
from integration.periods.due import rests_on
from integration.privacy.tombstones import tombstones
from integration.records.in_force import in_force_by_dataset
from integration.retention.aggregates import keep_aggregates
from integration.review import estimate_links
from integration.rotation import fill_target_aliases, follow_targets
from integration.rules import Rules, rules_in_force
from integration.targeting import (
    Gate,
    build_targeting,
    gate_sentences,
    publication_gates,
    published_before,
    remember_published,
    summarise_matching,
)
from warehouse.access_log import head, record
from warehouse.database import rows
from warehouse.dictionary import dictionary_query
from warehouse.errors import PublicationRefused
from warehouse.keys import fingerprint, key_ring
from warehouse.made import digest, version_of
from warehouse.pointer import line
from warehouse.publication import (
    Publication,
    Snapshot,
    is_late,
    publication_made_from,
    publications_in_line,
    publish,
)
from warehouse.settings import Home
from warehouse.tables import Table, stage_tables

GROUP = "targeting"
_COUNTED = ("report_month_full", "report_month", "programme_reach", "village_sanitation")
"""The tables of the stage that count the others."""
_KEPT_BACK = ("published_target", "family_status")
"""Tables that are not published: a memory, and families that no flag makes a target."""


_MADE_FROM = (
    *(one.full_name for one in stage_tables("persons").values()),
    *(contract.typed_table for contract in contracts().values()),
)


def _tables(*, counted: bool) -> list[Table]:
    return [one for one in stage_tables(GROUP).values() if (one.name in _COUNTED) is counted]


@dg.multi_asset(
    specs=[table_spec(one, _MADE_FROM) for one in _tables(counted=False)],
    name="targeting__targeting",
    pool="warehouse",
)
def targeting(context: dg.AssetExecutionContext, night: Night) -> Iterator[dg.MaterializeResult[None]]:
    """Apply the rules in force to every child, mother and family of the period."""
    say = night.say(context)
    period, period_end = night.period()
    tables = [one.full_name for one in _tables(counted=False)]
    with told_as_failure(night.place):
        rules = rules_in_force(night.place.rules, period_end)
        ring, erased = key_ring(night.place, "target"), tombstones(night.place)
        fill_target_aliases(night.connection, night.place)
        remember_published(night.connection, night.place)
        follow_targets(night.connection)
        step = night.step(
            context,
            tables,
            needs=_MADE_FROM,
            inputs=[
                *(period, period_end, rules.rule_version, sorted(erased.persons), sorted(erased.niks)),
                *map(fingerprint, ring),
                *published_before(night.connection, period),
            ],
        )
        if step.stands:
            say(step.said)
            yield from map(step.materialized, tables)
            return
        with step.making():
            left_out = build_targeting(
                night.connection,
                period=period,
                period_end=period_end,
                target_key=ring,
                run_id=context.run.run_id,
                rules=rules,
                erased=erased,
                made_from=night.code and digest(night.code, *step.inputs),
                say=say,
            )
            summarise_matching(
                night.connection, context.run.run_id, load_model(person_model(night.place)).label, *_estimated(night)
            )
        if left_out:
            record(night.place, "erasure", None, view="targeting", rows=left_out, detail={"left_out_of": period})
    tiers = rows(
        night.connection,
        "SELECT tier, subject_type, count(*) FROM targeting.targeting GROUP BY ALL ORDER BY ALL",
    )
    counts = {f"{tier}/{subject}": int(number) for tier, subject, number in tiers}
    say(f"{sum(counts.values()):,} targets for {period} by the rules {rules.rule_version}")
    told = {"period": period, "rules": rules.rule_version, "rows_of_erased_people_left_out": left_out, **counts}
    for name in tables:
        yield step.materialized(name, told if name == "targeting.targeting" else {"period": period})


@dg.multi_asset(
    specs=[table_spec(one, [each.full_name for each in _tables(counted=False)]) for one in _tables(counted=True)],
    name="targeting__indicators",
    pool="warehouse",
)
def indicators(context: dg.AssetExecutionContext, night: Night) -> Iterator[dg.MaterializeResult[None]]:
    """Count the indicators of every kabupaten, kecamatan and village, and whom each programme reaches."""
    say = night.say(context)
    period, period_end = night.period()
    tables = [one.full_name for one in _tables(counted=True)]
    with told_as_failure(night.place):
        step = night.step(
            context,
            tables,
            needs=[*_MADE_FROM, *(one.full_name for one in _tables(counted=False))],
            inputs=[period, period_end],
        )
        if step.stands:
            say(step.said)
        else:
            with step.making():
                build_indicators(night.connection, period=period, period_end=period_end, say=say)
    for name in tables:
        yield step.materialized(name, {"period": period})


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
    deps=[[GROUP, one.name] for one in stage_tables(GROUP).values()],
    group_name=GROUP,
    kinds={"duckdb", "parquet"},
    owners=[DATA_TEAM],
    description="A versioned snapshot, built aside, verified, and pointed to in one step; agencies read only this.",
    pool="warehouse",
)
def publication(context: dg.AssetExecutionContext, night: Night) -> dg.MaterializeResult[None]:
    """Publish the period, unless a gate says no: then the previous publication stays.

    An earlier period than was published already is published beside: readers are given the newest.
    """
    say = night.say(context)
    period, period_end = night.period()
    with told_as_failure(night.place):
        failed = [_told(gate) for gate in _judged(night) if gate.outcome == "failed"]
        if failed:
            raise PublicationRefused("Not published; the previous publication stays. " + " ".join(failed), failed)
        beside = is_late(night.place, period)
        made_from = version_of(night.connection, [one.full_name for one in stage_tables(GROUP).values()])
        standing = None if night.afresh else publication_made_from(night.place, made_from, period if beside else None)
        if standing is not None:
            told = _nothing_new(standing, night.place)
            say(told)
            return _reported(standing, made_from, {"nothing_new": told})
        facts = {
            "made_from": made_from,
            "period": period,
            "period_end": period_end.isoformat(),
            "as_of": night.day().isoformat(),
            **_facts(night),
        }
        rules = rules_in_force(night.place.rules, period_end)
        keep_aggregates(night.place)  # the counts of a period stay when its publication is removed
        done = publish(night.connection, night.place, _snapshots(rules), context.run.run_id, facts, beside=beside)
    say(f"published {done.version}{', beside the newer one in force' if beside else ''}")
    return _reported(done, made_from)


def _reported(done: Publication, made_from: str, more: Mapping[str, str] | None = None) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        metadata={
            "version": done.version,
            "folder": dg.MetadataValue.path(str(done.folder)),
            "period": done.facts["period"],
            "dagster/row_count": done.facts["tables"]["targeting"],
            "publication": dg.MetadataValue.md(f"```json\n{json.dumps(done.facts, indent=1)}\n```"),
            **(more or {}),
        },
        data_version=dg.DataVersion(made_from),
    )


def _nothing_new(standing: Publication, home: Home) -> str:
    """Say that what would be published is published already, or was and was taken back."""
    if standing.version in line(home):
        return f"nothing new: {standing.version} stands"
    return (
        f"nothing new since {standing.version}, which was rolled back: it is not published again. Deliver what was "
        f"wrong anew, or put it in force with `./padan rollback {standing.version}`."
    )


def _judged(night: Night) -> list[Gate]:
    """Judge the gates; the period before is the newest publication of an earlier one of the same kind.

    One that was rolled back is nothing to compare with.
    """
    period, _ = night.period()
    earlier = [
        one.facts["balita"]
        for one in publications_in_line(night.place)
        if one.facts["period"] < period and ("W" in one.facts["period"]) is ("W" in period)
    ]
    precision, recall = _estimated(night)
    return publication_gates(
        night.connection, previous_balita=earlier[0] if earlier else None, precision=precision, recall=recall
    )


def _estimated(night: Night) -> tuple[float | None, float | None]:
    """Give precision and recall of the automatic links, as labelled pairs let them be estimated."""
    found = estimate_links(night.connection)
    return (
        found.precision.value if found.precision else None,
        found.recall.value if found.recall else None,
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
    return {
        "balita": int(balita),
        "rule_versions": rule_versions,
        "matching_model": load_model(person_model(night.place)).label,
        "deliveries": rests_on(in_force_by_dataset(night.connection, night.period()[1])),
        "access_log": head(night.place),  # a witness outside the log: its end cannot be cut off unnoticed
    }


def _snapshots(rules: Rules) -> list[Snapshot]:
    """Name the published tables, and the dictionary that explains their columns."""
    published = [one for one in stage_tables(GROUP).values() if one.name not in _KEPT_BACK]
    return [
        *(
            Snapshot(
                one.name,
                f"SELECT * REPLACE ({{published_at}} AS published_at) FROM {one.full_name}"
                if "published_at" in one.column_names
                else f"FROM {one.full_name}",
            )
            for one in published
        ),
        Snapshot("data_dictionary", dictionary_query(published, column_rules(rules))),
    ]
