"""The rules that are data: those that follow from a table's declaration, and those written in `rules/<stage>.yaml`."""

from pathlib import Path
from typing import Any

from quality_checks.rule import Rule, filled, holds, measured, no_longer, no_rows, not_empty, one_of, unique, within
from warehouse.errors import DeclarationError
from warehouse.tables.declaration import Table, stage_tables
from warehouse.yaml_file import read_yaml

_FOLDER = Path(__file__).parent / "rules"


def table_rules(table: Table) -> list[Rule]:
    """Give the rules that follow from a declaration: filled, values, bounds, length, key, and whether it may be empty.

    All are errors: a table that contradicts its own declaration is not what its readers were promised.
    """
    rules = [] if table.empty else [not_empty(table)]
    rules.append(unique(table, "key_unique", table.key))
    for column in table.columns:
        if column.filled:
            rules.append(filled(table, column.name))
        if column.values:
            rules.append(one_of(table, column.name, column.values))
        if column.min is not None or column.max is not None:
            rules.append(within(table, column.name, column.min, column.max))
        if column.length is not None:
            rules.append(no_longer(table, column.name, column.length))
    return rules


def stage_rules(stage: str) -> list[Rule]:
    """Give all rules of a stage that are data: for each table those of its declaration, then the written ones.

    Raises `DeclarationError` naming file, table, rule and word when a written rule makes no sense.
    """
    path = _FOLDER / f"{stage}.yaml"
    written: dict[str, list[dict[str, Any]]] = read_yaml(path)
    tables = stage_tables(stage)
    if unknown := set(written) - set(tables):
        raise DeclarationError(f"quality_checks/rules/{path.name}: no tables {sorted(unknown)} in the stage {stage}.")
    rules: list[Rule] = []
    for table in tables.values():
        rules += table_rules(table)
        rules += [_written(f"{path.name}, {table.name}", table, spec) for spec in written.get(table.name, ())]
    return rules


def _written(place: str, table: Table, spec: dict[str, Any]) -> Rule:
    match spec:
        case {"name": name, "sentence": sentence, "severity": "error" | "warn" as severity, **rest}:
            place = f"{place}, {name}"
        case _:
            raise DeclarationError(f"{place}: a rule has a name, a sentence and a severity (error or warn): {spec}.")
    match rest:
        case {"holds": str(condition)} if len(rest) == 1:
            return holds(table, name, sentence, condition, severity)
        case {"unique": list(columns)} if len(rest) == 1:
            return unique(table, name, columns, severity)
        case {"no_rows": str(query)} if len(rest) == 1:
            return no_rows(table, name, sentence, query, severity)
        case {"no_rows": str(query), "none_where": list(queries)} if len(rest) == 2:
            return no_rows(table, name, sentence, query, severity, queries)
        case {"measured": str(query), **bounds} if bounds and set(bounds) <= {"min", "max"}:
            return measured(table, name, sentence, query, bounds.get("min"), bounds.get("max"), severity)
    raise DeclarationError(
        f"quality_checks/rules/{place}: it has {sorted(rest)}; wanted is one of holds, unique, no_rows, "
        "or measured with min or max."
    )
