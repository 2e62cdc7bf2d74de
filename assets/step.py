"""A step of the night that is done only when something of what its tables are made from is another than before."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dagster as dg

from quality_checks.expectations import load_beside
from warehouse.database import Connection, count
from warehouse.made import Made, code_version, digest, made, making, version_of


@dataclass(frozen=True)
class Step:
    """What a step makes, and the version that tonight's inputs give it.

    `needs` are the tables (`schema.name`) that it reads, `inputs` whatever else decides what it makes, in words that
    are no secret and nobody's data. With `afresh` nothing stands.
    """

    connection: Connection
    run_id: str
    tables: Sequence[str]
    needs: Sequence[str] = ()
    inputs: Sequence[object] = ()
    afresh: bool = False

    @cached_property
    def version(self) -> str:
        """The digest of code, tables and inputs; Dagster's data version of every table that the step makes."""
        return digest(code_version(), *sorted(self.tables), version_of(self.connection, self.needs), *self.inputs)

    @cached_property
    def since(self) -> Made | None:
        """Which run made the tables, where they stand in this very version; else None."""
        if self.afresh:
            return None
        standing = made(self.connection, self.tables)
        if len(standing) < len(set(self.tables)) or any(one.version != self.version for one in standing.values()):
            return None
        return max(standing.values(), key=lambda one: one.at)

    @property
    def stands(self) -> bool:
        """Whether there is nothing to do."""
        return self.since is not None

    @property
    def said(self) -> str:
        """The sentence for a step that has nothing to do."""
        return f"unchanged since {self.since}; not made again" if self.since else "made"

    @contextmanager
    def making(self) -> Iterator[None]:
        """Make the tables inside; they stand when it ends, and not if it is broken off."""
        load_beside()  # what is made has to be judged: Great Expectations is there by then
        with making(self.connection, self.tables, self.version, self.run_id):
            yield

    def mark(self) -> None:
        """Let tables that were written already stand in this version."""
        if not self.stands:
            with self.making():
                pass

    def materialized(
        self, table: str, more: Mapping[str, Any] | None = None, *, tonight: Mapping[str, Any] | None = None
    ) -> dg.MaterializeResult[None]:
        """Report a table with its rows and version; one that stood says since when, and nothing more about itself.

        `tonight` is what the night found besides, whether the table stood or not.
        """
        told = {**({"unchanged_since": str(self.since)} if self.since else (more or {})), **(tonight or {})}
        return dg.MaterializeResult(
            asset_key=table.split("."),
            metadata={"dagster/row_count": count(self.connection, f"SELECT count(*) FROM {table}"), **told},
            data_version=dg.DataVersion(self.version),
        )
