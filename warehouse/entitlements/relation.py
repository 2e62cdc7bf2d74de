"""The query that gives what a unit may see of a table."""

import hashlib
import hmac

from warehouse.database import literal
from warehouse.entitlements.masks import masked
from warehouse.entitlements.policy import Recipient, ShownColumn, View
from warehouse.tables import Table


def view_query(view: View, source: str, key: bytes, kecamatan: str | None = None) -> str:
    """Give the SELECT over `source` (the published table) of the rows and columns that a view shows.

    `key` is the recipient's own (`recipient_key`). With a `kecamatan` only rows of it; a row whose place is unknown
    is in the whole kabupaten alone.
    """
    columns = ",\n  ".join(f'{_shown(one, view, key)} AS "{one.name}"' for one in view.columns())
    conditions = [condition for condition in (view.rows, in_kecamatan(view, kecamatan)) if condition]
    where = "\nWHERE " + " AND ".join(conditions) if conditions else ""
    return f"SELECT\n  {columns}\nFROM {source}{where}"


def as_granted(view: View, declared: Table, source: str, key: bytes, *, all_rows: bool = False) -> str:
    """Give the SELECT of every column of `declared` from `source`, as a view shows them: what it drops is null.

    For lists that are written over the whole table and must show no more than the view; with `all_rows` the rows are
    not cut, for lists that cut them themselves.
    """
    shown = {one.name: one for one in view.columns()}
    columns = ",\n  ".join(
        f'{_shown(shown[one.name], view, key)} AS "{one.name}"'
        if one.name in shown
        else f'NULL::{one.type} AS "{one.name}"'
        for one in declared.columns
    )
    return f"SELECT\n  {columns}\nFROM {source}" + (f"\nWHERE {view.rows}" if view.rows and not all_rows else "")


def _shown(one: ShownColumn, view: View, key: bytes) -> str:
    return masked(one.mask, one.name, view.listed, key) if one.mask else f'"{one.name}"'


def in_kecamatan(view: View, kecamatan: str | None) -> str | None:
    """Give the condition that a row lives in a kecamatan; None where the view is not cut."""
    if kecamatan is None or view.table.kecamatan is None:
        return None
    return f"{view.table.kecamatan} = {literal(kecamatan)}"


def recipient_key(secret: bytes, recipient: Recipient) -> bytes:
    """Give the key of a recipient's pseudonyms, 32 bytes: no two recipients can join theirs."""
    return hmac.digest(secret, recipient.name.encode(), hashlib.sha256)
