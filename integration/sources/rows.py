"""What every place with rows can do, and the file that rows become: Parquet, every value as the text it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.database import in_memory, literal, rows

Row = tuple[str | None, ...]


class RowSource(Protocol):
    """An open place with rows; each method raises `SourceFailed`."""

    @property
    def headers(self) -> list[str]:
        """The headers of the columns, in the order of the values of a row."""
        ...

    def chunks(self, month: str) -> Iterator[list[Row]]:
        """Give the rows of a month, some thousands at a time."""
        ...

    def describe(self, month: str) -> str:
        """Try the place for a month and say in a few words what is there."""
        ...

    def of_no_month(self) -> str | None:
        """Say which rows no month has, and what to do, without a full stop; None where there are none."""
        ...


def write_rows(path: Path, headers: list[str], chunks: Iterator[list[Row]]) -> int:
    """Write rows to a Parquet file of text columns, a chunk at a time; gives their number."""
    schema = pa.schema([(header, pa.string()) for header in headers])
    written = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for chunk in chunks:
            columns = list(zip(*chunk, strict=True)) if chunk else [()] * len(headers)
            writer.write_table(pa.table([pa.array(column, pa.string()) for column in columns], schema=schema))
            written += len(chunk)
    return written


def fingerprint(path: Path) -> str:
    """Name the rows of a Parquet file by what they are and how often, in whatever order: a database keeps none."""
    with in_memory() as connection:
        columns = rows(connection, f"SELECT column_name FROM (DESCRIBE FROM read_parquet({literal(path)}))")
        names = "|".join(str(name) for (name,) in columns)
        ((number, lower, upper),) = rows(
            connection,
            f"""
            SELECT count(*), sum(md5_number_lower(line)::HUGEINT), sum(md5_number_upper(line)::HUGEINT)
            FROM (SELECT to_json(one)::VARCHAR AS line FROM read_parquet({literal(path)}) AS one)
            """,
        )
    return f"{names}|{number}|{lower}|{upper}"
