"""In a real Dagster run: an error stops what lies downstream, a warning does not, and nobody's data is shown."""

import datetime as dt
from collections.abc import Sequence

import dagster as dg
import duckdb
import pytest

from quality_checks.asset_checks import check_results, check_specs, table_checks
from quality_checks.declared import table_rules
from quality_checks.expectations import Verdict, judge
from quality_checks.rule import Rule, filled, holds
from warehouse.made import Made
from warehouse.tables.declaration import Column, Table

CANARY = "3509276505230001"
HOUSEHOLDS = Table(
    "persons",
    "household",
    "A table as an asset",
    ("household_ref",),
    (
        Column("household_ref", "VARCHAR", "May be a KK", privacy="identifier"),
        Column("record_id", "BIGINT", "Number", filled=True),
        Column("kind", "VARCHAR", "One of two", values=("a", "b")),
    ),
)
WARNING = holds(HOUSEHOLDS, "kind_is_a", "The kind is a", "kind = 'a'", "warn")
RULES = [*table_rules(HOUSEHOLDS), WARNING]


def tonight(verdicts: list[Verdict]) -> list[tuple[Verdict, None]]:
    """Say of verdicts that none of them stands from an earlier run."""
    return [(verdict, None) for verdict in verdicts]


def materialise(kinds: list[str], rules: list[Rule]) -> tuple[dg.ExecuteInProcessResult, str]:
    """Run the table, its checks and one asset downstream; give the result and every event as text."""
    database = duckdb.connect()

    def judged(_: dg.AssetCheckExecutionContext, rules: Sequence[Rule]) -> list[tuple[Verdict, None]]:
        return tonight(judge(database, rules))

    @dg.asset(key=["persons", "household"])
    def household() -> None:
        database.execute("CREATE SCHEMA persons")
        database.execute(HOUSEHOLDS.ddl())
        database.executemany(
            "INSERT INTO persons.household VALUES (?, ?, ?)",
            [(CANARY, number, kind) for number, kind in enumerate(kinds)],
        )

    @dg.asset(deps=[household])
    def published() -> None:
        pass

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [household, table_checks("persons.household", rules, judged), published],
            instance=instance,
            raise_on_error=False,
        )
        return result, " ".join(
            str(event.to_kwargs() if hasattr(event, "to_kwargs") else event) for event in result.all_events
        )


def was_published(result: dg.ExecuteInProcessResult) -> bool:
    return bool(result.asset_materializations_for_node("published"))


def outcomes(result: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, str]]:
    return {one.check_name: (one.passed, one.severity.value) for one in result.get_asset_check_evaluations()}


def test_all_well_goes_on() -> None:
    result, _ = materialise(["a"], RULES)

    assert result.success
    assert was_published(result)
    assert {passed for passed, _ in outcomes(result).values()} == {True}
    assert set(outcomes(result)) == {rule.check_name for rule in RULES}


def test_a_warning_goes_on() -> None:
    result, _ = materialise(["b"], RULES)

    assert outcomes(result)["kind_is_a"] == (False, "WARN")
    assert result.success
    assert was_published(result)


def test_an_error_stops_what_lies_downstream() -> None:
    result, _ = materialise(["c"], RULES)

    assert outcomes(result)["values_known"] == (False, "ERROR")
    assert not result.success
    assert not was_published(result)


def test_a_broken_warning_is_an_error_and_stops() -> None:
    broken = holds(HOUSEHOLDS, "cannot_be_judged", "Nobody knows", "no_such_column", "warn")

    result, _ = materialise(["a"], [*RULES, broken])

    assert outcomes(result)["cannot_be_judged"] == (False, "ERROR")
    assert not was_published(result)


def test_nobodys_data_is_in_what_dagster_keeps() -> None:
    result, events = materialise(["c", "c"], RULES)

    assert outcomes(result)["key_unique"] == (False, "ERROR")
    assert "row_keys" in events
    assert CANARY not in events


def test_row_keys_counts_and_severity_are_metadata() -> None:
    database = duckdb.connect()
    database.execute("CREATE SCHEMA persons")
    database.execute(HOUSEHOLDS.ddl())
    database.execute("INSERT INTO persons.household VALUES (?, 7, 'c')", [CANARY])

    results = {one.check_name: one for one in check_results(tonight(judge(database, RULES)))}

    def metadata(check: str) -> dict[str, object]:
        return {name: entry.value for name, entry in results[check].metadata.items()}

    assert metadata("kind_is_a") == {"at_fault": 1, "judged": 1, "row_keys": [{"record_id": 7}]}
    assert results["kind_is_a"].description == "1 of 1 at fault. Wanted: The kind is a."
    assert metadata("columns_filled") == {"at_fault": 0, "judged": 1}


def test_a_check_of_several_rules_says_which_of_them_failed() -> None:
    database = duckdb.connect()
    database.execute("CREATE SCHEMA persons")
    database.execute(HOUSEHOLDS.ddl().replace("NOT NULL", ""))
    database.execute("INSERT INTO persons.household VALUES (NULL, 7, 'a'), (?, NULL, 'b')", [CANARY])
    rules = [filled(HOUSEHOLDS, "household_ref"), filled(HOUSEHOLDS, "record_id"), filled(HOUSEHOLDS, "nobody")]

    (result,) = check_results(tonight(judge(database, rules)))

    assert not result.passed
    assert result.metadata["at_fault"].value == 2
    assert result.metadata["broken"].value == ["nobody_filled"]
    assert result.metadata["row_keys"].value == [
        {"rule": "household_ref_filled", "record_id": 7},
        {"rule": "record_id_filled", "record_id": None},
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_check_may_stop_the_run_and_says_its_severity(rule: Rule) -> None:
    (spec,) = check_specs([rule])

    assert spec.blocking
    assert spec.asset_key == dg.AssetKey(["persons", "household"])
    assert spec.metadata["severity"] == rule.severity


def test_a_verdict_that_stands_says_since_when() -> None:
    since = Made("v", "4f0c9a2b-run", dt.datetime(2026, 11, 21, 19))
    two = [(Verdict(rule, "passed", "Well."), since) for rule in RULES]

    results = {one.check_name: one for one in check_results(two)}

    assert results["kind_is_a"].metadata["unchanged_since"].value == "2026-11-21T19:00:00+00:00, run 4f0c9a2b"


def test_a_check_of_which_one_verdict_is_tonights_is_not_unchanged() -> None:
    filled_columns = [filled(HOUSEHOLDS, "household_ref"), filled(HOUSEHOLDS, "record_id")]
    since = Made("v", "4f0c9a2b-run", dt.datetime(2026, 11, 21, 19))
    found = [
        (Verdict(rule, "passed", "Well."), stands) for rule, stands in zip(filled_columns, (since, None), strict=True)
    ]

    (result,) = check_results(found)

    assert "unchanged_since" not in result.metadata
