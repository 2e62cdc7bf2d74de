"""What the columns of a recipient's tables mean, and how they are shown: one table, the same in all its units."""

from collections.abc import Iterator

from warehouse.database import Connection, literal
from warehouse.entitlements import Recipient, View, published_tables
from warehouse.entitlements.masks import masks
from warehouse.entitlements.policy import ShownColumn
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


def make_dictionary(connection: Connection, recipient: Recipient) -> str:
    """Make the dictionary of a recipient as a table of `connection`, and give the query of its rows."""
    lines = [
        (view.shown_as, one.name, column.type, column.label, column.meaning, _shown(one))
        for view in recipient.views
        for one, column in declared(view)
    ]
    values = ",\n".join("(" + ", ".join(map(literal, line)) + ")" for line in lines)
    name = f'"dictionary of {recipient.name}"'
    names = ", ".join(column.name for column in DICTIONARY_COLUMNS)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM (VALUES {values}) AS dictionary({names})")
    return f"SELECT * FROM {name}"


def declared(view: View) -> Iterator[tuple[ShownColumn, Column]]:
    """Give the shown columns of a view with what is declared of them; a masked one is of the type of its mask."""
    columns = {column.name: column for column in published_tables()[view.table.name].columns}
    yield from ((one, columns[one.name]) for one in view.columns())


def _shown(one: ShownColumn) -> str:
    return f"{one.treatment}: {masks()[one.mask].says}" if one.mask else one.treatment
