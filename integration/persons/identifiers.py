"""Identifiers without meaning: a keyed hash of what is stable about a person or family."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

import pyarrow as pa

from warehouse.database import Connection

LENGTH = 16
"""Characters after the letter: 80 bits, so that a nation of people has no two alike."""


def keyed_id(letter: str, key: bytes, text: str) -> str:
    """Give `letter` and the first 16 characters of base32(HMAC-SHA256(key, text)): one way without the key."""
    digest = hmac.digest(key, text.encode(), hashlib.sha256)
    return letter + base64.b32encode(digest[:10]).decode()[:LENGTH]


def write_ids(con: Connection, table: str, letter: str, key: bytes, texts: Iterable[str]) -> None:
    """Write the temporary table `table(text, id)`: the identifier of each text."""
    known = list(texts)
    ids = [keyed_id(letter, key, text) for text in known]
    con.register("keyed", pa.table({"text": pa.array(known, pa.string()), "id": pa.array(ids, pa.string())}))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT text, id FROM keyed")
    con.unregister("keyed")
