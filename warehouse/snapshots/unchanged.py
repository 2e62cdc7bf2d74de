"""What a unit's snapshot before holds already: tables of which it shows no other row tonight are not written again."""

import hmac
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from warehouse.database import Connection, rows
from warehouse.digest import file_sha256
from warehouse.entitlements import Unit, View
from warehouse.entitlements.policy import PolicyTable
from warehouse.errors import NothingPublished
from warehouse.made import code_version
from warehouse.settings import Home
from warehouse.snapshots.layout import ENCRYPTED
from warehouse.snapshots.reading import StandingSnapshot, current_snapshot

_Shown = tuple[int, int]
"""How many rows are shown, and the sum of their hashes: the order of rows does not count."""


class Unchanged:
    """The tables of a unit that its snapshot in force holds as they are to be, and the files that hold them."""

    def __init__(self, before: StandingSnapshot | None = None, digests: Mapping[str, str] | None = None) -> None:
        held = before.facts.get("digests", {}) if before else {}
        self._before = before
        self.tables = {name for name, digest in (digests or {}).items() if held.get(name) == digest}

    def held(self) -> dict[str, int]:
        """Give the tables of the snapshot before with their rows, those that are others tonight included."""
        return dict(self._before.facts["tables"]) if self._before else {}

    def file(self, name: str) -> Path | None:
        """Give a file of the snapshot before; None where nothing in it stands or its manifest does not prove it."""
        if not self.tables or self._before is None or name not in self._before.facts["sha256"]:
            return None
        path = self._before.folder / name
        proven = path.is_file() and file_sha256(path) == self._before.facts["sha256"][name]
        return path if proven else None


def unchanged(home: Home, unit: Unit, digests: Mapping[str, str]) -> Unchanged:
    """Compare what a unit is to be shown with its snapshot in force; what is encrypted nobody here can compare."""
    try:
        before = current_snapshot(home, unit)
    except NothingPublished:
        return Unchanged()
    if any(name.endswith(ENCRYPTED) for name in before.facts["sha256"]) or unit.recipient.encrypt_to:
        return Unchanged()
    return Unchanged(before, digests)


def shown_digests(
    connection: Connection, units: Iterable[Unit], queries: Mapping[str, Mapping[str, str]], keys: Mapping[str, bytes]
) -> dict[str, dict[str, str]]:
    """Give, by unit and table as it is shown, a keyed digest of all that decides what the table is and holds.

    That is the code, the query with its masks, what is declared of the columns, and the rows of the published table
    that are shown, in the columns that are. `queries` and `keys` are those of each unit by name. Whoever has not the
    key of a recipient learns nothing of the rows from it.
    """
    units = list(units)
    shown = _shown(connection, {view.name: view for unit in units for view in unit.recipient.views}.values())
    found: dict[str, dict[str, str]] = {}
    for unit in units:
        found[unit.name] = {}
        for view in unit.recipient.views:
            said = json.dumps([code_version(), queries[unit.name][view.shown_as], _of(shown[view.name], view, unit)])
            found[unit.name][view.shown_as] = hmac.new(keys[unit.name], said.encode(), "sha256").hexdigest()[:32]
    return found


def _shown(connection: Connection, views: Collection[View]) -> dict[str, dict[str | None, _Shown]]:
    """Give what each view shows of each kecamatan; of a table that is not cut, under None."""
    found: dict[str, dict[str | None, _Shown]] = {view.name: {} for view in views}
    for table in {view.table.name: view.table for view in views}.values():
        of_table = [view for view in views if view.table is table]
        for place, *sums in rows(connection, _sums(table, of_table)):
            for n, view in enumerate(of_table):
                found[view.name][place] = int(sums[2 * n]), int(sums[2 * n + 1])
    return found


def _sums(table: PolicyTable, views: Sequence[View]) -> str:
    """Give the query that counts and sums for all views of a table: each value is hashed once, whoever sees it."""
    seen = dict.fromkeys(column.name for view in views for column in view.columns())
    hashed = ", ".join(f'hash("{name}") AS "{name}"' for name in seen)
    asked = ", ".join(f"coalesce({view.rows or 'true'}, false) AS row_of_{n}" for n, view in enumerate(views))
    sums = ", ".join(
        f"count(*) FILTER (row_of_{n}), coalesce(sum(hash({_listed(view)})) FILTER (row_of_{n}), 0)"
        for n, view in enumerate(views)
    )
    return f"""SELECT place, {sums}
        FROM (SELECT {table.kecamatan or "NULL"} AS place, {asked}, {hashed} FROM {table.name})
        GROUP BY place"""


def _listed(view: View) -> str:
    return ", ".join(f'"{column.name}"' for column in view.columns())


def _of(shown: Mapping[str | None, _Shown], view: View, unit: Unit) -> _Shown:
    if unit.kecamatan and view.table.kecamatan:
        return shown.get(unit.kecamatan, (0, 0))
    return sum(count for count, _ in shown.values()), sum(total for _, total in shown.values())
