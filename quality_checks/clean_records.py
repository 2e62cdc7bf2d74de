"""What must hold of the standardised records: nobody is lost, names and places are not lost, and rows make sense."""

from collections.abc import Iterator

from integration.contracts.contract import contracts
from quality_checks.declared import stage_rules
from quality_checks.rule import Rule, measured, no_rows
from warehouse.tables.declaration import table

_NAMED_WHERE = {"self": "true", "head": "true", "wife": "wife_name IS NOT NULL"}
"""Which rows of a dataset name a person in the role (contracts §5)."""


def _records_conserved() -> Rule:
    """Want each typed row to be one person record in each role in which it names somebody."""
    counts = " UNION ALL ".join(
        f"SELECT '{contract.dataset}' AS dataset, '{role}' AS role, count(*) AS typed_rows "
        f"FROM {contract.typed_table} WHERE {_NAMED_WHERE[role]}"
        for contract in contracts().values()
        for role in contract.names_rows_of
    )
    return no_rows(
        table("clean_records.person_record"),
        "records_conserved",
        "Each row in use is one person record in each role in which it names somebody",
        f"""
        SELECT dataset, role, coalesce(typed_rows, 0) AS typed_rows, coalesce(person_records, 0) AS person_records
        FROM ({counts}) AS typed
        FULL JOIN (
          SELECT dataset, role, count(*) AS person_records FROM clean_records.person_record GROUP BY ALL
        ) AS record USING (dataset, role)
        WHERE coalesce(typed_rows, 0) <> coalesce(person_records, 0)
        """,
    )


def _villages_resolved() -> Rule:
    """Want villages known in the datasets that promise them: those whose contract has a delivery rule on it."""
    promised = ", ".join(
        f"'{contract.dataset}'"
        for contract in contracts().values()
        if any(rule.name == "region_resolved" for rule in contract.delivery_rules)
    )
    return measured(
        table("clean_records.person_record"),
        "villages_resolved",
        "Share of the records of a dataset whose village is known",
        f"""
        SELECT dataset, avg((village_code IS NOT NULL)::INT) AS measured
        FROM clean_records.person_record WHERE dataset IN ({promised}) GROUP BY dataset
        """,
        low=0.95,
    )


def _row_rules() -> Iterator[Rule]:
    """Give a rule for each row rule of a contract that flags rows; those that refuse a row show in the quarantine."""
    for contract in contracts().values():
        for rule in contract.row_rules:
            if rule.severity == "W":
                yield no_rows(
                    table("clean_records.cell_issue"),
                    f"{contract.dataset}_{rule.name}",
                    f"{contract.code}, {rule.column}: {rule.wanted}; what to do: {rule.what_to_do}",
                    f"""
                    SELECT dataset, source_file_id, source_row_no
                    FROM clean_records.cell_issue
                    WHERE dataset = '{contract.dataset}' AND issue = '{rule.name}'
                    """,
                    "warn",
                )


RULES = (*stage_rules("clean_records"), _records_conserved(), _villages_resolved(), *_row_rules())
