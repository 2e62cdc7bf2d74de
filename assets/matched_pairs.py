"""Which records were compared, what the comparison said, and what a person should decide."""

from collections.abc import Iterator

import dagster as dg

from assets.metadata import materialized, table_spec
from assets.night import Night, told_as_failure
from integration.linkage import load_model, match_records
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
    """Compare, weigh and assign; the model used is named in the metadata."""
    say = night.say(context)
    with told_as_failure(night.place):
        model = load_model()
        summary = match_records(night.connection, model, say)
    say(
        f"{summary.compared:,} pairs compared, {summary.placed:,} of {summary.descriptions:,} descriptions placed "
        f"in the register, {summary.review:,} pairs to review"
    )
    facts = {
        "model": f"person_model {model.version}",
        "pairs_compared": summary.compared,
        "pairs_left_out": summary.left_out,
        "placed_in_register": summary.placed,
        "not_in_register": summary.unplaced,
        "to_review": summary.review,
    }
    for table in stage_tables("matched_pairs").values():
        yield materialized(night.connection, table.full_name, facts)
