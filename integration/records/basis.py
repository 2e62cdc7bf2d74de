"""What a table was made from, said in the comment of the table itself, so that the next night keeps what still stands.

The comment comes and goes with the table and is written in the transaction that writes the rows: after a kill, both are
those of the night before. Who makes such a table anew in another way takes the comment away, and nothing is kept.
"""

from warehouse.database import Connection, literal, rows


def basis_of(connection: Connection, table: str) -> str | None:
    """Give what the table (`schema.name`) says it was made from; None where it says nothing or is not there."""
    schema, _, name = table.partition(".")
    found = rows(
        connection, "SELECT comment FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", [schema, name]
    )
    return found[0][0] if found else None


def say_basis(connection: Connection, table: str, basis: str | None) -> None:
    """Let the table say what it was made from; None takes back what it said."""
    connection.execute(f"COMMENT ON TABLE {table} IS {'NULL' if basis is None else literal(basis)}")


_FEWEST_STANDING = 0.2
"""Share of the rows below which none is kept: a table made at once costs a fourth less than one of whose rows all go
and others are put in. To make again what stands eats that up at about one row in five."""


def worth_keeping(standing: int, wanted: int) -> bool:
    """Say whether a table keeps its rows that stand, so many of those wanted, or is made anew with all of them."""
    return standing >= _FEWEST_STANDING * wanted
