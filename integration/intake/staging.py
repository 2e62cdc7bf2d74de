"""One delivery under way: its files landed and read into `staged_rows`, typed into `staged_typed`, judged.

Both are temporary tables; nothing here is kept.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from integration.cleaning.typed_rows import type_rows
from integration.intake.discovery import FoundDelivery
from integration.intake.landing import Landed, UnreadableSourceError, land
from integration.intake.manifest import MANIFEST
from integration.intake.refusal import refusal_of
from integration.reading import FileReading, read_file
from integration.reading.delivered_file import DELIVERED_ROWS, UnusableFileError
from warehouse.database import Connection, count, value
from warehouse.progress import Progress, Say
from warehouse.settings import Home

STAGED = "staged_rows"
TYPED = "staged_typed"


@dataclass(frozen=True)
class StagedFile:
    """One file of a delivery under way."""

    source_file_id: str
    source_file: str
    landed: Landed
    reading: FileReading
    manifest_rows: int | None


def stage_file(
    connection: Connection,
    home: Home,
    root: Path,
    delivery: FoundDelivery,
    delivery_id: str,
    path: Path,
    before: list[StagedFile],
    say: Say,
) -> StagedFile | None:
    """Land and read one file into `staged_rows`; None for a file whose bytes this delivery already has."""
    contract = delivery.contract
    listed = delivery.manifest.listed(path.name) if delivery.manifest else None
    try:
        landed = land(path, home)
    except UnreadableSourceError as error:
        raise refusal_of(
            delivery, "unreadable_file", "it cannot be opened or is gone; check its permissions and send it.", path.name
        ) from error
    if listed and listed.sha256 and listed.sha256 != landed.sha256:
        raise refusal_of(
            delivery,
            "hash_mismatch",
            f"its SHA-256 begins with {landed.sha256[:12]} and {MANIFEST} says {listed.sha256[:12]}; "
            "the file was changed after the manifest was written, or cut short in transfer: send both again.",
            path.name,
        )
    if any(file.landed.sha256 == landed.sha256 for file in before):
        say(f"{path.name}: the same bytes as another file of this delivery, read once")
        return None
    progress = Progress(f"{path.name}: lines read", say)
    lines_about = max(1, landed.size // 150)
    try:
        reading = read_file(
            connection, landed.path, contract, home.temporary, lambda n: progress(n, max(lines_about, n))
        )
    except UnusableFileError as error:
        if error.holds_forbidden:
            landed.path.unlink()
        raise refusal_of(delivery, error.reason_code, f"{error}.", path.name) from error
    if reading.header.forbidden:
        landed.path.unlink()  # minimisation: what must not be delivered is not kept either
    source_file = _source_file(path, root, delivery)
    source_file_id = hashlib.sha256(f"{delivery_id}|{source_file}".encode()).hexdigest()[:32]
    data_rows = count(connection, f"SELECT count(*) FROM {DELIVERED_ROWS}")
    if listed and listed.rows is not None and listed.rows != data_rows + len(reading.broken):
        raise refusal_of(
            delivery,
            "row_count_mismatch",
            f"it holds {data_rows + len(reading.broken):,} data rows and {MANIFEST} says {listed.rows:,}; "
            "send the whole file, or a manifest that fits it.",
            path.name,
        )
    names = ", ".join(column.name for column in contract.columns)
    connection.execute(
        f"INSERT INTO {STAGED} BY NAME SELECT '{delivery_id}' AS delivery_id, '{source_file_id}' AS source_file_id, "
        f"source_row_no, {names}, raw_extra FROM {DELIVERED_ROWS}"
    )
    return StagedFile(source_file_id, source_file, landed, reading, listed.rows if listed else None)


def _source_file(path: Path, root: Path, delivery: FoundDelivery) -> str:
    """Name a file by its path below `root`; where that does not say the month, after the month.

    An office that writes each month's export over the last one's would else have two months under one name.
    """
    place = path.relative_to(root).as_posix()
    says_month = delivery.period in place or delivery.period.replace("-", "") in place
    return place if says_month else f"{delivery.period}/{place}"


def type_staged(connection: Connection, delivery: FoundDelivery, files: list[StagedFile], say: Say) -> None:
    """Type `staged_rows` into `staged_typed`, the refused rows among them; refuse a delivery without a file."""
    if not files:
        raise refusal_of(delivery, "no_file", "there is no file that can be read; send the data file.")
    connection.execute("CREATE OR REPLACE TEMP TABLE staged_file (source_file_id VARCHAR, source_file VARCHAR)")
    connection.executemany(
        "INSERT INTO staged_file VALUES (?, ?)", [[file.source_file_id, file.source_file] for file in files]
    )
    names = ", ".join(f"s.{column.name}" for column in delivery.contract.columns)
    system = delivery.manifest.region_code_system if delivery.manifest else None
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW staged_delivery AS
        SELECT s.delivery_id, s.source_file_id, f.source_file, s.source_row_no,
            '{delivery.kab_code}' AS kab_code, '{delivery.period}' AS period,
            DATE '{delivery.snapshot_date.isoformat()}' AS snapshot_date,
            {f"'{system}'" if system else "NULL::VARCHAR"} AS region_code_system,
            {names}
        FROM {STAGED} AS s JOIN staged_file AS f USING (source_file_id)
        """
    )
    type_rows(connection, delivery.contract, "staged_delivery", TYPED, say, temporary=True)


def judge(
    connection: Connection, delivery: FoundDelivery, delivery_id: str, warnings: list[str]
) -> list[tuple[str, float | None, str]]:
    """Measure the delivery rules on the rows that are not refused; raise for a rule that refuses the delivery."""
    usable = f"(SELECT * FROM {TYPED} WHERE refusal IS NULL)"
    measures: list[tuple[str, float | None, str]] = []
    for rule in delivery.contract.delivery_rules:
        over = rule.over.replace("{rows}", usable)
        found = value(connection, f"SELECT ({rule.measure})::DOUBLE FROM {over}")
        measured = None if found is None else float(found)
        verdict = rule.verdict(measured)
        measures.append((rule.name, measured, verdict))
        if verdict == "ok" or measured is None:
            continue
        limits = {"refuse": (rule.refuse_below, rule.refuse_above), "warn": (rule.warn_below, rule.warn_above)}[verdict]
        bound = (
            f"at least {limits[0]:.1%}"
            if limits[0] is not None and measured < limits[0]
            else f"at most {limits[1]:.1%}"
        )
        sentence = f"{rule.name}: {rule.wanted}: {measured:.2%}, wanted {bound}; {rule.what_to_do}."
        if verdict == "refuse":
            raise refusal_of(delivery, rule.name, sentence)
        warnings.append(str(refusal_of(delivery, rule.name, sentence)))
    return measures
