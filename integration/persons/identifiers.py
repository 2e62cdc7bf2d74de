"""Identifiers without meaning: a keyed hash of what is stable about a person or family."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from warehouse.database import Connection

Key = bytes | tuple[bytes, ...]
"""A key, or those of a home from the oldest to the one in use: what one made is keyed again with the next."""
LENGTH = 16
"""Characters after the letter: 80 bits, so that a nation of people has no two alike."""

_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", np.uint8)
_AT_ONCE = 100_000


def keyed_id(letter: str, key: Key, text: str) -> str:
    """Give `letter` and the first 16 characters of base32(HMAC-SHA256(key, text)): one way without the key."""
    for one in _each(key):
        digest = hmac.digest(one, text.encode(), "sha256")
        text = letter + base64.b32encode(digest[:10]).decode()[:LENGTH]
    return text


def keyed_ids(letter: str, key: Key, texts: Sequence[str]) -> pa.Array:
    """Give `keyed_id` of each text, at a third of the price."""
    *before, in_use = _each(key)
    for one in before:
        texts = _all_ids(letter, one, texts).to_pylist()
    return _all_ids(letter, in_use, texts)


def _each(key: Key) -> tuple[bytes, ...]:
    return (key,) if isinstance(key, bytes) else key


def write_ids(con: Connection, table: str, letter: str, key: Key, texts: Iterable[str]) -> None:
    """Write the temporary table `table(text, id)`: the identifier of each text."""
    known = list(texts)
    con.register("keyed", pa.table({"text": pa.array(known, pa.string()), "id": keyed_ids(letter, key, known)}))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT text, id FROM keyed")
    con.unregister("keyed")


def _all_ids(letter: str, key: bytes, texts: Sequence[str]) -> pa.Array:
    pieces = [_some_ids(letter, key, texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
    return pa.concat_arrays(pieces) if pieces else pa.array([], pa.string())


def _some_ids(letter: str, key: bytes, texts: Sequence[str]) -> pa.Array:
    # Ten bytes of a digest are sixteen characters of five bits.
    bits = np.unpackbits(np.frombuffer(_digests(key, texts), np.uint8)).reshape(len(texts), LENGTH, 5)
    characters = np.empty((len(texts), 1 + LENGTH), np.uint8)
    characters[:, 0] = ord(letter)
    characters[:, 1:] = _ALPHABET[np.packbits(bits, axis=2)[:, :, 0] >> 3]
    ends = np.arange(len(texts) + 1, dtype=np.int32) * characters.shape[1]
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(characters.tobytes()))


def _digests(key: bytes, texts: Sequence[str]) -> bytes:
    """Give the first ten bytes of HMAC-SHA256 of each text; the key is hashed once, not with every text (RFC 2104)."""
    block = (key if len(key) <= 64 else hashlib.sha256(key).digest()).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
    found = []
    for text in texts:
        inside, outside = inner.copy(), outer.copy()
        inside.update(text.encode())
        outside.update(inside.digest())
        found.append(outside.digest()[:10])
    return b"".join(found)
