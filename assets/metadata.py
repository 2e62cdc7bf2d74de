"""What the Dagster UI shows of a table: columns, rows, and where each column comes from."""

from collections.abc import Sequence

import dagster as dg

from integration.contracts import Contract
from warehouse.tables import Table

OWNERS = {
    "health": "team:dinkes",
    "civil_registration": "team:dispendukcapil",
    "social_welfare": "team:dinsos",
    "family_planning": "team:dp3akb",
}
DATA_TEAM = "team:data-engineers"


def declared_columns(table: Table) -> dg.TableSchema:
    """Give the columns of a declared table with type, meaning, Indonesian label and personal-data class."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=f"{column.label}. {column.meaning}" if column.label else column.meaning,
                constraints=dg.TableColumnConstraints(nullable=not column.filled),
                tags={"privacy": column.privacy},
            )
            for column in table.columns
        ]
    )


def contract_columns(contract: Contract, *, typed: bool) -> dg.TableSchema:
    """Give the columns of a dataset's raw or typed table, as its contract declares them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.sql_type if typed else "VARCHAR",
                description=f"{column.label} (“{column.header}”)",
                tags={"privacy": column.privacy},
            )
            for column in contract.columns
        ]
    )


def table_spec(table: Table, deps: Sequence[str]) -> dg.AssetSpec:
    """Give the asset that a declared table is, made from the tables `deps` (`schema.name`)."""
    return dg.AssetSpec(
        [table.schema, table.name],
        deps=[dg.AssetKey(name.split(".")) for name in deps],
        group_name=table.schema,
        kinds={"duckdb"},
        owners=[DATA_TEAM],
        description=f"{table.meaning}.",
        metadata={"dagster/column_schema": declared_columns(table)},
    )


def typed_lineage(contract: Contract) -> dg.TableColumnLineage:
    """Say that each typed column comes from the raw column of the same name."""
    raw = dg.AssetKey(contract.table.split("."))
    return dg.TableColumnLineage({column.name: [dg.TableColumnDep(raw, column.name)] for column in contract.columns})
