"""The five verbs on DuckDB, in one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from integration.linkage.components import components
from integration.linkage.engine import Kernel
from warehouse.database import Connection, literal, rows, table_exists

_BATCH = 65_536


class DuckDBEngine:
    """`Engine` on a connection: names without a dot are temporary tables."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._shown: set[str] = set()  # names that stand for a file

    def register(self, name: str, source: Path | pa.Table) -> None:
        """Make a Parquet file or an Arrow table known under a name."""
        if isinstance(source, pa.Table):
            self.connection.register("registered_arrow", source)
            self._create(name, "FROM registered_arrow")
            self.connection.unregister("registered_arrow")
        else:
            self.release(name)
            self.connection.execute(f"CREATE TEMP VIEW {name} AS FROM read_parquet({literal(source)})")
            self._shown.add(name)

    def sql(self, name: str, query: str, *, append: bool = False, replacing: str | None = None) -> None:
        """Make `name` of what a query gives, or add that to it, or put it in the place of some rows."""
        if replacing and self._holds(name):
            self.connection.execute(f"DELETE FROM {name} WHERE {replacing}")
            append = True
        if append:
            self.connection.execute(f"INSERT INTO {name} BY NAME {query}")
        else:
            self._create(name, query)

    def map_arrow(self, name: str, source: str, kernel: Kernel, schema: pa.Schema) -> None:
        """Make `name` of what a kernel gives for the batches of a table."""
        batches = self.connection.sql(f"FROM {source}").to_arrow_table().to_batches(_BATCH)
        self.register(name, pa.Table.from_batches([kernel(batch) for batch in batches], schema=schema))

    def components(self, name: str, edges: str) -> None:
        """Make `name(node, cluster)` of the connected components of `edges(a, b)`."""
        found = self.connection.execute(f"SELECT a, b FROM {edges}").fetchnumpy()
        nodes, cluster = components(np.asarray(found["a"], np.int64), np.asarray(found["b"], np.int64))
        self.register(name, pa.table({"node": nodes, "cluster": cluster}))

    def export(self, name: str, path: Path | None = None) -> pa.Table | None:
        """Write a table to a Parquet file; without a path give it."""
        if path is None:
            return self.connection.sql(f"FROM {name}").to_arrow_table()
        self.connection.execute(f"COPY (FROM {name}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")
        return None

    @contextmanager
    def working(self) -> Iterator[None]:
        """Drop at the end every temporary table that was not there at the start, also when the work fails."""
        before = self._temporary()
        try:
            yield
        finally:
            self.release(*sorted(self._temporary() - before))

    def release(self, *names: str) -> None:
        """Give back the memory of temporary tables that are not needed any more."""
        for name in names:
            kind = "VIEW" if name in self._views() else "TABLE"
            self.connection.execute(f'DROP {kind} IF EXISTS temp."{name}"')

    def _create(self, name: str, query: str) -> None:
        if name in self._shown:
            self._shown.discard(name)
            self.release(name)
        temporary = "" if "." in name else "TEMP "
        self.connection.execute(f"CREATE OR REPLACE {temporary}TABLE {name} AS {query}")

    def _holds(self, name: str) -> bool:
        schema, _, table = name.rpartition(".")
        return table_exists(self.connection, schema or "main", table)

    def _temporary(self) -> set[str]:
        return self._views() | self._names("duckdb_tables()", "table_name")

    def _views(self) -> set[str]:
        return self._names("duckdb_views()", "view_name")

    def _names(self, catalogue: str, column: str) -> set[str]:
        found = rows(
            self.connection,
            f"SELECT {column} FROM {catalogue} WHERE temporary AND database_name = 'temp' AND NOT internal",
        )
        return {str(name) for (name,) in found}
