"""Which raw rows count on a day, and their typed form: `clean_records.<dataset>`."""

import calendar
import datetime as dt
import hashlib
from dataclasses import dataclass

from integration.cleaning.typed_rows import type_rows
from integration.contracts import Contract, contracts
from warehouse.database import Connection, count, rows
from warehouse.progress import Say, silent


def type_in_force(connection: Connection, contract: Contract, as_of: dt.date, say: Say = silent) -> int:
    """Create `clean_records.<dataset>` from the deliveries in force on `as_of`; give its number of rows.

    Of a snapshot dataset the newest snapshot of each kabupaten counts, of an event dataset every period; deliveries of
    a later snapshot than `as_of` do not.
    """
    columns = ", ".join(f"r.{column.name}" for column in contract.columns)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW rows_in_force AS
        SELECT d.delivery_id, f.source_file_id, f.source_file, r.source_row_no,
            d.kab_code, d.period, d.snapshot_date, d.region_code_system, {columns}
        FROM ({_in_force(contract, as_of)}) AS d
        JOIN {contract.table} AS r USING (delivery_id)
        JOIN agency_extracts.source_file AS f USING (source_file_id)
        """
    )
    type_rows(connection, contract, "rows_in_force", contract.typed_table, say)
    connection.execute("DROP VIEW rows_in_force")
    return count(connection, f"SELECT count(*) FROM {contract.typed_table}")


@dataclass(frozen=True)
class InForce:
    """What of one dataset and kabupaten counts on a day: its newest period, of which day, received when (UTC).

    `deliveries` is how many count, `digest` changes with any of them.
    """

    dataset: str
    kab_code: str
    period: str
    snapshot_date: dt.date
    received_at: dt.datetime
    deliveries: int
    digest: str


def deliveries_in_force(connection: Connection, as_of: dt.date) -> list[InForce]:
    """Give what `type_in_force` reads on a day, in the order of dataset and kabupaten."""
    each = " UNION ALL ".join(
        f"SELECT dataset, kab_code, period, snapshot_date, received_at, delivery_id FROM ({_in_force(one, as_of)})"
        for one in contracts().values()
    )
    return [
        InForce(*row[:6], digest=hashlib.sha256(row[6].encode()).hexdigest()[:16])
        for row in rows(
            connection,
            f"""
            SELECT dataset, kab_code, max(period), max(snapshot_date), max(received_at), count(*),
                string_agg(delivery_id, ' ' ORDER BY delivery_id)
            FROM ({each}) GROUP BY ALL ORDER BY ALL
            """,
        )
    ]


def newest_day(connection: Connection, until: dt.date | None = None) -> dt.date | None:
    """Give the newest snapshot among the deliveries in force, none after `until`; None when there is none."""
    (found,) = connection.execute(
        "SELECT max(snapshot_date) FROM agency_extracts.delivery WHERE status = 'in_force'"
        + (f" AND snapshot_date <= DATE '{until}'" if until else "")
    ).fetchall()[0]
    return found if isinstance(found, dt.date) else None


def month_end(month: str | dt.date) -> dt.date:
    """Give the last day of a month (`2026-10`), or of the month a day lies in."""
    first = dt.date.fromisoformat(f"{month}-01") if isinstance(month, str) else month
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _in_force(contract: Contract, as_of: dt.date) -> str:
    newest = (
        "QUALIFY rank() OVER (PARTITION BY kab_code ORDER BY snapshot_date DESC, period DESC) = 1"
        if contract.kind == "snapshot"
        else ""
    )
    return f"""
        SELECT * FROM agency_extracts.delivery
        WHERE dataset = '{contract.dataset}' AND status = 'in_force' AND snapshot_date <= DATE '{as_of.isoformat()}'
        {newest}
    """


def collect_cell_issues(connection: Connection, contracts: list[Contract]) -> None:
    """Create `clean_records.cell_issue` from the issues that typing found in each dataset."""
    each = " UNION ALL ".join(
        f"""SELECT DISTINCT '{contract.dataset}' AS dataset, source_file_id, source_row_no,
            split_part(issue, ':', 1) AS column_name, split_part(issue, ':', 2) AS issue
        FROM (SELECT source_file_id, source_row_no, unnest(issues) AS issue FROM {contract.typed_table})"""
        for contract in contracts
    )
    connection.execute(f"CREATE OR REPLACE TABLE clean_records.cell_issue AS {each}")
