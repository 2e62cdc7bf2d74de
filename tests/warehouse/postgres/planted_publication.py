"""A publication of a few hundred invented rows: every column of every table, with nulls, quotes and odd signs in it."""

import uuid

from warehouse.database import in_memory, literal
from warehouse.publication import Publication, Snapshot, publish
from warehouse.settings import Home
from warehouse.tables import Column, Table, stage_tables

KECAMATAN = ("35.09.10", "35.09.27")
UNPUBLISHED = ("published_target", "family_status")
_ROWS = {"targeting": 300, "child_growth": 120}
_ODD = [
    "O''Brien",
    'SITI "IIN" AMINAH',
    "a,b",
    "back\\slash",
    "",
    "\\N",
    "é – ’",
    "tab\there",
    "two\nlines",
    "{}",
    "NULL",
]


def planted(home: Home, *, period: str = "2026-10", rows: int | None = None) -> Publication:
    """Publish invented tables; two calls publish the same rows under another version.

    `rule_version` is the period in every row, so that a reader can tell rows of two publications apart.
    """
    home.path.mkdir(parents=True, exist_ok=True)
    with in_memory() as connection:
        tables = [one for one in stage_tables("targeting").values() if one.name not in UNPUBLISHED]
        snapshots = [Snapshot(one.name, _query(one, rows or _ROWS.get(one.name, 25), period)) for one in tables]
        return publish(connection, home, snapshots, uuid.uuid4().hex, {"period": period, "balita": 0})


def _query(table: Table, rows: int, period: str) -> str:
    columns = ",\n".join(f'CAST({_value(column)} AS {column.type}) AS "{column.name}"' for column in table.columns)
    columns = columns.replace("{period}", period)
    return f"SELECT {columns} FROM range({rows}) AS numbered(i)"


def _value(column: Column) -> str:
    """Give SQL over the row's number `i`; what may be null is so now and then."""
    value = _filled(column)
    if column.name == "rule_version":
        return value
    salt = literal(column.name)
    return value if column.filled else f"CASE WHEN hash(i, {salt}) % 7 = 0 THEN NULL ELSE {value} END"


def _filled(column: Column) -> str:
    salt = literal(column.name)
    by_name = {
        "kab_code": "'35.09'",
        "kec_code": f"(['{KECAMATAN[0]}', '{KECAMATAN[1]}', '35.09.01'])[i % 3 + 1]",
        "village_code": "(['35.09.10', '35.09.27', '35.09.01'])[i % 3 + 1] || '.200' || i % 4",
        "region_code": "(['35.09', '35.09.10', '35.09.27', '35.09.27.2001'])[i % 4 + 1]",
        "gaps": "list_slice(['G01_POSYANDU', 'G07_NIK', 'G09_BANSOS', 'G12_TPK', 'G14_JAMBAN'], i % 5 + 1, i % 7)",
        "rule_version": "'{period}'",
        "tier": "'P' || (i % 5 + 1)",
    }
    if column.name in by_name:
        return by_name[column.name]
    if column.privacy == "identifier":
        return f"lpad((3509010101900000 + hash(i, {salt}) % 9000)::VARCHAR, 16, '0')"
    if column.values and column.type == "VARCHAR":
        listed = "[" + ", ".join(map(literal, column.values)) + "]"
        return f"{listed}[(hash(i, {salt}) % {len(column.values)})::INTEGER + 1]"
    if column.type == "VARCHAR":
        odd = "[" + ", ".join(f"'{one}'" for one in _ODD) + "]"
        return (
            f"CASE WHEN i % 3 = 0 THEN {odd}[(hash(i, {salt}) % {len(_ODD)})::INTEGER + 1] ELSE {salt} || ' ' || i END"
        )
    if column.type == "VARCHAR[]":
        return f"""CASE i % 4 WHEN 0 THEN [] WHEN 1 THEN ['a "q" \\', NULL] ELSE [{salt}, 'x,y', '{{}}'] END"""
    return {
        "BOOLEAN": f"hash(i, {salt}) % 2 = 0",
        "INTEGER": f"(hash(i, {salt}) % 100)::INTEGER",
        "BIGINT": f"(hash(i, {salt}) % 100000)::BIGINT",
        "DOUBLE": f"(hash(i, {salt}) % 1000003)::DOUBLE / 997 - 500",
        "DATE": f"DATE '2020-01-01' + (hash(i, {salt}) % 2400)::INTEGER",
        "TIMESTAMP": f"TIMESTAMP '2026-10-01 02:03:04.5' + INTERVAL (i) MINUTE + INTERVAL (hash(i, {salt}) % 2) HOUR",
    }.get(column.type, "i % 90")
