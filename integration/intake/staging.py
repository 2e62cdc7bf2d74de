"""One delivery under way: its files landed, read into the raw rows of its dataset, typed into `judged_rows`, judged.

All of it happens in the transaction of the delivery: when it is refused, nothing of it stays.
"""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from integration.cleaning.typed_rows import type_rows
from integration.intake.discovery import FoundDelivery
from integration.intake.judged_columns import judged_contract
from integration.intake.landing import ChangedSourceError, HashedFile, Landed, UnreadableSourceError, land
from integration.intake.manifest import MANIFEST
from integration.intake.read_before import ReadBefore, files_read_before, forget_rows, source_file_id
from integration.intake.refusal import refusal_of
from integration.reading import DELIVERED_ROWS, FileFacts, FileReading, UnusableFileError, delivered_rows, read_file
from integration.reading.delivered_file import WORKBOOKS
from warehouse.database import Connection, count, value
from warehouse.progress import Progress, Say, silent
from warehouse.settings import Home

JUDGED = "judged_rows"
READ_AHEAD_BYTES = 32 * 1024**2
"""A larger workbook is read when its turn comes and none beside it: unpacked it may take a gigabyte."""


@dataclass(frozen=True)
class StagedFile:
    """One file of a delivery under way; `before` where its rows are there already.

    `warned`: what is noted of it is a warning of the night.
    """

    source_file_id: str
    source_file: str
    landed: Landed
    facts: FileFacts
    manifest_rows: int | None
    before: ReadBefore | None = None
    warned: bool = False

    @property
    def refused_already(self) -> int:
        """Rows that were refused before any is judged now: by the night that read the file, or as broken lines."""
        return self.before.refused if self.before else len(self.facts.broken)


def stage_files(
    connection: Connection, home: Home, root: Path, delivery: FoundDelivery, files: list[HashedFile], say: Say
) -> list[StagedFile]:
    """Land the files of a delivery and insert their rows into its raw table; the same bytes are read once.

    Raises the refusal of the delivery where a file cannot be used.
    """
    once = {
        source_file_id(delivery, _source_file(file.path, root, delivery), file): file for file in _each_once(files, say)
    }
    known = files_read_before(connection, home, delivery, once)
    if known:
        say(f"{len(known)} of {len(once)} files were read before")
    anew = [file for file_id, file in once.items() if file_id not in known]
    threads = count(connection, "SELECT current_setting('threads')")
    staged = []
    with closing(_read_in_turn(home, delivery, anew, threads, say)) as in_turn:
        for file_id, file in once.items():
            facts: FileFacts
            if before := known.get(file_id):
                landed, facts, warned = _land(home, delivery, file), before.facts, False
                data_rows = before.used + before.refused
            else:
                landed, reading = next(in_turn)
                facts, warned = reading, bool(reading.header.forbidden or reading.data_after_footer)
                forget_rows(connection, delivery, file_id)
                data_rows = _insert(connection, delivery, file.path, reading, file_id) + len(facts.broken)
            promised = _promised_rows(delivery, file.path, data_rows)
            source_file = _source_file(file.path, root, delivery)
            staged.append(StagedFile(file_id, source_file, landed, facts, promised, before, warned))
    return staged


def _promised_rows(delivery: FoundDelivery, path: Path, found: int) -> int | None:
    """Give the data rows that the manifest promises of a file, None where it says none; refuse what differs."""
    listed = delivery.manifest.listed(path.name) if delivery.manifest else None
    promised = listed.rows if listed else None
    if promised is not None and promised != found:
        raise refusal_of(
            delivery,
            "row_count_mismatch",
            f"it holds {found:,} data rows and {MANIFEST} says {promised:,}; "
            "send the whole file, or a manifest that fits it.",
            path.name,
        )
    return promised


def _each_once(files: list[HashedFile], say: Say) -> list[HashedFile]:
    once: dict[str, HashedFile] = {}
    for file in files:
        if once.setdefault(file.sha256 or str(file.path), file) is not file:
            say(f"{file.path.name}: the same bytes as another file of this delivery, read once")
    return list(once.values())


def _read_in_turn(
    home: Home, delivery: FoundDelivery, files: list[HashedFile], threads: int, say: Say
) -> Generator[tuple[Landed, FileReading], None, None]:
    """Land and read file after file; while one is used, the workbooks that come next are read by other threads."""
    ahead: dict[Path, Future[tuple[Landed, FileReading]]] = {}
    pool = ThreadPoolExecutor(threads)  # reading a workbook is work of calamine, which lets other threads run
    try:
        for at, file in enumerate(files):
            for coming in files[at : at + threads + 1]:
                if coming.path not in ahead and _may_be_read_ahead(coming.path):
                    ahead[coming.path] = pool.submit(_land_and_read, home, delivery, coming, silent)
            begun = ahead.pop(file.path, None)
            landed, reading = begun.result() if begun else _land_and_read(home, delivery, file, say)
            try:
                yield landed, reading
            finally:
                _let_go(landed, reading)
    finally:
        pool.shutdown(cancel_futures=True)
        for begun in ahead.values():
            if not begun.cancelled() and not begun.exception():
                _let_go(*begun.result())


def _may_be_read_ahead(path: Path) -> bool:
    return path.suffix.casefold() in WORKBOOKS and path.is_file() and path.stat().st_size <= READ_AHEAD_BYTES


def _land(home: Home, delivery: FoundDelivery, file: HashedFile) -> Landed:
    name = file.path.name
    try:
        landed = land(file.path, file.sha256, home)
    except UnreadableSourceError as error:
        raise refusal_of(
            delivery, "unreadable_file", "it cannot be opened or is gone; check its permissions and send it.", name
        ) from error
    except ChangedSourceError as error:
        raise refusal_of(
            delivery, "unfinished_file", "it changed while it was read; it is read again when it is whole.", name
        ) from error
    listed = delivery.manifest.listed(name) if delivery.manifest else None
    if listed and listed.sha256 and listed.sha256 != landed.sha256:
        raise refusal_of(
            delivery,
            "hash_mismatch",
            f"its SHA-256 begins with {landed.sha256[:12]} and {MANIFEST} says {listed.sha256[:12]}; "
            "the file was changed after the manifest was written, or cut short in transfer: send both again.",
            name,
        )
    return landed


def _land_and_read(home: Home, delivery: FoundDelivery, file: HashedFile, say: Say) -> tuple[Landed, FileReading]:
    landed = _land(home, delivery, file)
    progress = Progress(f"{file.path.name}: lines read", say)
    lines_about = max(1, landed.size // 150)
    try:
        reading = read_file(
            landed.path, delivery.contract, home.temporary, lambda lines: progress(lines, max(lines_about, lines))
        )
    except UnusableFileError as error:
        if error.holds_forbidden:
            landed.path.unlink()
        raise refusal_of(delivery, error.reason_code, f"{error}.", file.path.name) from error
    return landed, reading


def _let_go(landed: Landed, reading: FileReading) -> None:
    """Discard a reading whose rows were used; what must not be delivered is not kept in the landing folder either."""
    reading.discard()
    if reading.header.forbidden:
        landed.path.unlink(missing_ok=True)


def _insert(connection: Connection, delivery: FoundDelivery, path: Path, reading: FileReading, file_id: str) -> int:
    """Insert the rows of a reading into the raw table of its dataset; give their number."""
    try:
        with delivered_rows(connection, reading, delivery.contract):
            return count(
                connection,
                f"INSERT INTO {delivery.contract.table} BY NAME "
                f"SELECT '{file_id}' AS source_file_id, * FROM {DELIVERED_ROWS}",
            )
    except UnusableFileError as error:
        raise refusal_of(delivery, error.reason_code, f"{error}.", path.name) from error


def _source_file(path: Path, root: Path, delivery: FoundDelivery) -> str:
    """Name a file by its path below `root`; where that does not say the month, after the month.

    An office that writes each month's export over the last one's would else have two months under one name.
    """
    place = path.relative_to(root).as_posix()
    says_month = delivery.period in place or delivery.period.replace("-", "") in place
    return place if says_month else f"{delivery.period}/{place}"


def type_staged(connection: Connection, delivery: FoundDelivery, files: list[StagedFile], say: Say) -> None:
    """Type what of the delivery's raw rows decides its fate into `judged_rows`; refuse a delivery without a file."""
    if not files:
        raise refusal_of(delivery, "no_file", "there is no file that can be read; send the data file.")
    connection.execute("CREATE OR REPLACE TEMP TABLE staged_file (source_file_id VARCHAR, source_file VARCHAR)")
    connection.executemany(
        "INSERT INTO staged_file VALUES (?, ?)", [[file.source_file_id, file.source_file] for file in files]
    )
    judged = judged_contract(delivery.contract)
    system = delivery.manifest.region_code_system if delivery.manifest else None
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW staged_delivery AS
        SELECT r.* EXCLUDE (raw_extra), f.source_file,
            '{delivery.kab_code}' AS kab_code, '{delivery.period}' AS period,
            DATE '{delivery.snapshot_date.isoformat()}' AS snapshot_date,
            {f"'{system}'" if system else "NULL::VARCHAR"} AS region_code_system
        FROM {delivery.contract.table} AS r JOIN staged_file AS f USING (source_file_id)
        """
    )
    type_rows(connection, judged, "staged_delivery", JUDGED, say, temporary=True)


def judge(connection: Connection, delivery: FoundDelivery, warnings: list[str]) -> list[tuple[str, float | None, str]]:
    """Measure the delivery rules on the rows that are not refused; raise for a rule that refuses the delivery."""
    usable = f"(SELECT * FROM {JUDGED} WHERE refusal IS NULL)"
    measures: list[tuple[str, float | None, str]] = []
    for rule in delivery.contract.delivery_rules:
        over = rule.over.replace("{rows}", usable)
        found = value(connection, f"SELECT ({rule.measure})::DOUBLE FROM {over}")
        measured = None if found is None else float(found)
        verdict = rule.verdict(measured)
        measures.append((rule.name, measured, verdict))
        if verdict == "ok" or measured is None:
            continue
        if verdict == "refuse":
            raise refusal_of(delivery, rule.name, rule.sentence(measured))
        warnings.append(str(refusal_of(delivery, rule.name, rule.sentence(measured))))
    return measures
