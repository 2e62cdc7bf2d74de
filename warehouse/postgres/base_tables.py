"""The base tables: what of a publication goes to the server, computed by DuckDB before it leaves.

Every masked or pseudonymised value and the answer to every view's row condition is a column of its own, so that masks
and conditions are written in one dialect and the server shows what the snapshots show. A column that no view shows
does not go at all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from warehouse.entitlements import Recipient, ShownColumn, Treatment, View, published_tables, recipient_key
from warehouse.entitlements.masks import masked, masks
from warehouse.entitlements.policy import PolicyTable
from warehouse.postgres.lookup import LOOKUP_COLUMN, LOOKUP_OF, lookup_value

KECAMATAN_COLUMN = "row_kecamatan"
"""The code of the kecamatan in which a row lives, null where it is unknown."""
_PLACES = ("village_code", KECAMATAN_COLUMN)
_INDEXED = (LOOKUP_COLUMN, LOOKUP_OF, *_PLACES)
"""What people look up by; each is an index where the table has it."""
_ROWS = "rows__"
_ON_RECIPIENT, _ON_VIEW = ("{inner}", "{outer}"), ("{codes}",)
"""What in a mask's SQL makes its value another for each recipient, or for each view."""


@dataclass(frozen=True)
class BaseTable:
    """One base table: `columns` maps its columns to DuckDB SQL over the published table of that name."""

    name: str
    columns: dict[str, str]

    @property
    def query(self) -> str:
        """The SELECT that fills it, from `published_<name>`."""
        chosen = ",\n  ".join(f'{sql} AS "{name}"' for name, sql in self.columns.items())
        return f"SELECT\n  {chosen}\nFROM published_{self.name}"

    @property
    def indexed(self) -> list[str]:
        """The columns that have an index."""
        return [column for column in _INDEXED if column in self.columns]

    @property
    def counted(self) -> list[str]:
        """The columns of which the server may keep statistics.

        Through them EXPLAIN tells anybody how often a value stands in the whole table: of places, of the answers of
        row conditions and of what says nothing about a person, no more.
        """
        harmless = {one.name for one in published_tables()[self.name].columns if one.privacy == "none"}
        return [
            column for column in self.columns if column in harmless or column in _PLACES or column.startswith(_ROWS)
        ]


def base_tables(recipients: Iterable[Recipient], pseudonym_secret: bytes, lookup_secret: bytes) -> list[BaseTable]:
    """Give the base tables that the views of `recipients` need, each with the columns that some view needs."""
    found: dict[str, dict[str, str]] = {}
    tables: dict[str, PolicyTable] = {}
    for recipient in recipients:
        key = recipient_key(pseudonym_secret, recipient)
        for view in recipient.views:
            tables[view.table.name] = view.table
            columns = found.setdefault(view.table.name, {})
            columns.update(_shown(view, recipient, key))
            if view.rows:
                columns[rows_column(view)] = f"coalesce({view.rows}, false)"
    for name, columns in found.items():
        if condition := tables[name].kecamatan:
            columns[KECAMATAN_COLUMN] = condition
        if LOOKUP_OF in columns:
            columns[LOOKUP_COLUMN] = lookup_value(lookup_secret)
    return [BaseTable(name, columns) for name, columns in found.items()]


def base_column(view: View, one: ShownColumn, recipient: Recipient) -> str:
    """Name the base column that holds what a view shows of a column: `nik`, `nik__number`, `gaps__listed__<view>`."""
    if one.mask is None:
        return one.name
    sql = masks()[one.mask].sql
    depends = [recipient.name] if any(word in sql for word in _ON_RECIPIENT) else []
    depends += [view.name] if any(word in sql for word in _ON_VIEW) else []
    return "__".join([one.name, one.mask, *depends])


def rows_column(view: View) -> str:
    """Name the base column that says whether a view shows the row."""
    return f"{_ROWS}{view.name}"


def has_lookup(view: View) -> bool:
    """Say whether a view shows the NIK as it is, and so may be looked up by its keyed hash."""
    return any(one.name == LOOKUP_OF for one in view.columns(Treatment.CLEAR))


def _shown(view: View, recipient: Recipient, key: bytes) -> Iterator[tuple[str, str]]:
    for one in view.columns():
        sql = masked(one.mask, one.name, view.listed, key) if one.mask else f'"{one.name}"'
        yield base_column(view, one, recipient), sql
