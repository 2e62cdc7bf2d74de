"""One asset for each dataset: what its agency delivered, landed, judged by its contract, raw rows kept as text."""

from collections.abc import Iterator

import dagster as dg

from assets.agency_sources import source_key
from assets.metadata import OWNERS, contract_columns, table_spec
from assets.night import Night, told_as_failure
from integration.contracts import Contract, contracts
from integration.intake import take_in
from integration.intake.book_version import book_version
from integration.periods import withdraw_early
from warehouse.database import rows
from warehouse.tables import stage_tables
from warehouse.wall_clock import today

GROUP = "agency_extracts"


def _extract(contract: Contract) -> dg.AssetsDefinition:
    @dg.asset(
        key=[GROUP, contract.dataset],
        deps=[source_key(contract.agency)],
        group_name=GROUP,
        kinds={
            "duckdb",
            *(fmt for fmt in contract.formats if fmt == "parquet"),
            "xlsx" if "xlsx" in contract.formats else "csv",
        },
        owners=[OWNERS[contract.agency]],
        tags={"agency": contract.agency, "contract": contract.code},
        description=f"{contract.code}: {contract.title}, as {contract.sender} delivers it, as text.",
        metadata={"dagster/column_schema": contract_columns(contract, typed=False)},
        pool="warehouse",
    )
    def extract(context: dg.AssetExecutionContext, night: Night) -> dg.MaterializeResult[None]:
        say = night.say(context)
        with told_as_failure(night.place):
            found = night.found()
            for place in found.passed_over_in_short() if contract is next(iter(contracts().values())) else ():
                say(f"Passed over: {place}")
            intake = take_in(
                night.connection, night.place, night.root, contract, found.of(contract.dataset), context.run.run_id, say
            )
            if not night.speaks_of_one:  # with --as-of it may be the very month that is asked for
                intake.warnings += withdraw_early(
                    night.connection, night.place, contract, found.of(contract.dataset), today()
                )
            step = night.step(
                context, [contract.table], inputs=[contract.dataset, book_version(night.connection, contract.dataset)]
            )
            step.mark()
        if not found.of(contract.dataset):
            say("nothing delivered; what is in force stays in force")
        for warning in intake.warnings:
            say(f"Warning: {warning}")
        return step.materialized(
            contract.table,
            # What lies there refused or with a warning does so also on a night that brings nothing new.
            tonight={
                "deliveries_accepted": intake.accepted,
                "deliveries_unchanged": intake.unchanged,
                "deliveries_refused": len(intake.refused),
                "rows_read": intake.read,
                "rows_in_quarantine": intake.quarantined,
                "rows_skipped": intake.skipped,
                "refusals": dg.MetadataValue.md("\n".join(f"- {text}" for text in intake.refused) or "none"),
                "warnings": dg.MetadataValue.md("\n".join(f"- {text}" for text in intake.warnings) or "none"),
                "files": dg.MetadataValue.md(_reconciliation(night, contract)),
            },
        )

    return extract


def _reconciliation(night: Night, contract: Contract) -> str:
    """Show, file by file, that read + refused + skipped is what lies there (files of deliveries in force)."""
    lines = ["| file | physical | read | refused | skipped | promised |", "| --- | --- | --- | --- | --- | --- |"]
    for file, physical, read, refused, skipped, promised in rows(
        night.connection,
        """
        SELECT source_file, physical_rows, read_rows, refused_rows,
            skipped_title + skipped_header + skipped_blank + skipped_footer,
            coalesce(manifest_rows::VARCHAR, 'unverified')
        FROM agency_extracts.source_file JOIN agency_extracts.delivery USING (delivery_id)
        WHERE dataset = ? AND status = 'in_force' ORDER BY source_file DESC LIMIT 100
        """,
        [contract.dataset],
    ):
        lines.append(f"| {file} | {physical:,} | {read:,} | {refused:,} | {skipped:,} | {promised} |")
    return "\n".join(lines)


@dg.multi_asset(
    specs=[
        table_spec(table, [contract.table for contract in contracts().values()])
        for table in stage_tables(GROUP).values()
    ],
    name="agency_extracts__deliveries",
    pool="warehouse",
)
def deliveries(context: dg.AssetExecutionContext, night: Night) -> Iterator[dg.MaterializeResult[None]]:
    """Report the register of deliveries, files and quarantine once all datasets are in."""
    tables = [table.full_name for table in stage_tables(GROUP).values()]
    with told_as_failure(night.place):
        step = night.step(context, tables, inputs=[book_version(night.connection)])
        step.mark()
    for table in tables:
        yield step.materialized(table)


EXTRACTS: list[dg.AssetsDefinition] = [*(_extract(contract) for contract in contracts().values()), deliveries]
