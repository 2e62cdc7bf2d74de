"""Which raw rows count on a day, and their typed form: `clean_records.<dataset>`."""

import datetime as dt

from integration.cleaning.typed_rows import type_rows
from integration.contracts import Contract
from warehouse.database import Connection, count
from warehouse.progress import Say, silent


def type_in_force(connection: Connection, contract: Contract, as_of: dt.date, say: Say = silent) -> int:
    """Create `clean_records.<dataset>` from the deliveries in force on `as_of`; give its number of rows.

    Of a snapshot dataset the newest snapshot of each kabupaten counts, of an event dataset every period; deliveries of
    a later snapshot than `as_of` do not.
    """
    columns = ", ".join(f"r.{column.name}" for column in contract.columns)
    newest = (
        "QUALIFY rank() OVER (PARTITION BY kab_code ORDER BY snapshot_date DESC, period DESC) = 1"
        if contract.kind == "snapshot"
        else ""
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW rows_in_force AS
        SELECT d.delivery_id, f.source_file_id, f.source_file, r.source_row_no,
            d.kab_code, d.period, d.snapshot_date, d.region_code_system, {columns}
        FROM (
            SELECT * FROM agency_extracts.delivery
            WHERE dataset = '{contract.dataset}' AND status = 'in_force'
                AND snapshot_date <= DATE '{as_of.isoformat()}'
            {newest}
        ) AS d
        JOIN {contract.table} AS r USING (delivery_id)
        JOIN agency_extracts.source_file AS f USING (source_file_id)
        """
    )
    type_rows(connection, contract, "rows_in_force", contract.typed_table, say)
    connection.execute("DROP VIEW rows_in_force")
    return count(connection, f"SELECT count(*) FROM {contract.typed_table}")


def newest_day(connection: Connection) -> dt.date | None:
    """Give the newest snapshot among the deliveries in force; None when there is none."""
    (found,) = connection.execute(
        "SELECT max(snapshot_date) FROM agency_extracts.delivery WHERE status = 'in_force'"
    ).fetchall()[0]
    return found if isinstance(found, dt.date) else None


def collect_cell_issues(connection: Connection, contracts: list[Contract]) -> None:
    """Create `clean_records.cell_issue` from the issues that typing found in each dataset."""
    each = " UNION ALL ".join(
        f"""SELECT DISTINCT '{contract.dataset}' AS dataset, source_file_id, source_row_no,
            split_part(issue, ':', 1) AS column_name, split_part(issue, ':', 2) AS issue
        FROM (SELECT source_file_id, source_row_no, unnest(issues) AS issue FROM {contract.typed_table})"""
        for contract in contracts
    )
    connection.execute(f"CREATE OR REPLACE TABLE clean_records.cell_issue AS {each}")
