"""A verdict stands while what it was given on is the same, and not a night longer."""

from collections.abc import Iterator

import pytest

from quality_checks.declared import table_rules
from quality_checks.rule import Rule, holds, no_rows
from quality_checks.standing import ensure_verdicts, judge_what_changed, tables_read
from warehouse.database import Connection, in_memory, rows
from warehouse.made import ensure_made, making
from warehouse.tables.declaration import Column, Table

HOUSEHOLDS = Table(
    "persons",
    "household",
    "Households",
    ("record_id",),
    (Column("record_id", "BIGINT", "Number", filled=True), Column("kind", "VARCHAR", "One of two", values=("a", "b"))),
)
KIND_IS_A = holds(HOUSEHOLDS, "kind_is_a", "The kind is a", "kind = 'a'", "warn")
EACH_HAS_A_RECORD = no_rows(
    HOUSEHOLDS,
    "each_has_a_record",
    "Each household has a record",
    "SELECT record_id FROM persons.household ANTI JOIN clean_records.record USING (record_id)",
)
RULES = [*table_rules(HOUSEHOLDS), KIND_IS_A, EACH_HAS_A_RECORD]


@pytest.fixture
def night() -> Iterator[Connection]:
    """Give a database in which two tables stand, and one rule is broken by a row."""
    with in_memory() as connection:
        ensure_made(connection)
        ensure_verdicts(connection)
        connection.execute("CREATE SCHEMA persons")
        connection.execute("CREATE SCHEMA clean_records")
        connection.execute(HOUSEHOLDS.ddl())
        connection.execute("CREATE TABLE clean_records.record AS SELECT 7 AS record_id")
        connection.execute("INSERT INTO persons.household VALUES (7, 'b')")
        for table in ("persons.household", "clean_records.record"):
            stand(connection, table, "1")
        yield connection


def stand(connection: Connection, table: str, version: str) -> None:
    with making(connection, [table], version, "run-one"):
        pass


def judged_anew(connection: Connection, rules: list[Rule] = RULES, *, afresh: bool = False) -> set[str]:
    """Judge, and give the names of the rules whose verdict is tonight's; the others' must be the same as theirs."""
    found = judge_what_changed(connection, rules, "run-two", afresh=afresh)
    assert [verdict.rule for verdict, _ in found] == rules
    assert {verdict.rule.name: verdict.outcome for verdict, _ in found}["kind_is_a"] == "failed"
    return {verdict.rule.name for verdict, since in found if since is None}


def test_what_was_judged_stands(night: Connection) -> None:
    assert judged_anew(night) == {rule.name for rule in RULES}
    assert judged_anew(night) == set()


def test_a_verdict_that_stands_says_all_it_said(night: Connection) -> None:
    (first,) = judge_what_changed(night, [KIND_IS_A], "run-one")
    (second,) = judge_what_changed(night, [KIND_IS_A], "run-two")

    assert second[0] == first[0]
    assert second[0].row_keys == ({"record_id": 7},)
    assert second[1] is not None
    assert second[1].run_id == "run-one"


def test_only_rules_on_what_changed_are_judged_anew(night: Connection) -> None:
    judged_anew(night)
    stand(night, "clean_records.record", "2")

    assert judged_anew(night) == {"each_has_a_record"}


def test_a_table_that_was_not_finished_is_judged_each_time(night: Connection) -> None:
    judged_anew(night)
    rows(night, "DELETE FROM night.made WHERE table_name = 'persons.household'")

    assert judged_anew(night) == judged_anew(night) == {rule.name for rule in RULES}


def test_another_bound_is_another_rule(night: Connection) -> None:
    judged_anew(night)
    softer = holds(HOUSEHOLDS, "kind_is_a", "The kind is a", "kind = 'a' OR record_id > 9", "warn")

    assert judged_anew(night, [softer]) == {"kind_is_a"}


def test_afresh_nothing_stands(night: Connection) -> None:
    judged_anew(night)

    assert judged_anew(night, afresh=True) == {rule.name for rule in RULES}


def test_what_could_not_be_judged_is_tried_again(night: Connection) -> None:
    broken = holds(HOUSEHOLDS, "cannot_be_judged", "Nobody knows", "no_such_column")

    for _ in range(2):
        ((verdict, since),) = judge_what_changed(night, [broken], "run")
        assert (verdict.outcome, since) == ("broken", None)


def test_a_rule_names_the_tables_it_reads() -> None:
    assert tables_read(KIND_IS_A) == ["persons.household"]
    assert tables_read(EACH_HAS_A_RECORD) == ["clean_records.record", "persons.household"]
