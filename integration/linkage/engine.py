"""The five verbs that every set-oriented step of the linkage is written in; what stands behind them may change."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pyarrow as pa

Kernel = Callable[[pa.RecordBatch], pa.RecordBatch]
"""A pure function on Arrow batches: the same on every engine."""


class Engine(Protocol):
    """What an engine must offer. A name with a dot is kept; a name without one is gone when the work ends."""

    def register(self, name: str, source: Path | pa.Table) -> None:
        """Make a Parquet file or an Arrow table known under a name."""

    def sql(self, name: str, query: str, *, append: bool = False, replacing: str | None = None) -> None:
        """Make `name` of what a query in the dialect of DuckDB gives, or add that to it.

        With `replacing` it comes in the place of the rows for which this condition holds, in a table that the query
        does not read; one that is not there yet is made.
        """

    def map_arrow(self, name: str, source: str, kernel: Kernel, schema: pa.Schema) -> None:
        """Make `name` of what a kernel gives for the batches of a table."""

    def components(self, name: str, edges: str) -> None:
        """Make `name(node, cluster)` for a table of edges (a, b): the smallest node names a connected component."""

    def export(self, name: str, path: Path | None = None) -> pa.Table | None:
        """Write a table, or a query in brackets, to a Parquet file; without a path give it, where it is small."""

    def release(self, *names: str) -> None:
        """Give back what tables without a dot take up, where one need not wait for the end; changes no result."""


def table_of(engine: Engine, query: str) -> pa.Table:
    """Give the result of a query, for the few small answers that a decision needs."""
    found = engine.export(f"({query})")
    assert found is not None  # noqa: S101 - export without a path gives the table
    return found


def number(engine: Engine, query: str) -> int:
    """Give the one whole number a query finds; 0 for null."""
    return int(table_of(engine, query).column(0)[0].as_py() or 0)
