"""Scoring links against a truth: both are Parquet files of an id column, first, and `entity`."""

from pathlib import Path

import duckdb

from integration.evaluation import Score
from warehouse.database import literal


def pairwise(linked: Path, truth: Path, only: str = "true") -> Score:
    """Give the pairwise precision and recall of `linked`, of its rows where `only` (SQL) holds.

    A record of the truth that `linked` lacks is alone.
    """
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            CREATE TABLE judged AS
            SELECT t.entity AS true_entity, coalesce(l.entity, 'alone ' || t.id) AS entity
            FROM (SELECT #1::VARCHAR AS id, entity FROM read_parquet({literal(truth)})) AS t
            LEFT JOIN (SELECT #1::VARCHAR AS id, 'is ' || entity AS entity FROM read_parquet({literal(linked)})
                       WHERE {only}) AS l USING (id)
            """
        )

        def pairs(together: str) -> int:
            counted = f"SELECT count(*) AS n FROM judged GROUP BY {together}"
            ((found,),) = connection.execute(f"SELECT sum(n * (n - 1) // 2)::BIGINT FROM ({counted})").fetchall()
            return int(found)

        both, put_together, true = pairs("true_entity, entity"), pairs("entity"), pairs("true_entity")
    return Score(both / put_together if put_together else 1.0, both / true if true else 1.0)
