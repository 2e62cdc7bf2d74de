"""What the columns mean that a recipient is shown, and how it is shown them."""

from collections.abc import Iterator

from warehouse.entitlements.masks import masks
from warehouse.entitlements.policy import ShownColumn, View
from warehouse.entitlements.policy_file import published_tables
from warehouse.tables import Column

DICTIONARY_COLUMNS = tuple(
    Column(name, "VARCHAR", label, label)
    for name, label in {
        "table_name": "Tabel",
        "column_name": "Kolom",
        "type": "Jenis",
        "label": "Arti singkat",
        "meaning": "Arti",
        "shown": "Ditampilkan",
    }.items()
)
"""The columns of a recipient's dictionary."""


def declared(view: View) -> Iterator[tuple[ShownColumn, Column]]:
    """Give the shown columns of a view with what is declared of them; a masked one is of the type of its mask."""
    columns = {column.name: column for column in published_tables()[view.table.name].columns}
    yield from ((one, columns[one.name]) for one in view.columns())


def dictionary_lines(view: View) -> Iterator[tuple[str, ...]]:
    """Give the dictionary's line of each column of a view, in order."""
    for one, column in declared(view):
        yield view.shown_as, one.name, column.type, column.label, column.meaning, _shown(one)


def _shown(one: ShownColumn) -> str:
    return f"{one.treatment}: {masks()[one.mask].says}" if one.mask else one.treatment
