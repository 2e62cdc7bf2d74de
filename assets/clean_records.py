"""Typed rows of each dataset, and from them one shape of record for every mention of a person or family."""

from collections.abc import Iterator

import dagster as dg

from assets.late_months import KEY as LATE_MONTHS
from assets.metadata import OWNERS, contract_columns, table_spec, typed_lineage
from assets.night import Night, told_as_failure
from integration.contracts import Contract, contracts
from integration.records import build_family_records, build_person_records, type_in_force
from integration.records.in_force import collect_cell_issues, deliveries_in_force
from warehouse.tables import stage_tables, table

GROUP = "clean_records"


def _typed(contract: Contract) -> dg.AssetsDefinition:
    @dg.asset(
        key=[GROUP, contract.dataset],
        # The months made again use the same tables, so they come first.
        deps=[dg.AssetKey(contract.table.split(".")), dg.AssetKey(["agency_extracts", "delivery"]), LATE_MONTHS],
        group_name=GROUP,
        kinds={"duckdb"},
        owners=[OWNERS[contract.agency]],
        tags={"agency": contract.agency, "contract": contract.code},
        description=f"{contract.code}: {contract.title}, typed as the contract declares; deliveries in force only.",
        metadata={
            "dagster/column_schema": contract_columns(contract, typed=True),
            "dagster/column_lineage": typed_lineage(contract),
        },
        pool="warehouse",
    )
    def typed(context: dg.AssetExecutionContext, night: Night) -> dg.MaterializeResult[None]:
        say = night.say(context)
        with told_as_failure(night.place):
            _, as_of = night.period()
            step = night.step(
                context,
                [contract.typed_table],
                needs=["clean_records.region"],
                inputs=deliveries_in_force(night.connection, contract, as_of),
            )
            if step.stands:
                say(step.said)
            else:
                with step.making():
                    rows = type_in_force(night.connection, contract, as_of, say, night.code)
                say(f"{rows:,} rows in force")
        return step.materialized(contract.typed_table)

    return typed


_TYPED_TABLES = [contract.typed_table for contract in contracts().values()]


@dg.multi_asset(
    specs=[
        table_spec(table("clean_records.cell_issue"), _TYPED_TABLES),
        table_spec(table("clean_records.person_record"), _TYPED_TABLES),
        table_spec(table("clean_records.family_record"), ["clean_records.person_record"]),
    ],
    name="clean_records__records",
    pool="warehouse",
)
def records(context: dg.AssetExecutionContext, night: Night) -> Iterator[dg.MaterializeResult[None]]:
    """Collect cell issues, then build person and family records."""
    say = night.say(context)
    tables = [declared.full_name for declared in stage_tables(GROUP).values()]
    with told_as_failure(night.place):
        step = night.step(context, tables, needs=_TYPED_TABLES)
        if step.stands:
            say(step.said)
        else:
            with step.making():
                collect_cell_issues(night.connection, list(contracts().values()))
                persons = build_person_records(night.connection, say, night.code)
                say(f"{persons:,} mentions of persons")
                families = build_family_records(night.connection, say, night.code)
                say(f"{families:,} mentions of families")
    for name in tables:
        yield step.materialized(name)


CLEAN: list[dg.AssetsDefinition] = [*(_typed(contract) for contract in contracts().values()), records]
