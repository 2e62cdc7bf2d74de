"""Reading the table declarations, and what follows from one: its DDL."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.errors import DeclarationError
from warehouse.settings import STAGES
from warehouse.yaml_file import read_yaml

PRIVACY = ("none", "identifier", "personal", "health", "welfare")
"""Personal-data classes: `identifier` (NIK, KK), `personal` (name, address, birth), `health`, `welfare` (poverty)."""

_FOLDER = Path(__file__).parent
_COLUMN_KEYS = {"type", "meaning", "label", "privacy", "filled", "values", "min", "max", "length"}


@dataclass(frozen=True)
class Column:
    """One column: `type` is DuckDB's, `label` Indonesian; `filled` (never null) and bounds become checks."""

    name: str
    type: str
    meaning: str
    label: str = ""
    privacy: str = "none"
    filled: bool = False
    values: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    length: int | None = None


@dataclass(frozen=True)
class Table:
    """One table of a stage; `key` is unique, `columns` keep the declared order."""

    schema: str
    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    empty: bool = field(default=True)
    """Whether the table may be empty after a healthy run."""

    @property
    def full_name(self) -> str:
        """`schema.name`, as SQL needs it."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names in declared order."""
        return tuple(column.name for column in self.columns)

    def ddl(self, name: str | None = None) -> str:
        """Give CREATE OR REPLACE TABLE for this table, or for one of the same columns called `name`."""
        columns = ",\n  ".join(f'"{c.name}" {c.type}{" NOT NULL" if c.filled else ""}' for c in self.columns)
        return f"CREATE OR REPLACE TABLE {name or self.full_name} (\n  {columns}\n)"

    def select(self, source: str) -> str:
        """Give a SELECT of exactly the declared columns, cast to the declared types, from `source`."""
        columns = ",\n  ".join(f'"{c.name}"::{c.type} AS "{c.name}"' for c in self.columns)
        return f"SELECT\n  {columns}\nFROM {source}"


@cache
def stage_tables(stage: str) -> dict[str, Table]:
    """Give the declared tables of a stage by name, in declared order.

    Raises `DeclarationError` when the file says something that is not a declaration.
    """
    path = _FOLDER / f"{stage}.yaml"
    declared: dict[str, Any] = read_yaml(path) or {}
    return {name: _table(stage, name, body) for name, body in declared.items()}


def table(full_name: str) -> Table:
    """Give one declared table by `schema.name`; raises `DeclarationError` when nothing declares it."""
    schema, _, name = full_name.partition(".")
    if schema not in STAGES or name not in stage_tables(schema):
        raise DeclarationError(f"No table {full_name} is declared in warehouse/tables/{schema}.yaml.")
    return stage_tables(schema)[name]


def _table(stage: str, name: str, body: dict[str, Any]) -> Table:
    _check_words(f"Table {stage}.{name}", body, {"meaning", "key", "columns"}, {"empty"})
    columns = tuple(_column(f"{stage}.{name}", column, spec) for column, spec in body["columns"].items())
    key = tuple(body["key"])
    if unknown := set(key) - {column.name for column in columns}:
        raise DeclarationError(f"Table {stage}.{name}: its key names {sorted(unknown)}, which are no columns of it.")
    return Table(stage, name, body["meaning"], key, columns, empty=body.get("empty", True))


def _column(place: str, name: str, spec: dict[str, Any]) -> Column:
    _check_words(f"{place}.{name}", spec, {"type", "meaning"}, _COLUMN_KEYS)
    privacy = spec.get("privacy", "none")
    if privacy not in PRIVACY:
        raise DeclarationError(f"{place}.{name}: privacy is {privacy!r}; it must be one of {', '.join(PRIVACY)}.")
    return Column(name=name, **{**spec, "values": tuple(spec.get("values", ()))})


def _check_words(place: str, spec: dict[str, Any], needed: set[str], further: set[str]) -> None:
    if unknown := set(spec) - needed - further:
        raise DeclarationError(f"{place}: unknown words {sorted(unknown)}; known are {sorted(needed | further)}.")
    if missing := needed - set(spec):
        raise DeclarationError(f"{place}: {', '.join(sorted(missing))} is not said.")
