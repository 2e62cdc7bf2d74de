"""Proof that what was written is what was meant: of a table, and of a file."""

import hashlib
from pathlib import Path

from warehouse.database import Connection, rows


def table_digest(connection: Connection, source: str) -> tuple[int, int | None]:
    """Give the rows of a table (or a query in brackets) and a hash of them in which their order does not count."""
    ((count, digest),) = rows(connection, f"SELECT count(*), bit_xor(hash(t)) FROM {source} AS t")
    return int(count), digest


def file_sha256(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
