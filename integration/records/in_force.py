"""Which raw rows count on a day, and their typed form: `clean_records.<dataset>`."""

import calendar
import datetime as dt
import hashlib
from dataclasses import dataclass

from integration.cleaning.typed_rows import select_typed
from integration.contracts import Contract, contracts
from integration.records.basis import basis_of, say_basis, worth_keeping
from warehouse.database import Connection, count, rows, transaction
from warehouse.progress import Say, silent


def type_in_force(
    connection: Connection, contract: Contract, as_of: dt.date, say: Say = silent, made_from: str | None = None
) -> int:
    """Have the rows of the deliveries in force on `as_of` typed in `clean_records.<dataset>`; give their number.

    Of a snapshot dataset the newest snapshot of each kabupaten counts, of an event dataset every period; deliveries of
    a later snapshot than `as_of` do not.

    `made_from` names all that typing hangs on besides the delivered files: code, contract, regions. Where the table was
    made from the same, rows of files that are still in force are kept, where there are enough of them; else, and
    without it, all are typed anew. The rows are the same either way. Killed meanwhile, the next call makes them so.
    """
    typed = contract.typed_table
    _find_files_in_force(connection, contract, as_of)
    year = count(connection, "SELECT coalesce(max(year(snapshot_date)), year(current_date)) FROM file_in_force")
    basis = made_from and f"{made_from}, two-digit years as of {year}"
    stands = basis is not None and basis_of(connection, typed) == basis and _enough_stand(connection, typed)
    standing = f"SELECT source_file_id FROM {typed}" if stands else "SELECT NULL WHERE false"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE fresh_file AS
        FROM file_in_force WHERE source_file_id NOT IN (SELECT DISTINCT source_file_id FROM ({standing}))"""
    )
    columns = ", ".join(f"r.{column.name}" for column in contract.columns)
    connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW fresh_row AS
        SELECT f.*, r.source_row_no, {columns}
        FROM fresh_file AS f JOIN {contract.table} AS r USING (source_file_id)"""
    )
    if not stands:
        select = select_typed(connection, contract, "fresh_row", say, year)
        with transaction(connection):
            connection.execute(f"CREATE OR REPLACE TABLE {typed} AS {select}")
            say_basis(connection, typed, basis)
    else:
        with transaction(connection):
            connection.execute(
                f"DELETE FROM {typed} WHERE source_file_id NOT IN (SELECT source_file_id FROM file_in_force)"
            )
            if count(connection, "SELECT count(*) FROM fresh_file"):
                # a few rows among many are looked for once, not for every column that is read from them
                connection.execute("CREATE OR REPLACE TEMP TABLE row_to_add AS FROM fresh_row")
                select = select_typed(connection, contract, "row_to_add", say, year)
                connection.execute(f"INSERT INTO {typed} BY NAME {select}")
                connection.execute("DROP TABLE row_to_add")
    connection.execute("DROP VIEW fresh_row")
    return count(connection, f"SELECT count(*) FROM {typed}")


def _find_files_in_force(connection: Connection, contract: Contract, as_of: dt.date) -> None:
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE file_in_force AS
        SELECT f.source_file_id, f.source_file, f.read_rows, d.kab_code, d.period, d.snapshot_date,
            d.region_code_system
        FROM ({_in_force(contract, as_of)}) AS d
        JOIN agency_extracts.source_file AS f USING (delivery_id)
        """
    )


def _enough_stand(connection: Connection, typed: str) -> bool:
    """Say whether so many rows of files in force are typed already that they are kept."""
    ((standing, wanted),) = rows(
        connection,
        f"""SELECT coalesce(sum(read_rows) FILTER (source_file_id IN (SELECT source_file_id FROM {typed})), 0),
            coalesce(sum(read_rows), 0)
        FROM file_in_force""",
    )
    return worth_keeping(standing, wanted)


def deliveries_in_force(connection: Connection, contract: Contract, as_of: dt.date) -> list[str]:
    """Give the ids of the deliveries that `type_in_force` reads: with the contract all that its table is made from."""
    found = rows(connection, f"SELECT delivery_id FROM ({_in_force(contract, as_of)}) ORDER BY delivery_id")
    return [str(delivery_id) for (delivery_id,) in found]


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


def in_force_by_dataset(connection: Connection, as_of: dt.date) -> list[InForce]:
    """Give what `type_in_force` reads on a day, in the order of dataset and kabupaten."""
    each = " UNION ALL ".join(
        f"SELECT dataset, kab_code, period, snapshot_date, received_at, delivery_id FROM ({_in_force(one, as_of)})"
        for one in contracts().values()
    )
    return [
        InForce(dataset, kab, period, day, received, int(number), hashlib.sha256(ids.encode()).hexdigest()[:16])
        for dataset, kab, period, day, received, number, ids in rows(
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


def collect_cell_issues(connection: Connection, contracts: list[Contract]) -> None:
    """Create `clean_records.cell_issue` from the issues that typing found in each dataset."""
    each = " UNION ALL ".join(
        f"""SELECT DISTINCT '{contract.dataset}' AS dataset, source_file_id, source_row_no,
            split_part(issue, ':', 1) AS column_name, split_part(issue, ':', 2) AS issue
        FROM (SELECT source_file_id, source_row_no, unnest(issues) AS issue FROM {contract.typed_table})"""
        for contract in contracts
    )
    connection.execute(f"CREATE OR REPLACE TABLE clean_records.cell_issue AS {each}")
