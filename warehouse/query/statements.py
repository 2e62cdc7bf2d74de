"""Which SQL may be asked, which tables it reads, and what of it may stand in the access log."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

LONGEST = 100_000
"""Characters of one statement."""
_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(ANALYZE\s+)?(\(\s*(ANALYZE\s*,?\s*)?(FORMAT\s+\w+\s*)?\)\s*)?", re.IGNORECASE)
_TABLE_FUNCTIONS = frozenset({
    *("range", "generate_series", "unnest", "repeat", "repeat_row"),
    *("duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_functions", "duckdb_keywords"),
    *("duckdb_settings", "duckdb_tables", "duckdb_types", "duckdb_views", "pragma_table_info", "pragma_version"),
})  # fmt: skip
"""All others read files (DuckDB's lock leaves them the reader's own), run SQL kept as text, or hide what is read."""
_FILE_NAME = re.compile(r"[/\\:.]")
_TOKEN = re.compile(
    r"""
      (?P<gap>(?:\s|--[^\n]*|/\*.*?(?:\*/|\Z))+)
    | (?P<text>[ebx]?'(?:[^']|'')*(?:'|\Z) | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
    | "(?P<quoted>(?:[^"]|"")*)(?:"|\Z)
    | (?P<word>\w+)
    | (?P<sign>[(){}\[\]<>=!+\-*/%,.;:|&^~@?])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_LOGGED = 2_000
"""Characters of a statement that the access log keeps."""


class NotAsked(Exception):
    """A statement that may not be asked; its text is the sentence for whoever wrote it."""


@dataclass(frozen=True)
class Statement:
    """A statement that may be asked: DuckDB's own parsed form of it, and the tables of the snapshot that it reads."""

    parsed: duckdb.Statement
    tables: list[str]


def readable(connection: duckdb.DuckDBPyConnection, sql: str, tables: Collection[str]) -> Statement:
    """Check that `sql` is one statement that only reads; raises `NotAsked`, or DuckDB's own error where it is no SQL.

    `tables` are those of the snapshot. SHOW, DESCRIBE, SUMMARIZE, VALUES and FROM are SELECTs to DuckDB.
    """
    if len(sql) > LONGEST:
        raise NotAsked(f"The statement has {len(sql):,} characters; {LONGEST:,} are the most.")
    if "\0" in sql:
        raise NotAsked("The statement holds a zero byte, where DuckDB would stop reading it.")
    found = connection.extract_statements(sql)
    if not found:
        raise NotAsked("No statement was found; write a SELECT.")
    if len(found) > 1:
        raise NotAsked(
            f"{len(found)} statements were found; ask one at a time "
            "(a PIVOT is one only with its values listed: ON column IN (...))."
        )
    statement = select = found[0]
    if statement.type == duckdb.StatementType.EXPLAIN:
        select = _explained(connection, statement.query)
    if select.type != duckdb.StatementType.SELECT:
        raise NotAsked(
            f"A statement of the kind {_kind(select)} was found; only SELECT, EXPLAIN of a SELECT, DESCRIBE and SHOW "
            "may be asked here."
        )
    tree = _tree(connection, select.query)
    called = {str(one["function"]["function_name"]).casefold() for one in _nodes(tree, "TABLE_FUNCTION")}
    if others := called - _TABLE_FUNCTIONS:
        raise NotAsked(
            f"The table function {min(others)} is not for here: write the names of the snapshot's own tables, which "
            "SHOW TABLES lists."
        )
    named = {str(one["table_name"]).casefold() for one in _nodes(tree, "BASE_TABLE")}
    if any(map(_FILE_NAME.search, named)):
        raise NotAsked("No file is read here: write the names of the snapshot's own tables, which SHOW TABLES lists.")
    return Statement(statement, [one for one in tables if one.casefold() in named])


def without_values(sql: str, words: Collection[str]) -> str:
    """Give `sql` with a question mark for everything but signs and the (small-lettered) words.

    Literals, comments, unknown names and numbers are all values to it, so that nothing about a person can pass into
    the access log, however the statement was written.
    """
    said = []
    for token in _TOKEN.finditer(sql):
        name = token["word"] or token["quoted"]
        if token["gap"]:
            said.append(" ")
        elif token["sign"]:
            said.append(token["sign"])
        elif name is not None and name.lower() in words:
            said.append(name.lower())
        else:
            said.append("?")
    return re.sub(r"\?{2,}", "?", "".join(said)).strip()[:_LOGGED]


def is_whole(typed: str) -> bool:
    """Say whether what was typed so far ends with the semicolon of a statement, not with one in a text or comment."""
    tokens = [token for token in _TOKEN.finditer(typed) if not token["gap"]]
    return bool(tokens) and tokens[-1][0] == ";"


def _explained(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """Give what an EXPLAIN explains: EXPLAIN ANALYZE carries it out, so it must be as harmless as without."""
    prefix = _EXPLAIN.match(sql)
    found = connection.extract_statements(sql[prefix.end() :]) if prefix else []
    if len(found) != 1:
        raise NotAsked("Write EXPLAIN, EXPLAIN ANALYZE or EXPLAIN (FORMAT json) before one SELECT.")
    return found[0]


def _kind(statement: duckdb.Statement) -> str:
    return str(statement.type).rpartition(".")[2]


def _tree(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:  # noqa: ANN401 - DuckDB's own tree
    """Give DuckDB's own tree of a SELECT; what it cannot show as one is not asked."""
    said = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()[0][0]
    tree = json.loads(said)
    if tree["error"]:
        raise NotAsked("This form of statement cannot be checked beforehand; write it as a plain SELECT.")
    return tree


def _nodes(tree: Any, kind: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    """Give every node of a kind, wherever it stands in a tree."""
    left = [tree]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if one.get("type") == kind:
                yield one
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
