"""Files that were read before: where a delivery comes again with few files changed, only those are read.

The rows of the others are copied, within the database, from the delivery that is replaced: the rows in use from its
raw rows, the refused ones from quarantine. Then they are judged anew with all the others, so that the books are what
they would be had every file been read.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import integration.reading
from integration.intake.discovery import FoundDelivery
from integration.intake.landing import HashedFile, landed_path
from integration.reading import FileFacts
from integration.reading.csv_lines import BROKEN, BrokenLine
from integration.reading.delivered_file import BELOW_FOOTER
from warehouse.database import Connection, count, literal, rows
from warehouse.settings import Home

_BROKEN = ", ".join(map(literal, BROKEN))


@dataclass(frozen=True)
class ReadBefore:
    """A file of the delivery in force that has the same bytes and would be read in the same way."""

    delivery_id: str
    source_file_id: str
    facts: FileFacts


def read_as(delivery: FoundDelivery, path: Path) -> str:
    """Give a digest of all that decides, beside its bytes, how a file is read and what is noted of it."""
    said = (_reading_code(), delivery.contract, delivery.notes, path.suffix.casefold())
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def files_read_before(
    connection: Connection, home: Home, delivery: FoundDelivery, files: list[HashedFile]
) -> dict[Path, ReadBefore]:
    """Find the files that need not be read: what the delivery in force for the month has of them is whole.

    A file is read again when the contract or the code that reads has changed, when it holds what must not be kept or
    what a warning speaks of, and when somebody's rows were erased since.
    """
    found = {
        (sha256, digest): ReadBefore(
            delivery_id,
            source_file_id,
            FileFacts(
                notes=notes[len(delivery.notes) :],
                broken=_broken_lines(connection, source_file_id),
                **dict(zip(_FACTS, facts, strict=True)),
            ),
        )
        for delivery_id, source_file_id, sha256, digest, notes, *facts in rows(
            connection,
            f"""
            SELECT delivery_id, source_file_id, f.sha256, f.read_as, f.notes, {", ".join(_FACTS.values())}
            FROM agency_extracts.source_file AS f JOIN agency_extracts.delivery AS d USING (delivery_id)
            WHERE d.dataset = ? AND d.kab_code = ? AND d.period = ? AND d.status = 'in_force'
                AND f.read_as IS NOT NULL AND NOT contains(array_to_string(f.notes, ' '), ?)
                AND read_rows = (
                    SELECT count(*) FROM {delivery.contract.table} AS r
                    WHERE r.delivery_id = f.delivery_id AND r.source_file_id = f.source_file_id)
                AND refused_rows = (
                    SELECT count(*) FROM agency_extracts.quarantine AS q
                    WHERE q.source_file_id = f.source_file_id)
            """,
            [delivery.contract.dataset, delivery.kab_code, delivery.period, BELOW_FOOTER],
        )
    }
    known: dict[Path, ReadBefore] = {}
    for file in files:
        before = found.get((file.sha256, read_as(delivery, file.path)))
        if before and file.sha256 and landed_path(file.path, file.sha256, home).exists():
            known[file.path] = before
    return known


def copy_rows(
    connection: Connection, delivery: FoundDelivery, before: ReadBefore, delivery_id: str, source_file_id: str
) -> int:
    """Insert the data rows of a file read before, the refused ones among them, under its new ids; give their number."""
    table = delivery.contract.table
    ids = f"'{delivery_id}' AS delivery_id, '{source_file_id}' AS source_file_id"
    texts = [*(column.name for column in delivery.contract.columns), "raw_extra"]
    used = count(
        connection,
        f"INSERT INTO {table} BY NAME SELECT {ids}, * EXCLUDE (delivery_id, source_file_id) FROM {table} "
        "WHERE delivery_id = ? AND source_file_id = ?",
        [before.delivery_id, before.source_file_id],
    )
    refused = count(
        connection,
        f"INSERT INTO {table} BY NAME SELECT {ids}, source_row_no, "
        + ", ".join(f"raw::JSON ->> '{name}' AS {name}" for name in texts)
        + f" FROM agency_extracts.quarantine WHERE source_file_id = ? AND reason_code NOT IN ({_BROKEN})",
        [before.source_file_id],
    )
    return used + refused


_FACTS = {
    "format": "format",
    "encoding": "encoding",
    "delimiter": "delimiter",
    "sheet": "sheet",
    "layout": "layout",
    "header_row": "header_row",
    "header_rows": "skipped_header",
    "physical": "physical_rows",
    "title": "skipped_title",
    "blank": "skipped_blank",
    "footer": "skipped_footer",
}
"""What the books keep of a file: fact -> column."""


def _broken_lines(connection: Connection, source_file_id: str) -> list[BrokenLine]:
    return [
        BrokenLine(source_row_no, reason_code, raw or "")
        for source_row_no, reason_code, raw in rows(
            connection,
            "SELECT source_row_no, reason_code, raw FROM agency_extracts.quarantine "
            f"WHERE source_file_id = ? AND reason_code IN ({_BROKEN}) ORDER BY source_row_no",
            [source_file_id],
        )
    ]


@cache
def _reading_code() -> str:
    """Give a digest of the code that reads, and of the reader of workbooks that it uses."""
    digest = hashlib.sha256(version("python-calamine").encode())
    for module in sorted(Path(integration.reading.__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()
