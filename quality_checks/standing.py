"""Verdicts that stand: what was judged once is not judged again while everything that it was judged on is the same."""

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from quality_checks.expectations import Verdict, judge
from quality_checks.rule import Rule
from warehouse.database import Connection, rows, transaction
from warehouse.made import Made, digest, made, tree_digest
from warehouse.settings import STAGES

_TABLE = "night.verdict"
_NAMED = re.compile(rf"\b(?:{'|'.join(STAGES)})\.\w+")


def ensure_verdicts(connection: Connection) -> None:
    """Create the memory of verdicts where it is not there yet; it holds counts and row keys, nothing of a person."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS night")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_TABLE} "
        "(rule VARCHAR, version VARCHAR, run_id VARCHAR, judged_at TIMESTAMP, verdict VARCHAR)"
    )


def judge_what_changed(
    connection: Connection, rules: Sequence[Rule], run_id: str, *, afresh: bool = False
) -> list[tuple[Verdict, Made | None]]:
    """Give one verdict for each rule, in their order: the one that stands with the run that gave it, else a new one.

    A verdict stands while every table that its rule reads has the version that it was given on. One on a table without
    a version, and a broken one, is given anew each time; so is every one with `afresh`.
    """
    found = made(connection, {table for rule in rules for table in tables_read(rule)})
    wanted = {rule.full_name: _version(found, rule) for rule in rules}
    standing = {} if afresh else _standing(connection, rules, wanted)
    judged = judge(connection, [rule for rule in rules if rule.full_name not in standing])
    _remember(connection, judged, wanted, run_id)
    fresh = {one.rule.full_name: one for one in judged}
    return [standing.get(one.full_name) or (fresh[one.full_name], None) for one in rules]


def tables_read(rule: Rule) -> list[str]:
    """Give the tables (`schema.name`) that a rule is judged on."""
    return sorted({rule.table, *_NAMED.findall(f"{rule.query} {rule.judged}")})


def _version(found: Mapping[str, Made], rule: Rule) -> str | None:
    tables = tables_read(rule)
    if not found.keys() >= set(tables):
        return None
    said = (rule.severity, rule.sentence, rule.expectation, dict(rule.arguments), rule.judged, rule.query)
    return digest(_code(), *said, *(found[table].version for table in tables))


@cache
def _code() -> str:
    return tree_digest(Path(__file__).parents[1], ["quality_checks"])


def _standing(
    connection: Connection, rules: Sequence[Rule], wanted: dict[str, str | None]
) -> dict[str, tuple[Verdict, Made]]:
    of_name = {rule.full_name: rule for rule in rules}
    found = rows(connection, f"SELECT * FROM {_TABLE} WHERE list_contains(?, rule)", [list(of_name)])
    return {
        name: (_read(of_name[name], verdict), Made(version, run_id, at))
        for name, version, run_id, at, verdict in found
        if version == wanted[name]
    }


def _remember(connection: Connection, verdicts: list[Verdict], wanted: dict[str, str | None], run_id: str) -> None:
    at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    names = [one.rule.full_name for one in verdicts]
    lines = [
        [one.rule.full_name, wanted[one.rule.full_name], run_id, at, _written(one)]
        for one in verdicts
        if wanted[one.rule.full_name] is not None and one.outcome != "broken"
    ]
    with transaction(connection):
        connection.execute(f"DELETE FROM {_TABLE} WHERE list_contains(?, rule)", [names])
        if lines:
            connection.executemany(f"INSERT INTO {_TABLE} VALUES (?, ?, ?, ?, ?)", lines)


def _written(verdict: Verdict) -> str:
    return json.dumps({key: value for key, value in asdict(verdict).items() if key != "rule"})


def _read(rule: Rule, written: str) -> Verdict:
    said = json.loads(written)
    return Verdict(rule, **{**said, "row_keys": tuple(said["row_keys"])})
