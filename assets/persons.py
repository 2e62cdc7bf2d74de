"""Who is who: persons and families, and every source row's person."""

from collections.abc import Iterator

import dagster as dg

from assets.metadata import table_spec
from assets.night import Night, told_as_failure
from integration.persons import build_persons
from integration.rotation import rename_persons
from warehouse.database import rows
from warehouse.keys import fingerprint, key_ring
from warehouse.tables import stage_tables

_MADE_FROM = (
    "matched_pairs.description",
    "matched_pairs.record_description",
    "matched_pairs.person_link",
    "clean_records.person_record",
    "clean_records.family_record",
    "clean_records.dukcapil_mutasi",
    "clean_records.dinkes_kematian",
)


@dg.multi_asset(
    specs=[table_spec(table, _MADE_FROM) for table in stage_tables("persons").values()],
    name="persons__persons",
    pool="warehouse",
)
def persons(context: dg.AssetExecutionContext, night: Night) -> Iterator[dg.MaterializeResult[None]]:
    """Make persons of what was matched and families of persons, with yesterday's ids and the values that survive."""
    say = night.say(context)
    tables = [table.full_name for table in stage_tables("persons").values()]
    with told_as_failure(night.place):
        ring = key_ring(night.place, "person")
        step = night.step(context, tables, needs=_MADE_FROM, inputs=map(fingerprint, ring))
        if step.stands:
            say(step.said)
            yield from map(step.materialized, tables)
            return
        with step.making():
            if renamed := rename_persons(night.connection, night.place):
                say(f"{renamed:,} ids are those of a rotated key")
            summary = build_persons(night.connection, ring, say, on=night.day(), run_id=context.run.run_id)
    say(f"{summary.persons:,} persons ({summary.registered:,} in the register), {summary.families:,} families")
    shares = {
        f"linked_share/{dataset}": float(share)
        for dataset, share in rows(
            night.connection,
            "SELECT dataset, avg(registered::INT) FROM persons.person_source "
            "WHERE dataset <> 'dukcapil_penduduk' GROUP BY dataset ORDER BY dataset",
        )
    }
    for name in tables:
        yield step.materialized(name, shares if name == "persons.person_source" else None)
