"""One dataset's deliveries become rows in force: read, typed, judged by their contract, kept or refused.

A delivery comes in whole or not at all: everything about it is written in one transaction. What is refused leaves the
delivery before it in force; what repeats the bytes already in force changes nothing.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from integration.cleaning.typed_rows import type_rows
from integration.contracts import Contract
from integration.intake.discovery import UNKNOWN, FoundDelivery
from integration.intake.landing import Landed, UnreadableSourceError, land, sha256_of
from integration.intake.manifest import MANIFEST
from integration.reading import FileReading, read_file
from integration.reading.csv_lines import LONGEST_LINE
from integration.reading.delivered_file import DELIVERED_ROWS, UnusableFileError
from warehouse.database import Connection, count, rows, table_exists, value
from warehouse.errors import DeliveryRefused
from warehouse.progress import Progress, Say, silent
from warehouse.settings import Home
from warehouse.tables import table

STAGED = "staged_rows"
TYPED = "staged_typed"
_BROKEN_LINE = {
    "unbalanced_quotes": "each opened quote closed on the same line, for a cell holds no line break",
    "broken_quotes": "quotes only around whole fields, doubled inside them",
    "too_few_fields": "as many fields as the header has",
    "too_many_fields": "as many fields as the header has",
    "line_too_long": f"a line of at most {LONGEST_LINE:,} bytes",
}


@dataclass
class DatasetIntake:
    """What became of one dataset's deliveries in this run; counts of rows are of newly read deliveries."""

    dataset: str
    accepted: int = 0
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    read: int = 0
    quarantined: int = 0
    skipped: int = 0
    files: int = 0


@dataclass(frozen=True)
class _File:
    """One file of a delivery under way."""

    source_file_id: str
    source_file: str
    landed: Landed
    reading: FileReading
    manifest_rows: int | None


def prepare(connection: Connection, contracts: list[Contract]) -> None:
    """Create what intake writes to, where it is not there yet: nothing already taken in is touched."""
    for name in ("delivery", "source_file", "quarantine", "delivery_measure"):
        if not table_exists(connection, "agency_extracts", name):
            connection.execute(table(f"agency_extracts.{name}").ddl())
    for contract in contracts:
        columns = "".join(f", {column.name} VARCHAR" for column in contract.columns)
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {contract.table} "
            f"(delivery_id VARCHAR, source_file_id VARCHAR, source_row_no BIGINT{columns}, raw_extra VARCHAR)"
        )
        for column in contract.columns:  # a home filled before the contract had this column
            connection.execute(f"ALTER TABLE {contract.table} ADD COLUMN IF NOT EXISTS {column.name} VARCHAR")


def take_in(
    connection: Connection,
    home: Home,
    root: Path,
    contract: Contract,
    deliveries: list[FoundDelivery],
    run_id: str,
    say: Say = silent,
) -> DatasetIntake:
    """Take in the deliveries of one dataset that lie below `root`; `prepare` must have run and regions be loaded.

    Refusals are results, not errors: the sentences are in `refused`. Raises `HomeError` when the home fails.
    """
    intake = DatasetIntake(contract.dataset)
    fingerprints = [_fingerprint(delivery) for delivery in deliveries]
    intake.warnings += _rivals(root, deliveries, fingerprints)
    for delivery, delivery_id in zip(deliveries, fingerprints, strict=True):
        place = f"{contract.sender}, {contract.dataset} {delivery.period}"
        status = _status(connection, delivery_id)
        if status in ("in_force", "superseded"):
            intake.unchanged += 1
            say(f"{place}: the same bytes as before, nothing to do")
            if status == "superseded" and not _replaced_by_any(connection, delivery, fingerprints):
                sentence = (
                    "these bytes were replaced by a later delivery, which stays in force though it no longer lies "
                    f"there; to go back to these, send them again with a new {MANIFEST}."
                )
                intake.warnings.append(str(_refuse(delivery, "superseded", sentence)))
            continue
        try:
            with _transaction(connection):
                say(f"{place}: reading {len(delivery.files)} file(s)")
                _take_one(connection, home, root, delivery, delivery_id, run_id, intake, say)
        except DeliveryRefused as refusal:
            with _transaction(connection):
                _record_refusal(connection, delivery, delivery_id, run_id, refusal)
            intake.refused.append(str(refusal))
            say(f"REFUSED {refusal}")
    return intake


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """Keep all that is written inside, or, whatever is raised, nothing of it."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # a database that failed under us has nothing left to roll back
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _fingerprint(delivery: FoundDelivery) -> str:
    """Name a delivery by what it is and by every byte of it, the manifest's among them; order does not matter."""
    digest = hashlib.sha256("|".join((delivery.contract.dataset, delivery.kab_code, delivery.period)).encode())
    manifest = [delivery.folder / MANIFEST] if delivery.manifest or delivery.trouble else []
    for one in sorted({_hash_or_name(path) for path in (*delivery.files, *manifest)}):
        digest.update(one.encode())
    return digest.hexdigest()[:32]


def _hash_or_name(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:  # reading it will be refused with a sentence
        return path.name


def _rivals(root: Path, deliveries: list[FoundDelivery], fingerprints: list[str]) -> list[str]:
    """Say where two different deliveries of one month lie side by side: each replaces the one before it."""
    seen: dict[tuple[str, str], tuple[FoundDelivery, str]] = {}
    sentences = []
    for delivery, delivery_id in zip(deliveries, fingerprints, strict=True):
        before, before_id = seen.get((delivery.kab_code, delivery.period), (delivery, delivery_id))
        if before_id != delivery_id and UNKNOWN not in (delivery.kab_code, delivery.period):
            first, second = before.folder.relative_to(root), delivery.folder.relative_to(root)
            sentence = (
                f"two deliveries of this month lie there, in {first} and {second}; the second one replaces the first. "
                "Put the files of one delivery into one folder, or remove the old one."
            )
            sentences.append(str(_refuse(delivery, "two_deliveries", sentence)))
        seen[delivery.kab_code, delivery.period] = (delivery, delivery_id)
    return sentences


def _status(connection: Connection, delivery_id: str) -> str | None:
    found = rows(connection, "SELECT status FROM agency_extracts.delivery WHERE delivery_id = ?", [delivery_id])
    return found[0][0] if found else None


def _replaced_by_any(connection: Connection, delivery: FoundDelivery, fingerprints: list[str]) -> bool:
    in_force = rows(
        connection,
        "SELECT delivery_id FROM agency_extracts.delivery "
        "WHERE dataset = ? AND kab_code = ? AND period = ? AND status = 'in_force'",
        [delivery.contract.dataset, delivery.kab_code, delivery.period],
    )
    return any(delivery_id in fingerprints for (delivery_id,) in in_force)


def _refuse(delivery: FoundDelivery, reason_code: str, sentence: str, file: str | None = None) -> DeliveryRefused:
    place = f"{delivery.contract.sender} ({delivery.contract.agency}), {delivery.contract.dataset} {delivery.period}"
    return DeliveryRefused(
        f"{place}{f', file {file}' if file else ''}: {sentence}",
        agency=delivery.contract.agency,
        dataset=delivery.contract.dataset,
        reason_code=reason_code,
        file=file,
    )


def _take_one(
    connection: Connection,
    home: Home,
    root: Path,
    delivery: FoundDelivery,
    delivery_id: str,
    run_id: str,
    intake: DatasetIntake,
    say: Say,
) -> None:
    contract = delivery.contract
    if delivery.trouble:
        raise _refuse(delivery, "unusable_delivery", delivery.trouble)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {STAGED} AS FROM {contract.table} LIMIT 0")
    files: list[_File] = []
    for path in delivery.files:
        file = _read_one(connection, home, root, delivery, delivery_id, path, files, say)
        if file is not None:
            files.append(file)
    _type_staged(connection, delivery, files, say)
    refused = count(connection, f"SELECT count(*) FROM {TYPED} WHERE refusal IS NOT NULL")
    read = count(connection, f"SELECT count(*) FROM {TYPED}") - refused
    if contract.required_to_publish and not read:
        raise _refuse(delivery, "no_rows", "not one row can be used; send the files with their data rows.")
    measures = _judge(connection, delivery, delivery_id, intake)
    _record(connection, delivery, delivery_id, run_id, files, measures, intake)
    broken = sum(len(file.reading.broken) for file in files)
    intake.accepted += 1
    intake.files += len(files)
    intake.read += read
    intake.quarantined += refused + broken
    intake.skipped += sum(f.reading.title + f.reading.header_rows + f.reading.blank + f.reading.footer for f in files)


def _read_one(
    connection: Connection,
    home: Home,
    root: Path,
    delivery: FoundDelivery,
    delivery_id: str,
    path: Path,
    before: list[_File],
    say: Say,
) -> _File | None:
    """Land and read one file into `staged_rows`; None for a file whose bytes this delivery already has."""
    contract = delivery.contract
    listed = delivery.manifest.listed(path.name) if delivery.manifest else None
    try:
        landed = land(path, home)
    except UnreadableSourceError as error:
        raise _refuse(
            delivery, "unreadable_file", "it cannot be opened or is gone; check its permissions and send it.", path.name
        ) from error
    if listed and listed.sha256 and listed.sha256 != landed.sha256:
        raise _refuse(
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
        raise _refuse(delivery, error.reason_code, f"{error}.", path.name) from error
    if reading.header.forbidden:
        landed.path.unlink()  # minimisation: what must not be delivered is not kept either
    source_file = _source_file(path, root, delivery)
    source_file_id = hashlib.sha256(f"{delivery_id}|{source_file}".encode()).hexdigest()[:32]
    data_rows = count(connection, f"SELECT count(*) FROM {DELIVERED_ROWS}")
    if listed and listed.rows is not None and listed.rows != data_rows + len(reading.broken):
        raise _refuse(
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
    return _File(source_file_id, source_file, landed, reading, listed.rows if listed else None)


def _source_file(path: Path, root: Path, delivery: FoundDelivery) -> str:
    """Name a file by its path below `root`; where that does not say the month, after the month.

    An office that writes each month's export over the last one's would else have two months under one name.
    """
    place = path.relative_to(root).as_posix()
    says_month = delivery.period in place or delivery.period.replace("-", "") in place
    return place if says_month else f"{delivery.period}/{place}"


def _type_staged(connection: Connection, delivery: FoundDelivery, files: list[_File], say: Say) -> None:
    if not files:
        raise _refuse(delivery, "no_file", "there is no file that can be read; send the data file.")
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


def _judge(
    connection: Connection, delivery: FoundDelivery, delivery_id: str, intake: DatasetIntake
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
            raise _refuse(delivery, rule.name, sentence)
        intake.warnings.append(str(_refuse(delivery, rule.name, sentence)))
    return measures


def _record(
    connection: Connection,
    delivery: FoundDelivery,
    delivery_id: str,
    run_id: str,
    files: list[_File],
    measures: list[tuple[str, float | None, str]],
    intake: DatasetIntake,
) -> None:
    """Write the delivery, its files, its rows and its quarantine; supersede what it replaces."""
    contract = delivery.contract
    connection.execute(
        "UPDATE agency_extracts.delivery SET status = 'superseded' "
        "WHERE dataset = ? AND kab_code = ? AND period = ? AND status = 'in_force'",
        [contract.dataset, delivery.kab_code, delivery.period],
    )
    _insert_delivery(connection, delivery, delivery_id, run_id, "in_force", None, None)
    connection.execute(
        f"""
        INSERT INTO {contract.table} BY NAME
        SELECT s.* FROM {STAGED} AS s
        ANTI JOIN (SELECT source_file_id, source_row_no FROM {TYPED} WHERE refusal IS NOT NULL) AS q
            USING (source_file_id, source_row_no)
        """
    )
    _quarantine(connection, contract, files)
    for file in files:
        _insert_source_file(connection, delivery_id, file, delivery.notes)
        if file.reading.header.forbidden or file.reading.data_after_footer:
            intake.warnings += [
                str(_refuse(delivery, "file_note", note, file.source_file)) for note in file.reading.notes
            ]
    for measure in measures:
        connection.execute(
            "INSERT INTO agency_extracts.delivery_measure VALUES (?, ?, ?, ?, ?)",
            [delivery_id, contract.dataset, *measure],
        )


def _quarantine(connection: Connection, contract: Contract, files: list[_File]) -> None:
    rules = {rule.name: (rule.wanted, rule.what_to_do) for rule in contract.row_rules}
    reasons = []
    for (refusal,) in rows(connection, f"SELECT DISTINCT refusal FROM {TYPED} WHERE refusal IS NOT NULL"):
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
            FROM {TYPED} AS t
            JOIN refusal_reason AS w USING (refusal)
            JOIN {STAGED} AS s USING (source_file_id, source_row_no)
            """
        )
    for file in files:
        if file.reading.broken:
            connection.register("broken_lines", _broken_lines(file, contract))
            connection.execute("INSERT INTO agency_extracts.quarantine BY NAME FROM broken_lines")
            connection.unregister("broken_lines")


def _broken_lines(file: _File, contract: Contract) -> pa.Table:
    lines = file.reading.broken
    return pa.table(
        {
            "source_file_id": [file.source_file_id] * len(lines),
            "source_file": [file.source_file] * len(lines),
            "dataset": [contract.dataset] * len(lines),
            "source_row_no": [line.source_row_no for line in lines],
            "reason_code": [line.reason_code for line in lines],
            "wanted": [_BROKEN_LINE[line.reason_code] for line in lines],
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


def _record_refusal(
    connection: Connection, delivery: FoundDelivery, delivery_id: str, run_id: str, refusal: DeliveryRefused
) -> None:
    """Remember a refusal; the same bytes refused again replace what was remembered of them."""
    connection.execute("DELETE FROM agency_extracts.delivery WHERE delivery_id = ?", [delivery_id])
    _insert_delivery(connection, delivery, delivery_id, run_id, "refused", refusal.reason_code, str(refusal))


def _insert_source_file(connection: Connection, delivery_id: str, file: _File, notes: tuple[str, ...]) -> None:
    reading = file.reading
    of_file = f"SELECT count(*) FROM {TYPED} WHERE source_file_id = '{file.source_file_id}'"
    data = count(connection, of_file)
    refused = count(connection, f"{of_file} AND refusal IS NOT NULL")
    connection.execute(
        f"INSERT INTO agency_extracts.source_file VALUES ({', '.join('?' * 20)})",
        [
            file.source_file_id,
            delivery_id,
            file.source_file,
            file.landed.sha256,
            file.landed.size,
            reading.format,
            reading.encoding,
            reading.delimiter,
            reading.sheet,
            reading.header.layout,
            reading.header.last_row,
            reading.physical,
            data - refused,
            refused + len(reading.broken),
            reading.title,
            reading.header_rows,
            reading.blank,
            reading.footer,
            file.manifest_rows,
            [*notes, *reading.notes],
        ],
    )
