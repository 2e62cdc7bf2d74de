"""Any table of persons, standardised as a model says: the entities of `./padan link`."""

from pathlib import Path

import pyarrow.parquet as pq

from integration.linkage.engine import Engine, number
from integration.linkage.model import Model, Records
from integration.linkage.standards import STANDARDS
from warehouse.database import literal
from warehouse.errors import DeclarationError, HomeError


def read_records(engine: Engine, model: Model, path: Path) -> int:
    """Fill `entity` from a Parquet file, one row per record; give their number.

    Columns: entity_id (numbered in the order of the ids), record_id (the id as text), in_spine, exclusive_in, those of
    the model, and `<column>_frequency` (0 to 1: the share of the records, or of the spine, that have the value; null
    where the column is null). Raises `DeclarationError` for a column the file does not have, `HomeError` for a file
    that is no Parquet and for an id that stands twice or is empty.
    """
    asked = model.records
    if asked is None:
        raise DeclarationError(
            f"The model {model.label} says nothing of records: it needs `records` with `id` and `columns` to be used "
            "on a table."
        )
    _check_columns(asked, model, path)
    engine.register("input", path)
    source = f"{quoted(asked.source)}::VARCHAR" if asked.source else "'all'"
    columns = ",\n  ".join(
        f"{STANDARDS[column.standard].format(column=quoted(column.source))} AS {column.name}"
        for column in asked.columns
    )
    exclusive = ", ".join(literal(item.source) for item in model.exclusive)
    engine.sql(
        "standardised",
        f"""SELECT
          row_number() OVER (ORDER BY {quoted(asked.id)}::VARCHAR) AS entity_id,
          {quoted(asked.id)}::VARCHAR AS record_id,
          {source} AS source,
          {f"{source} = {literal(model.spine)}" if model.spine else "false"} AS in_spine,
          CASE WHEN list_contains([{exclusive}]::VARCHAR[], {source}) THEN [{source}] END AS exclusive_in,
          {columns}
        FROM input""",
    )
    _check_ids(engine, path)
    if nameless := number(engine, "SELECT count(*) FROM standardised WHERE source IS NULL"):
        raise HomeError(f"{path.name} has {nameless:,} records without a {asked.source}. Each must say its source.")
    _count_values(engine, model, asked)
    return number(engine, "SELECT count(*) FROM entity")


def _count_values(engine: Engine, model: Model, asked: Records) -> None:
    of_spine = "WHERE in_spine" if model.spine else ""
    total = max(number(engine, f"SELECT count(*) FROM standardised {of_spine}"), 1)
    joins, columns = [], []
    for name in asked.frequencies:
        engine.sql(
            f"count_{name}",
            f"""SELECT {name}, count(*) AS records FROM (FROM standardised {of_spine})
            WHERE {name} IS NOT NULL GROUP BY {name}""",
        )
        joins.append(f"LEFT JOIN count_{name} USING ({name})")
        share = f"coalesce(count_{name}.records, 1) / {float(total)}"
        columns.append(f", CASE WHEN {name} IS NOT NULL THEN {share} END AS {name}_frequency")
    engine.sql("entity", f"SELECT standardised.*{''.join(columns)} FROM standardised {' '.join(joins)}")
    engine.release("standardised", *(f"count_{name}" for name in asked.frequencies))


def _check_columns(asked: Records, model: Model, path: Path) -> None:
    try:
        held = pq.read_schema(path).names
    except (OSError, ValueError) as error:
        raise HomeError(
            f"{path} is no Parquet file that can be read ({type(error).__name__}). Give the records as Parquet."
        ) from error
    wanted = [("records.id", asked.id), *((f"records.columns.{c.name}", c.source) for c in asked.columns)]
    if asked.source:
        wanted.append(("records.source", asked.source))
    for place, column in wanted:
        if column not in held:
            raise DeclarationError(
                f"The model {model.label}, {place}: it names the column {column!r}, which {path.name} does not have. "
                f"It has {', '.join(held)}."
            )


def _check_ids(engine: Engine, path: Path) -> None:
    if empty := number(engine, "SELECT count(*) FROM standardised WHERE record_id IS NULL"):
        raise HomeError(f"{path.name} has {empty:,} records without an id. Every record needs one of its own.")
    twice = "SELECT count(*) FROM (SELECT record_id FROM standardised GROUP BY record_id HAVING count(*) > 1)"
    if again := number(engine, twice):
        raise HomeError(
            f"{path.name} has {again:,} ids that stand at more than one record. Every record needs one of its own."
        )


def quoted(column: str) -> str:
    """Give a column name as SQL takes it, whatever is in it."""
    return '"' + column.replace('"', '""') + '"'
