"""How well a linked file agrees with a known truth: for measuring, never for the engine to read while it works."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from integration.evaluation import Score, pairs_together
from integration.linkage.calibration import reliability
from integration.linkage.duckdb_engine import DuckDBEngine
from integration.linkage.engine import Engine, number, table_of
from integration.linkage.records import quoted
from warehouse.database import Connection
from warehouse.errors import HomeError


def score_links(connection: Connection, linked: Path, truth: Path, pairs: Path | None = None) -> str:
    """Score a file that `./padan link` wrote against a Parquet file with the same id column and `entity`; as text.

    Pairwise: of all pairs of records put together, the share truly one entity (precision), and the share of true pairs
    put together (recall). A record of the truth that was not linked counts as alone; one that the truth does not know
    is left out; both are told. `pairs`, the scored pairs of the same run, adds a table of how often pairs of each
    probability are truly one entity. Raises `HomeError` for a file that is no such Parquet, and for an id that stands
    twice or is empty.
    """
    engine = DuckDBEngine(connection)
    with engine.working():
        id_column = _id_column(linked)
        read_entities(engine, "linked", linked, id_column)
        read_entities(engine, "truth", truth, id_column)
        engine.sql(
            "judged",
            """SELECT id, t.entity AS true_entity, coalesce('linked ' || l.entity, 'alone ' || id) AS entity
            FROM truth AS t LEFT JOIN linked AS l USING (id)""",
        )
        told = [_records(engine, linked, truth), _score(engine)]
        if pairs:
            told += ["", _reliability(engine, pairs)]
        return "\n".join(told)


def _records(engine: Engine, linked: Path, truth: Path) -> str:
    missed = number(engine, "SELECT count(*) FROM truth ANTI JOIN linked USING (id)")
    unknown = number(engine, "SELECT count(*) FROM linked ANTI JOIN truth USING (id)")
    text = f"{number(engine, 'SELECT count(*) FROM judged'):,} records of {truth.name} judged"
    text += f"; {missed:,} of them are not in {linked.name} and count as alone" if missed else ""
    return text + (f"; {unknown:,} of {linked.name} are unknown to the truth and left out" if unknown else "") + "."


def _score(engine: Engine) -> str:
    both, put_together, true = (
        number(engine, pairs_together("judged", same)) for same in ("entity, true_entity", "entity", "true_entity")
    )
    score = Score.of(both, put_together, true)
    return (
        f"pairwise  precision {score.precision:.4f}  recall {score.recall:.4f}  F1 {score.f1:.4f}  "
        f"({put_together:,} pairs put together, {true:,} true, {both:,} both)"
    )


def _reliability(engine: Engine, pairs: Path) -> str:
    _check(pairs, ("record_a", "record_b", "probability"))
    engine.register("scored", pairs)
    found = table_of(
        engine,
        """SELECT probability::DOUBLE AS probability, a.true_entity = b.true_entity AS true
        FROM scored
        JOIN judged AS a ON a.id = record_a::VARCHAR
        JOIN judged AS b ON b.id = record_b::VARCHAR""",
    )
    table = reliability(found["probability"].to_numpy(), found["true"].to_numpy().astype(np.bool_))
    left_out = number(engine, "SELECT count(*) FROM scored") - found.num_rows
    note = f"{left_out:,} pairs of {pairs.name} name a record unknown to the truth and are left out.\n"
    return (note if left_out else "") + table.as_text()


def _id_column(linked: Path) -> str:
    others = [column for column in _check(linked, ("entity",)) if column != "entity"]
    if len(others) != 1:
        raise HomeError(
            f"{linked.name} has the columns {', '.join(['entity', *others])}; a file that `./padan link` wrote has an "
            "id and `entity`. Name that file."
        )
    return others[0]


def read_entities(engine: Engine, name: str, path: Path, id_column: str) -> None:
    """Make `name(id, entity)` of a Parquet file, both as text; raises `HomeError` as `score_links` does."""
    _check(path, (id_column, "entity"))
    engine.register(f"{name}_file", path)
    engine.sql(name, f"SELECT {quoted(id_column)}::VARCHAR AS id, entity::VARCHAR AS entity FROM {name}_file")
    if empty := number(engine, f"SELECT count(*) FROM {name} WHERE id IS NULL OR entity IS NULL"):
        raise HomeError(f"{path.name} has {empty:,} records without {id_column} or entity. Fill both in every record.")
    if twice := number(engine, f"SELECT count(*) - count(DISTINCT id) FROM {name}"):
        raise HomeError(f"{path.name} has {twice:,} records more than it has ids. Every id may stand once.")


def _check(path: Path, wanted: tuple[str, ...]) -> list[str]:
    """Give the columns of a Parquet file, which must have those wanted."""
    try:
        columns: list[str] = pq.read_schema(path).names
    except (OSError, ValueError) as error:
        raise HomeError(f"{path} is no Parquet file that can be read ({type(error).__name__}).") from error
    for column in wanted:
        if column not in columns:
            raise HomeError(f"{path.name} has no column {column!r}. It has {', '.join(columns)}.")
    return columns
