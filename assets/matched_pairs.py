"""Which records were compared, what the comparison said, and what a person should decide."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from assets.metadata import materialized, table_spec
from assets.night import Night, told_as_failure
from integration.explanation import figures, plots
from integration.explanation.drawing import as_markdown
from integration.linkage import MatchSummary, Model, load_model, match_records, person_model
from integration.review import ensure, estimate_links
from warehouse.database import Connection
from warehouse.tables import stage_tables


@dg.multi_asset(
    specs=[
        table_spec(table, ["clean_records.person_record", "clean_records.family_record"])
        for table in stage_tables("matched_pairs").values()
    ],
    name="matched_pairs__matching",
    pool="warehouse",
)
def matching(context: dg.AssetExecutionContext, night: Night) -> Iterator[dg.MaterializeResult[None]]:
    """Compare, weigh and assign; the model used, and what the night looked like, are in the metadata."""
    say = night.say(context)
    with told_as_failure(night.place):
        ensure(night.connection, night.place)
        model = load_model(person_model(night.place))
        summary = match_records(night.connection, model, say)
        shown = _shown(night.connection, model)
    say(
        f"{summary.compared:,} pairs compared, {summary.placed:,} of {summary.descriptions:,} descriptions placed "
        f"in the register, {summary.review:,} pairs to review"
    )
    for table in stage_tables("matched_pairs").values():
        yield materialized(night.connection, table.full_name, _facts(model, summary) | shown.get(table.name, {}))


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
