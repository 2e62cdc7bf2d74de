"""Which records were compared, what the comparison said, and what a person should decide."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from assets.metadata import table_spec
from assets.night import Night, told_as_failure
from integration.explanation import figures, plots
from integration.explanation.drawing import as_markdown
from integration.linkage import MatchSummary, Model, load_model, match_records, person_model
from integration.review import ensure, estimate_links
from integration.review.decisions import DECISION
from warehouse.database import Connection
from warehouse.digest import file_sha256, table_digest
from warehouse.tables import stage_tables

_MADE_FROM = ("clean_records.person_record", "clean_records.family_record")


@dg.multi_asset(
    specs=[table_spec(table, _MADE_FROM) for table in stage_tables("matched_pairs").values()],
    name="matched_pairs__matching",
    pool="warehouse",
)
def matching(context: dg.AssetExecutionContext, night: Night) -> Iterator[dg.MaterializeResult[None]]:
    """Compare, weigh and assign; the model used, and what the night looked like, are in the metadata."""
    say = night.say(context)
    tables = stage_tables("matched_pairs").values()
    with told_as_failure(night.place):
        ensure(night.connection, night.place)
        model_file = person_model(night.place)
        model = load_model(model_file)
        step = night.step(
            context,
            [table.full_name for table in tables],
            needs=_MADE_FROM,
            inputs=[file_sha256(model_file), *table_digest(night.connection, DECISION)],
        )
        if step.stands:
            say(step.said)
            yield from (step.materialized(table.full_name) for table in tables)
            return
        with step.making():
            summary = match_records(night.connection, model, say, afresh=night.afresh)
        shown = _shown(night.connection, model)
    say(
        f"{summary.compared:,} pairs compared, {summary.placed:,} of {summary.descriptions:,} descriptions placed "
        f"in the register, {summary.review:,} pairs to review"
    )
    for table in tables:
        yield step.materialized(table.full_name, _facts(model, summary) | shown.get(table.name, {}))


def _facts(model: Model, summary: MatchSummary) -> dict[str, Any]:
    return {
        "model": model.label,
        "pairs_compared": summary.compared,
        "pairs_left_out": summary.left_out,
        "descriptions": summary.descriptions,
        "descriptions_changed": summary.changed,
        "placed_in_register": summary.placed,
        "not_in_register": summary.unplaced,
        "to_review": summary.review,
    }


def _shown(connection: Connection, model: Model) -> Mapping[str, dict[str, Any]]:
    """Give the numbers and charts that belong to one table each; none speaks of fewer than five people."""
    night = figures.night_figures(connection, model)
    unlinked: Counter[str] = Counter()
    for (_, reason), rows in night.unlinked.items():
        unlinked[reason] += rows
    return {
        "candidate_pair": {
            "weights": _chart(plots.weights_chart(model), "weights"),
            "scores": _chart(plots.score_chart(night.scores, model), "scores"),
        },
        "person_link": {
            "match_rates": _chart(plots.rate_chart(night.by_dataset, night.by_kecamatan), "match rates"),
            "unlinked": _chart(plots.reason_chart(night.unlinked, night.by_dataset), "unlinked rows by reason"),
            **{f"match_rate/{rate.dataset}": rate.share for rate in night.by_dataset if not rate.bound},
            **{f"unlinked/{reason}": rows for reason, rows in unlinked.items()},
        },
        "decision": _reliability(connection),
    }


def _reliability(connection: Connection) -> dict[str, Any]:
    """Give what the verdicts of people say of the matching, where there are any."""
    estimate = estimate_links(connection)
    if not estimate.reliability:
        return {}
    judged = {"precision": estimate.precision, "recall": estimate.recall}
    return {
        "reliability": _chart(plots.reliability_chart(estimate.reliability), "reliability"),
        "checked_by_people": estimate.checked,
        "doubtful_judged_by_people": estimate.doubtful,
        **{name: share.value for name, share in judged.items() if share},
    }


def _chart(svg: str, title: str) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(as_markdown(svg, title))
