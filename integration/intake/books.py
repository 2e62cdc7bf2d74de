"""The books of intake: deliveries, files, rows in use, quarantine, measures; and what they are created with.

For every file, read + refused + skipped = physical rows.
"""

import datetime as dt

import pyarrow as pa

from integration.contracts import Contract
from integration.intake.discovery import UNKNOWN, FoundDelivery
from integration.intake.refusal import refusal_of
from integration.intake.staging import JUDGED, StagedFile
from integration.reading.csv_lines import BROKEN
from warehouse.database import Connection, rows, table_exists
from warehouse.errors import DeliveryRefused
from warehouse.tables import table


def prepare(connection: Connection, contracts: list[Contract]) -> None:
    """Create what intake writes to, where it is not there yet: nothing already taken in is touched."""
    for name in ("delivery", "source_file", "quarantine", "delivery_measure"):
        if not table_exists(connection, "agency_extracts", name):
            connection.execute(table(f"agency_extracts.{name}").ddl())
    for contract in contracts:
        columns = "".join(f", {column.name} VARCHAR" for column in contract.columns)
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {contract.table} "
            f"(source_file_id VARCHAR, source_row_no BIGINT{columns}, raw_extra VARCHAR)"
        )
        for column in contract.columns:  # a home filled before the contract had this column
            connection.execute(f"ALTER TABLE {contract.table} ADD COLUMN IF NOT EXISTS {column.name} VARCHAR")


def record_delivery(
    connection: Connection,
    delivery: FoundDelivery,
    delivery_id: str,
    run_id: str,
    files: list[StagedFile],
    measures: list[tuple[str, float | None, str]],
    warnings: list[str],
) -> None:
    """Write the delivery, its files and their quarantine; take out of the raw rows the refused ones; supersede."""
    contract = delivery.contract
    connection.execute(
        "UPDATE agency_extracts.delivery SET status = 'superseded' "
        "WHERE dataset = ? AND kab_code = ? AND period = ? AND status = 'in_force'",
        [contract.dataset, delivery.kab_code, delivery.period],
    )
    # the same bytes may have been refused before: under another ending, or by a rule that has changed since
    connection.execute("DELETE FROM agency_extracts.delivery WHERE delivery_id = ?", [delivery_id])
    _insert_delivery(connection, delivery, delivery_id, run_id, "in_force", None, None)
    _quarantine(connection, contract, files)
    counted = {
        file_id: (typed, refused)
        for file_id, typed, refused in rows(
            connection, f"SELECT source_file_id, count(*), count(refusal) FROM {JUDGED} GROUP BY ALL"
        )
    }
    for file in files:
        typed, refused = counted.get(file.source_file_id, (0, 0))
        refused_in_all = refused + file.refused_already
        _insert_source_file(connection, delivery_id, file, typed - refused, refused_in_all, delivery.notes)
        if file.warned:
            warnings += [str(refusal_of(delivery, "file_note", note, file.source_file)) for note in file.facts.notes]
    for measure in measures:
        connection.execute(
            "INSERT INTO agency_extracts.delivery_measure VALUES (?, ?, ?, ?, ?)",
            [delivery_id, contract.dataset, *measure],
        )


def _quarantine(connection: Connection, contract: Contract, files: list[StagedFile]) -> None:
    rules = {rule.name: (rule.wanted, rule.what_to_do) for rule in contract.row_rules}
    reasons = []
    for (refusal,) in rows(connection, f"SELECT DISTINCT refusal FROM {JUDGED} WHERE refusal IS NOT NULL"):
        name, _, rule = str(refusal).partition(":")
        column = contract.column(name)
        wanted, what_to_do = rules.get(rule) or (
            _wanted_of(column.type, column.min, column.max, rule),
            "correct the cell at the source and deliver again",
        )
        reasons.append([str(refusal), rule, column.header, wanted, what_to_do])
    if reasons:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE refusal_reason "
            "(refusal VARCHAR, reason_code VARCHAR, column_name VARCHAR, wanted VARCHAR, what_to_do VARCHAR)"
        )
        connection.executemany("INSERT INTO refusal_reason VALUES (?, ?, ?, ?, ?)", reasons)
        connection.execute(
            f"""
            INSERT INTO agency_extracts.quarantine
            SELECT t.source_file_id, t.source_file, '{contract.dataset}', t.source_row_no,
                w.reason_code, w.column_name, w.wanted, w.what_to_do,
                to_json(s)::VARCHAR
            FROM {JUDGED} AS t
            JOIN refusal_reason AS w USING (refusal)
            JOIN {contract.table} AS s USING (source_file_id, source_row_no)
            """
        )
        connection.execute(
            f"""
            DELETE FROM {contract.table} AS s USING {JUDGED} AS t
            WHERE t.refusal IS NOT NULL
                AND s.source_file_id = t.source_file_id AND s.source_row_no = t.source_row_no
            """
        )
    for file in files:
        if file.facts.broken:
            connection.register("broken_lines", _broken_lines(file, contract))
            connection.execute("INSERT INTO agency_extracts.quarantine BY NAME FROM broken_lines")
            connection.unregister("broken_lines")


def _broken_lines(file: StagedFile, contract: Contract) -> pa.Table:
    lines = file.facts.broken
    return pa.table(
        {
            "source_file_id": [file.source_file_id] * len(lines),
            "source_file": [file.source_file] * len(lines),
            "dataset": [contract.dataset] * len(lines),
            "source_row_no": [line.source_row_no for line in lines],
            "reason_code": [line.reason_code for line in lines],
            "wanted": [BROKEN[line.reason_code] for line in lines],
            "what_to_do": ["repair the line at the source and deliver again"] * len(lines),
            "raw": pa.array([line.raw or None for line in lines], pa.string()),
        }
    )


def _wanted_of(kind: str, low: float | None, high: float | None, rule: str) -> str:
    if rule == "out_of_range":
        return f"a value from {low:g} to {high:g}"
    return {"date": "a date", "code": "one of the codes of the contract"}.get(kind, "a value")


def _insert_delivery(
    connection: Connection,
    delivery: FoundDelivery,
    delivery_id: str,
    run_id: str,
    status: str,
    reason_code: str | None,
    reason: str | None,
) -> None:
    manifest = delivery.manifest
    connection.execute(
        "INSERT INTO agency_extracts.delivery BY NAME SELECT ? AS delivery_id, ? AS agency, ? AS dataset, "
        "? AS kab_code, ? AS period, ?::DATE AS snapshot_date, ? AS status, ? AS reason_code, ? AS reason, "
        "? AS manifest, ? AS region_code_system, ? AS scope, ?::TIMESTAMP AS received_at, ? AS run_id",
        [
            delivery_id,
            delivery.contract.agency,
            delivery.contract.dataset,
            delivery.kab_code or UNKNOWN,
            delivery.period,
            delivery.snapshot_date,
            status,
            reason_code,
            reason,
            manifest is not None,
            manifest.region_code_system if manifest else None,
            manifest.scope if manifest else None,
            dt.datetime.now(dt.UTC).replace(tzinfo=None),
            run_id,
        ],
    )


def record_refusal(
    connection: Connection, delivery: FoundDelivery, delivery_id: str, run_id: str, refusal: DeliveryRefused
) -> None:
    """Remember a refusal; the same bytes refused again replace what was remembered of them."""
    connection.execute("DELETE FROM agency_extracts.delivery WHERE delivery_id = ?", [delivery_id])
    _insert_delivery(connection, delivery, delivery_id, run_id, "refused", refusal.reason_code, str(refusal))


def _insert_source_file(
    connection: Connection, delivery_id: str, file: StagedFile, used: int, refused: int, notes: tuple[str, ...]
) -> None:
    facts = file.facts
    connection.execute(
        f"INSERT INTO agency_extracts.source_file VALUES ({', '.join('?' * 20)})",
        [
            file.source_file_id,
            delivery_id,
            file.source_file,
            file.landed.sha256,
            file.landed.size,
            facts.format,
            facts.encoding,
            facts.delimiter,
            facts.sheet,
            facts.layout,
            facts.header_row,
            facts.physical,
            used,
            refused,
            facts.title,
            facts.header_rows,
            facts.blank,
            facts.footer,
            file.manifest_rows,
            [*notes, *facts.notes],
        ],
    )
