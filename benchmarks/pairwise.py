"""Scoring links against a truth: both are Parquet files of an id column, first, and `entity`."""

from pathlib import Path

import duckdb

from integration.evaluation import Score, pairs_together
from warehouse.database import count, literal


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

        alike = ("true_entity, entity", "entity", "true_entity")
        return Score.of(*(count(connection, pairs_together("judged", same)) for same in alike))
