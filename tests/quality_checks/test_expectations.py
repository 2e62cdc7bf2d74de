"""The bridge: what Great Expectations answers is what the data says, and what cannot be judged never passes."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from quality_checks.declared import table_rules
from quality_checks.expectations import judge
from quality_checks.rule import Rule, filled, holds, measured, no_rows, not_empty, one_of, row_key, unique, within
from warehouse.database import Connection
from warehouse.tables.declaration import Column, Table

THINGS = Table(
    "main",
    "things",
    "A table to judge",
    ("id",),
    (
        Column("id", "BIGINT", "Key", filled=True),
        Column("kind", "VARCHAR", "One of two", values=("a", "b")),
        Column("share", "DOUBLE", "0 to 1", min=0, max=1),
        Column("marks", "VARCHAR[]", "Some of two", values=("x", "y")),
        Column("nik", "VARCHAR", "Who", privacy="identifier"),
    ),
    empty=False,
)
CANARY = "3509276505230001"


@contextmanager
def things_in_memory() -> Iterator[Connection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(THINGS.ddl().replace(" NOT NULL", ""))
        yield connection


@pytest.fixture
def things() -> Iterator[Connection]:
    with things_in_memory() as connection:
        yield connection


rows_of_things = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 5)),
        st.sampled_from([None, "a", "b", "c", "É"]),
        st.one_of(st.none(), st.floats(-1, 2)),
        st.one_of(st.none(), st.lists(st.sampled_from(["x", "y", "z"]), max_size=3)),
        st.just(CANARY),
    ),
    max_size=6,
)


# without shrinking: each example is one validation of Great Expectations, a tenth of a second
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(rows_of_things)
def test_verdicts_count_what_is_at_fault(rows: list[tuple[object, ...]]) -> None:
    ids, kinds, shares, marks = ([row[n] for row in rows] for n in range(4))

    with things_in_memory() as things:
        if rows:
            things.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?)", rows)
        verdicts = {verdict.rule.name: verdict for verdict in judge(things, table_rules(THINGS))}

    assert {name: verdict.unexpected for name, verdict in verdicts.items() if name != "not_empty"} == {
        "key_unique": sum(ids.count(one) > 1 for one in ids),
        "id_filled": ids.count(None),
        "kind_known": sum(one not in (None, "a", "b") for one in kinds),
        "share_within_bounds": sum(one is not None and not 0 <= one <= 1 for one in shares),
        "marks_known": sum(one is not None and "z" in one for one in marks),
    }
    assert verdicts["not_empty"].passed == bool(rows)
    for name, verdict in verdicts.items():
        assert verdict.passed == (verdict.unexpected == 0) or name == "not_empty"
        assert bool(verdict.row_keys) == (verdict.unexpected > 0)
        assert CANARY not in repr(verdict.row_keys) + verdict.message


def test_a_table_without_rows_breaks_only_the_rule_that_wants_rows(things: Connection) -> None:
    assert [v.rule.name for v in judge(things, table_rules(THINGS)) if v.outcome != "passed"] == ["not_empty"]


def test_nothing_measured_is_no_fault(things: Connection) -> None:
    rule = measured(THINGS, "mean", "Mean share", "SELECT avg(share) AS measured FROM things", low=0.5)

    assert [verdict.outcome for verdict in judge(things, [rule])] == ["passed"]


def test_measurement_is_shown_with_what_it_is_of(things: Connection) -> None:
    things.execute(
        "INSERT INTO things BY NAME SELECT 1 AS id, 'a' AS kind, 0.25 AS share UNION ALL SELECT 2, 'b', 0.75"
    )
    query = "SELECT kind AS sort, avg(share) AS measured FROM things GROUP BY kind"

    (verdict,) = judge(things, [measured(THINGS, "mean", "Mean share", query, low=0.5)])

    assert (verdict.unexpected, verdict.judged) == (1, 2)
    assert verdict.row_keys == ({"sort": "a", "measured": 0.25},)


BROKEN = [
    (filled(THINGS, "no_such_column"), "no_such_column"),
    (holds(THINGS, "bad_sql", "Bad", "id = = 1"), "ParserException"),
    (holds(THINGS, "not_a_number", "Bad", "nik::INTEGER > 0"), "ConversionException"),
    (no_rows(THINGS, "no_such_table", "Bad", "FROM nowhere"), "nowhere"),
    (measured(THINGS, "text", "Bad", "SELECT nik AS measured FROM things", low=0), "ConversionException"),
    (replace(filled(THINGS, "id"), name="no_expectation", expectation="ExpectMiracle"), "AttributeError"),
]


@pytest.mark.parametrize(("rule", "cause"), BROKEN, ids=[rule.name for rule, _ in BROKEN])
@pytest.mark.parametrize("severity", ["error", "warn"])
def test_a_rule_that_cannot_be_judged_is_broken_and_stops(
    things: Connection, rule: Rule, cause: str, severity: str
) -> None:
    things.execute("INSERT INTO things BY NAME SELECT 1 AS id, ? AS nik", [CANARY + "x"])

    (verdict,) = judge(things, [replace(rule, severity=severity)])

    assert verdict.outcome == "broken"
    assert verdict.stops
    assert not verdict.passed
    assert cause in verdict.message
    assert CANARY not in verdict.message, "an error of DuckDB may quote the value it choked on"


def test_an_expectation_that_raises_is_broken(things: Connection) -> None:
    things.execute("INSERT INTO things BY NAME SELECT 1 AS id, 'a' AS kind")
    mean_of_text = replace(one_of(THINGS, "kind", ["a"]), name="mean", expectation="ExpectColumnMeanToBeBetween",
                           arguments={"min_value": 0, "max_value": 1})  # fmt: skip

    broken, judged = judge(things, [mean_of_text, filled(THINGS, "id")])

    assert (broken.outcome, judged.outcome) == ("broken", "passed")


def test_a_broken_rule_takes_no_other_with_it(things: Connection) -> None:
    things.execute("INSERT INTO things BY NAME SELECT 1 AS id, 'a' AS kind, 0.5 AS share")
    rules = [rule for rule, _ in BROKEN[:-1]] + table_rules(THINGS)

    outcomes = {verdict.rule.name: verdict.outcome for verdict in judge(things, rules)}

    assert {name for name, outcome in outcomes.items() if outcome == "broken"} == {r.name for r, _ in BROKEN[:2]} | {
        "no_such_table"
    }
    assert {outcomes[rule.name] for rule in table_rules(THINGS)} == {"passed"}


def test_a_missing_table_breaks_all_its_rules(things: Connection) -> None:
    things.execute("DROP TABLE things")

    assert {verdict.outcome for verdict in judge(things, table_rules(THINGS))} == {"broken"}


def test_no_rules_give_no_verdicts(things: Connection) -> None:
    assert judge(things, []) == []


@pytest.mark.parametrize(
    "rule",
    [not_empty(THINGS), unique(THINGS, "unique_kind", ["kind"]), within(THINGS, "share", None, 1)],
    ids=lambda rule: rule.name,
)
def test_a_rule_may_be_judged_alone(things: Connection, rule: Rule) -> None:
    things.execute("INSERT INTO things BY NAME SELECT 1 AS id, 'a' AS kind, 0.5 AS share")

    assert [verdict.outcome for verdict in judge(things, [rule])] == ["passed"]


def test_at_most_five_rows_are_named(things: Connection) -> None:
    things.execute("INSERT INTO things BY NAME SELECT i AS id, 'c' AS kind FROM range(100) AS r (i)")

    (verdict,) = judge(things, [one_of(THINGS, "kind", ["a", "b"])])

    assert verdict.unexpected == verdict.judged == 100
    assert verdict.row_keys == tuple({"id": n} for n in range(5))


def test_personal_key_columns_are_replaced_by_where_the_row_stands() -> None:
    columns = (Column("dataset", "VARCHAR", ""), Column("household_ref", "VARCHAR", "", privacy="identifier"),
               Column("source_file_id", "VARCHAR", ""), Column("source_row_no", "BIGINT", ""))  # fmt: skip
    table = Table("main", "families", "", ("dataset", "household_ref"), columns)

    assert row_key(table) == ("dataset", "source_file_id", "source_row_no")


def test_judging_says_nothing_on_the_terminal(things: Connection, caplog: pytest.LogCaptureFixture) -> None:
    things.execute("INSERT INTO things BY NAME SELECT 1 AS id, 'c' AS kind")
    out, err = io.StringIO(), io.StringIO()

    with caplog.at_level(logging.INFO), redirect_stdout(out), redirect_stderr(err):
        judge(things, table_rules(THINGS))

    assert (out.getvalue(), err.getvalue()) == ("", "")
    assert [record for record in caplog.records if record.name.startswith("great_expectations")] == []


def test_nothing_heavy_is_imported_before_there_is_something_to_judge() -> None:
    code = "import sys, quality_checks.asset_checks; print({'great_expectations', 'pandas'} & set(sys.modules))"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "set()"
