"""Rows of a table or view of an SQL database, read in one read-only transaction, some thousands at a time."""

import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from integration.sources.places import Source, SqlTable
from integration.sources.rows import Row

CHUNK = 20_000


class Cursor(Protocol):
    """The part of Python's database interface that is used."""

    @property
    def description(self) -> Any:  # noqa: ANN401 - of the database interface, which declares no type
        """One entry for each column of the result, its name first."""
        ...

    def execute(self, query: Any, /) -> Any:  # noqa: ANN401
        """Run a query."""
        ...

    def fetchmany(self, size: int, /) -> Any:  # noqa: ANN401
        """Give the next rows."""
        ...


class Database(Protocol):
    """An open database, in a transaction that cannot write."""

    quote: str
    """The sign around names."""
    text: str
    """The type to which a value is cast to be text."""
    dates: frozenset[int]
    """What the driver calls the types that are dates."""

    def cursor(self) -> AbstractContextManager[Cursor]:
        """Give a cursor whose rows stay at the server until they are asked for."""
        ...

    def told(self, what: str) -> AbstractContextManager[None]:
        """Turn what the driver raises into `SourceFailed`."""
        ...


@contextmanager
def open_table(source: Source, place: SqlTable) -> Iterator["TableRows"]:
    """Connect to the database; raises `SourceFailed`."""
    if place.server == "postgres":
        from integration.sources.postgres import open_postgres

        with open_postgres(source, place) as postgres:
            yield TableRows(source, place, postgres)
    else:
        from integration.sources.mysql import open_mysql

        with open_mysql(source, place) as mysql:
            yield TableRows(source, place, mysql)


@dataclass
class TableRows:
    """The rows of an open table."""

    source: Source
    place: SqlTable
    database: Database

    @property
    def headers(self) -> list[str]:
        """The headers of the columns that are asked for."""
        return list(self.place.columns)

    def chunks(self, month: str) -> Iterator[list[Row]]:
        """Give the rows of a month as the database's own text of each value; null stays null."""
        self._check_columns()
        asked = ", ".join(f"CAST({self._name(one)} AS {self.database.text})" for one in self.place.columns.values())
        with self.database.cursor() as cursor:
            with self.database.told("reading"):
                cursor.execute(f"SELECT {asked} FROM {self._table()}{self._of_month(month)}")
            while True:
                with self.database.told("reading"):
                    chunk = cursor.fetchmany(CHUNK)
                if not chunk:
                    return
                yield [tuple(map(_text, row)) for row in chunk]

    def describe(self, month: str) -> str:
        """Look at the columns and count the rows of a month."""
        self._check_columns()
        with self.database.cursor() as cursor, self.database.told("counting"):
            cursor.execute(f"SELECT count(*) FROM {self._table()}{self._of_month(month)}")
            ((number,),) = cursor.fetchmany(1)
        return f"it answers; {int(number):,} rows{f' of {month}' if self.place.month_column else ''}"

    def of_no_month(self) -> str | None:
        """Say how many rows have no date, or one of no year of ours, where a date says of which month a row is."""
        if self.place.month_column is None:
            return None
        column = self._name(self.place.month_column)
        with self.database.cursor() as cursor, self.database.told("counting"):
            cursor.execute(
                f"SELECT count(*) FROM {self._table()} "
                f"WHERE {column} IS NULL OR {column} < '1900-01-01' OR {column} >= '2200-01-01'"
            )
            ((number,),) = cursor.fetchmany(1)
        if not number:
            return None
        return (
            f"{int(number):,} rows have no date in {self.place.month_column} and are of no month, so they are not "
            "taken; ask the agency to fill it in"
        )

    def _check_columns(self) -> None:
        with self.database.cursor() as cursor, self.database.told("looking at the columns"):
            cursor.execute(f"SELECT * FROM {self._table()} WHERE 1 = 0")
            there = {str(column[0]): column[1] for column in cursor.description}
            cursor.fetchmany(1)
        asked = {*self.place.columns.values(), *filter(None, [self.place.month_column])}
        if lacking := sorted(asked - set(there)):
            raise self.source.failed(
                f"{self.place.table} has no column {', '.join(lacking)} any more (it has {', '.join(there)}); ask the "
                "agency what became of it, and correct columns in sources.yaml. Nothing was taken"
            )
        month = self.place.month_column
        if month and there[month] not in self.database.dates:
            raise self.source.failed(
                f"month_column: {month} is no date in the database, so no row could be told to be of a month; name a "
                "column that is, or ask the agency for one"
            )

    def _of_month(self, month: str) -> str:
        """Give the condition that a row is of a month."""
        if self.place.month_column is None:
            return ""
        first = dt.date.fromisoformat(f"{month}-01")
        following = (first + dt.timedelta(days=31)).replace(day=1)
        column = self._name(self.place.month_column)
        return f" WHERE {column} >= '{first.isoformat()}' AND {column} < '{following.isoformat()}'"

    def _table(self) -> str:
        return ".".join(self._name(part) for part in self.place.table.split("."))

    def _name(self, name: str) -> str:
        """Write a name as a name, whatever is in it."""
        quote = self.database.quote
        return f"{quote}{name.replace(quote, quote * 2)}{quote}"


def _text(found: Any) -> str | None:  # noqa: ANN401
    """Give what a database gave as text; MySQL gives bytes for a column without a character set."""
    if found is None or isinstance(found, str):
        return found
    return found.decode("utf-8", "replace") if isinstance(found, bytes | bytearray) else str(found)
