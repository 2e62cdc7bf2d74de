"""The masks of the policy: how a value is shown when it is not shown as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.database import literal
from warehouse.yaml_file import read_yaml

_FILE = Path(__file__).with_name("masks.yaml")
_BLOCK = 64
"""Bytes of a block of SHA-256, to which HMAC fills its key."""


@dataclass(frozen=True)
class Mask:
    """One mask: what it does, for people, and its SQL over `{value}`."""

    name: str
    says: str
    sql: str


@cache
def masks() -> Mapping[str, Mask]:
    """Read the masks, by name."""
    found: dict[str, dict[str, str]] = read_yaml(_FILE)
    return {name: Mask(name, **said) for name, said in found.items()}


def masked(mask: str, column: str, listed: tuple[str, ...], key: bytes) -> str:
    """Give the SQL that shows a column under a mask; `key` (32 bytes) is the recipient's own, for pseudonyms."""
    padded = key.ljust(_BLOCK, b"\0")
    return masks()[mask].sql.format(
        value=f'"{column}"',
        codes="[" + ", ".join(map(literal, listed)) + "]",
        inner=_blob(bytes(byte ^ 0x36 for byte in padded)),
        outer=_blob(bytes(byte ^ 0x5C for byte in padded)),
    )


def _blob(value: bytes) -> str:
    return f"unhex('{value.hex()}')"
