"""The data dictionary: what every column means, from the same declarations as the tables themselves."""

from collections.abc import Iterable, Mapping

from warehouse.database import values_query
from warehouse.tables import Table

_COLUMNS = ("table_name", "column_name", "type", "label", "meaning", "privacy", "allowed_values", "rule")


def dictionary_rows(tables: Iterable[Table], rules: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Give a row for each column of `tables`: table, column, type, Indonesian label, meaning, privacy, values, rule."""
    return [
        (
            table.name,
            c.name,
            c.type,
            c.label,
            c.meaning,
            c.privacy,
            ", ".join(c.values),
            rules.get(f"{table.name}.{c.name}", ""),
        )
        for table in tables
        for c in table.columns
    ]


def dictionary_query(tables: Iterable[Table], rules: Mapping[str, str] | None = None) -> str:
    """Give a query whose result is the dictionary of `tables`, in declared order.

    `rules` says of `table.column` by which rule and source its values come about; empty where it does not.
    """
    return values_query(_COLUMNS, dictionary_rows(tables, rules or {}))
