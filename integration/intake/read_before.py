"""Files that were read before: a file that comes again, in whatever delivery, is the same file and is read once.

What a file is called in the books (`source_file_id`) is made of all that decides which rows it gives. So where the
books hold it whole, a delivery that comes again with few files changed brings only those: nothing is read, nothing
copied, and what rests on the rows of the others stands.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import integration.cleaning
import integration.reading
from integration.intake.discovery import FoundDelivery
from integration.intake.landing import HashedFile, landed_path
from integration.reading import FileFacts
from integration.reading.delivered_file import BELOW_FOOTER
from warehouse.database import Connection, rows
from warehouse.settings import REGIONS_CSV, Home


@dataclass(frozen=True)
class ReadBefore:
    """A file that the books hold whole: what they say of it, and how many of its rows are in use and in quarantine."""

    facts: FileFacts
    used: int
    refused: int


def source_file_id(delivery: FoundDelivery, source_file: str, file: HashedFile) -> str:
    """Give a digest of a file's place and bytes, and of all that decides how it is read, judged and noted.

    `source_file` is its path below the folder of extracts: files of the same bytes in two places are two files.
    """
    said = (
        source_file,
        file.sha256,
        _code(),
        delivery.contract,
        delivery.kab_code,
        delivery.period,
        delivery.snapshot_date,
        delivery.manifest.region_code_system if delivery.manifest else None,
        delivery.notes,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def files_read_before(
    connection: Connection, home: Home, delivery: FoundDelivery, files: dict[str, HashedFile]
) -> dict[str, ReadBefore]:
    """Find which of these files, by their id, need not be read: the books hold every row of them.

    A file is read again when it holds what must not be kept or what a warning speaks of, when it no longer lies in the
    landing folder, and when rows of it were removed since.
    """
    held = rows(
        connection,
        f"""
        SELECT source_file_id, read_rows, refused_rows, f.notes, {", ".join(_FACTS.values())}
        FROM agency_extracts.source_file AS f
        LEFT JOIN (SELECT source_file_id, count(*) AS used FROM {delivery.contract.table} GROUP BY ALL)
            USING (source_file_id)
        LEFT JOIN (SELECT source_file_id, count(*) AS kept FROM agency_extracts.quarantine GROUP BY ALL)
            USING (source_file_id)
        WHERE source_file_id IN (SELECT unnest(?::VARCHAR[]))
            AND NOT contains(array_to_string(f.notes, ' '), ?)
            AND read_rows = coalesce(used, 0) AND refused_rows = coalesce(kept, 0)
        """,
        [list(files), BELOW_FOOTER],
    )
    known = {}
    for file_id, used, refused, notes, *facts in held:
        file = files[file_id]
        if file.sha256 and landed_path(file.path, file.sha256, home).exists():
            said = dict(zip(_FACTS, facts, strict=True))
            known[file_id] = ReadBefore(FileFacts(notes=notes[len(delivery.notes) :], **said), used, refused)
    return known


def forget_rows(connection: Connection, delivery: FoundDelivery, file_id: str) -> None:
    """Take out what is left of a file that is to be read again."""
    for table in (delivery.contract.table, "agency_extracts.quarantine"):
        connection.execute(f"DELETE FROM {table} WHERE source_file_id = ?", [file_id])


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


@cache
def _code() -> str:
    """Give a digest of the code that reads and types, of the reader of workbooks, and of the list of regions."""
    digest = hashlib.sha256(version("python-calamine").encode())
    for package in (integration.reading, integration.cleaning):
        for module in sorted(Path(str(package.__file__)).parent.glob("*.*")):
            digest.update(module.read_bytes())
    digest.update(REGIONS_CSV.read_bytes())
    return digest.hexdigest()
