"""Filling a base table by COPY, and proof that what arrived is what was sent.

DuckDB streams Arrow batches, pyarrow writes them as CSV, psycopg passes the bytes on: nothing touches the disk on the
way. Of several ways tried this one took the least time and processor (docs/postgres.md).
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.csv

from warehouse.database import Connection, rows
from warehouse.errors import DeclarationError
from warehouse.postgres.connection import Server, run
from warehouse.postgres.names import quoted

_TYPES = {
    "VARCHAR": "text",
    "VARCHAR[]": "text[]",
    "BOOLEAN": "boolean",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
_BATCH = 20_000
_WHOLE = 2**64
_CSV = pyarrow.csv.WriteOptions(include_header=False)  # null is written as nothing, an empty text as ""
_ARGUMENTS = 90
"""PostgreSQL's functions take at most 100."""


def column_types(connection: Connection, query: str) -> dict[str, str]:
    """Give the columns of a DuckDB query with their types there; raises `DeclarationError` for one not known here."""
    found = {str(name): str(kind) for name, kind, *_ in rows(connection, f"DESCRIBE {query}")}
    for name, kind in found.items():
        if kind not in _TYPES and not kind.startswith("DECIMAL("):
            raise DeclarationError(
                f"The column {name} is of the type {kind}, for which warehouse/postgres/copying.py names none of "
                "PostgreSQL's. Add it there."
            )
    return found


def create_table(server: Server, table: str, types: Mapping[str, str]) -> None:
    """Make an empty table for columns of these DuckDB types."""
    columns = ",\n  ".join(f"{quoted(name)} {_TYPES.get(kind, kind)}" for name, kind in types.items())
    run(server, f"CREATE TABLE {table} (\n  {columns}\n)")


def copy_in(connection: Connection, query: str, server: Server, table: str) -> tuple[int, int]:
    """Make `table` of a DuckDB query and fill it, in one transaction; give the rows sent and their digest.

    The table is frozen as it is filled: every row is visible from the moment the table is, whatever the age of the
    transaction that reads it, and no later vacuum has to write it again.
    """
    types = column_types(connection, query)
    sent = ", ".join(_as_text(name) if kind == "VARCHAR[]" else f'"{name}"' for name, kind in types.items())
    count = digest = 0
    with server.transaction():
        create_table(server, table, types)
        stream = connection.sql(f"SELECT {sent}, {_sent_digest(types)} FROM ({query})").to_arrow_reader(_BATCH)
        with server.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv, FREEZE)".encode()) as copy:
            for batch in stream:
                text = io.BytesIO()
                pyarrow.csv.write_csv(batch.select(range(len(types))), text, _CSV)
                copy.write(text.getbuffer())
                count += batch.num_rows
                digest += int(np.sum(batch.column(len(types)).to_numpy().view(np.uint64)))
    return count, digest % _WHOLE


def arrived(server: Server, table: str, types: Mapping[str, str]) -> tuple[int, int]:
    """Give the rows that a table holds and their digest, as `copy_in` counted them when it sent them."""
    ((count, digest),) = run(
        server,
        f"SELECT count(*), coalesce(sum(('x' || left(md5({_joined(types, 'postgres')}), 15))::bit(60)::bigint), 0) "
        f"FROM {table}",
    )
    return int(count), int(digest) % _WHOLE


def _sent_digest(types: Mapping[str, str]) -> str:
    return f"('0x' || left(md5({_joined(types, 'duckdb')}), 15))::BIGINT"


def _joined(types: Mapping[str, str], dialect: str) -> str:
    """Give the SQL that writes a row as one text, the same in both; null differs from an empty text by their number.

    Numbers with a fraction go in as whole millionths, rounded down, for both write them differently.
    """
    parts = [_part(name, kind, dialect) for name, kind in types.items()]
    texts = ["concat(" + ", '|', ".join(chosen) + ")" for chosen in _chunks(parts, _ARGUMENTS // 2)]
    if dialect == "duckdb":
        nulls = [f'("{name}" IS NULL)::INTEGER' for name in types]
    else:
        columns = [f'"{name}"' for name in types]
        nulls = [f"num_nulls({', '.join(chosen)})" for chosen in _chunks(columns, _ARGUMENTS)]
    return f"{' || '.join(texts)} || ({' + '.join(nulls)})::text"


def _part(name: str, kind: str, dialect: str) -> str:
    if kind == "DOUBLE":
        return f'CASE WHEN "{name}" BETWEEN -1e12 AND 1e12 THEN floor("{name}" * 1000000)::bigint END'
    if kind == "BOOLEAN":
        return f'"{name}"::text'
    if kind == "VARCHAR[]" and dialect == "duckdb":
        return f"""array_to_string(list_transform("{name}", lambda one: coalesce(one, 'NULL')), ',')"""
    if kind == "VARCHAR[]":
        return f"""array_to_string("{name}", ',', 'NULL')"""
    return f'"{name}"'


def _as_text(name: str) -> str:
    """Give the DuckDB SQL that writes a list of texts as PostgreSQL reads an array."""
    escaped = r"""replace(replace(one, '\', '\\'), '"', '\"')"""
    items = f"""list_transform("{name}", lambda one: coalesce('"' || {escaped} || '"', 'NULL'))"""
    return f"""'{{' || array_to_string({items}, ',') || '}}' AS "{name}" """


def _chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
