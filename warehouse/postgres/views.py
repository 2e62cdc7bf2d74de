"""What a recipient finds in its schema: a view for each it reads, a dictionary, a page about it, the look-up."""

from collections.abc import Iterator

from warehouse.database import literal
from warehouse.entitlements import Recipient, View, published_tables
from warehouse.postgres.base_tables import base_column, has_lookup
from warehouse.postgres.connection import Server, run
from warehouse.postgres.lookup import LOOKUP_COLUMN
from warehouse.postgres.names import quoted
from warehouse.postgres.told import TOLD, own_rows
from warehouse.postgres.walls import condition, still_granted


def create_views(server: Server, recipient: Recipient, schema: str, rows_schema: str) -> None:
    """Make the views of a recipient in `schema`, as the role that the session is."""
    for view in recipient.views:
        chosen = ",\n  ".join(
            f"{quoted(base_column(view, one, recipient))} AS {quoted(one.name)}" for one in view.columns()
        )
        if has_lookup(view):
            chosen += f',\n  "{LOOKUP_COLUMN}"'
        name = f"{schema}.{quoted(view.shown_as)}"
        _create(server, name, chosen, f"{rows_schema}.{quoted(view.table.name)}", condition(recipient, view))
        run(server, ";\n".join(_comments(name, view)))
    for table, columns in TOLD.items():
        where = f"{own_rows(recipient)} AND {still_granted(recipient)}"
        _create(server, f"{schema}.{table}", ", ".join(columns), f"{rows_schema}.{table}", where)


def view_columns(view: View) -> list[str]:
    """Give the columns of a view on the server, in their order."""
    return [*(one.name for one in view.columns()), *([LOOKUP_COLUMN] if has_lookup(view) else [])]


def _comments(name: str, view: View) -> Iterator[str]:
    """Give the statements that tell tools what each column means: DBeaver, Superset and QGIS show it at the column."""
    declared = {column.name: column for column in published_tables()[view.table.name].columns}
    for one in view.columns():
        column = declared[one.name]
        yield f"COMMENT ON COLUMN {name}.{quoted(one.name)} IS {literal(f'{column.label}: {column.meaning}')}"


def _create(server: Server, view: str, chosen: str, source: str, where: str) -> None:
    run(server, f"CREATE VIEW {view} WITH (security_barrier) AS\nSELECT\n  {chosen}\nFROM {source}\nWHERE {where}")
