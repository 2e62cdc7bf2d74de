"""Looking a person up by NIK without sending the NIK: a keyed hash in the tables and a function that computes it.

HMAC-SHA256 under a key of the home. DuckDB computes the column at load; the function does the same with what the
server's core has, from the two padded halves of the key in a table that only its owner can read. Key and hashes are
of one generation, so that a rotated key is swapped in with the tables that were made with it.
"""

from warehouse.postgres.connection import Server, run
from warehouse.postgres.names import LOOKUP_FUNCTION

LOOKUP_OF = "nik"
LOOKUP_COLUMN = "nik_key"
KEY_TABLE = "lookup_key"
_BLOCK = 64
"""Bytes of a block of SHA-256, to which HMAC fills its key."""


def lookup_value(secret: bytes) -> str:
    """Give the DuckDB SQL of the keyed hash of `nik`, 64 hexadecimal digits; null for none."""
    inner, outer = (f"unhex('{pad.hex()}')" for pad in _pads(secret))
    return f'sha256({outer} || unhex(sha256({inner} || encode("{LOOKUP_OF}"))))'


def store_key(server: Server, rows_schema: str, secret: bytes) -> None:
    """Make the table that holds the key, by COPY, whose data no statement log holds."""
    run(server, f"CREATE TABLE {rows_schema}.{KEY_TABLE} (inner_pad bytea NOT NULL, outer_pad bytea NOT NULL)")
    with server.cursor().copy(f"COPY {rows_schema}.{KEY_TABLE} FROM STDIN".encode()) as copy:
        copy.write_row(_pads(secret))


def create_function(server: Server, schema: str, rows_schema: str) -> None:
    """Make the function in a recipient's schema; it runs as the owner of the key, and nobody else may call it yet."""
    run(
        server,
        f"""
        CREATE FUNCTION {schema}.{LOOKUP_FUNCTION}(nik text) RETURNS text
        LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        BEGIN ATOMIC
            SELECT encode(sha256(outer_pad || sha256(inner_pad || convert_to(nik, 'UTF8'))), 'hex')
            FROM {rows_schema}.{KEY_TABLE};
        END
        """,
    )
    run(server, f"REVOKE ALL ON FUNCTION {schema}.{LOOKUP_FUNCTION}(text) FROM PUBLIC")


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    padded = secret.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)
