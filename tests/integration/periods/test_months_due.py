"""Which months do not rest on what is in force for them, and which deliveries must wait."""

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from integration.contracts import contracts
from integration.intake import prepare
from integration.periods import (
    asked,
    clock_trouble,
    early_deliveries,
    failed_before,
    months_due,
    newest_month_day,
    remember_outcome,
)
from integration.periods.due import rests_on
from integration.records.in_force import in_force_by_dataset, month_end
from warehouse.database import Connection
from warehouse.errors import PadanError
from warehouse.publication import Publication, Snapshot, current_publication, is_late, publications_in_line, publish
from warehouse.settings import Home

TODAY = dt.date(2026, 11, 22)
_number = itertools.count()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def con() -> Iterator[Connection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA agency_extracts")
        prepare(connection, list(contracts().values()))
        yield connection


def deliver(con: Connection, dataset: str, month: str) -> None:
    """Let a delivery come into force, in place of the one of that month."""
    con.execute(
        "UPDATE agency_extracts.delivery SET status = 'superseded' WHERE dataset = ? AND period = ?", [dataset, month]
    )
    con.execute(
        "INSERT INTO agency_extracts.delivery BY NAME SELECT ? AS delivery_id, 'a' AS agency, ? AS dataset, "
        "'35.09' AS kab_code, ? AS period, ?::DATE AS snapshot_date, 'in_force' AS status, true AS manifest, "
        "TIMESTAMP '2026-11-01' AS received_at, 'r' AS run_id",
        [f"delivery {next(_number)}", dataset, month, month_end(month)],
    )


def night(con: Connection, home: Home, month: str) -> Publication:
    facts = {
        "period": month,
        "period_end": month_end(month).isoformat(),
        "deliveries": rests_on(in_force_by_dataset(con, month_end(month))),
    }
    tables = [Snapshot("targeting", "SELECT 1 AS n")]
    return publish(con, home, tables, f"{next(_number):08}", facts, beside=is_late(home, month))


def everything(con: Connection, month: str) -> None:
    for one in contracts().values():
        deliver(con, one.dataset, month)


def due(con: Connection, home: Home, before: str) -> dict[str, str]:
    return {one.month: one.because for one in months_due(con, home, before)}


def three_months(con: Connection, home: Home) -> None:
    for month in ("2026-08", "2026-09", "2026-10"):
        everything(con, month)
        night(con, home, month)


def test_nothing_is_due_while_months_follow_each_other(con: Connection, home: Home) -> None:
    assert due(con, home, "2026-08") == {}
    three_months(con, home)
    night(con, home, "2026-10")
    everything(con, "2026-11")

    assert due(con, home, "2026-11") == {}


def test_a_late_delivery_makes_its_month_due_and_that_the_months_after_it(con: Connection, home: Home) -> None:
    three_months(con, home)
    everything(con, "2026-11")
    newest = night(con, home, "2026-11")
    deliver(con, "siga_krs", "2026-08")

    assert due(con, home, "2026-11") == {"2026-08": "late delivery of siga_krs"}
    night(con, home, "2026-08")
    assert due(con, home, "2026-11") == {"2026-09": "2026-08, which it is compared with, was published again"}
    night(con, home, "2026-09")
    assert list(due(con, home, "2026-11")) == ["2026-10"]
    night(con, home, "2026-10")
    assert due(con, home, "2026-11") == {}
    assert current_publication(home) == newest
    night(con, home, "2026-11")
    assert due(con, home, "2026-12") == {}
    assert [one.facts["period"] for one in publications_in_line(home)][:5] == [
        "2026-11", "2026-10", "2026-09", "2026-08", "2026-11",
    ]  # fmt: skip


def test_events_count_for_every_month_after_them(con: Connection, home: Home) -> None:
    three_months(con, home)
    deliver(con, "dinkes_balita", "2026-08")

    assert due(con, home, "2026-10") == dict.fromkeys(("2026-08", "2026-09"), "late delivery of dinkes_balita")


def test_a_month_that_nobody_could_publish_is_placed_where_it_belongs(con: Connection, home: Home) -> None:
    for month in ("2026-08", "2026-10"):
        everything(con, month)
        night(con, home, month)
    for dataset in ("dukcapil_penduduk", "p3ke_keluarga"):
        deliver(con, dataset, "2026-09")
        deliver(con, dataset, "2026-07")  # before the first publication there is no history to mend

    assert due(con, home, "2026-10") == {"2026-09": "late delivery of dukcapil_penduduk"}


def test_a_publication_of_before_counts_as_resting_on_what_is_there(con: Connection, home: Home) -> None:
    everything(con, "2026-09")
    facts = {"period": "2026-09", "period_end": "2026-09-30", "deliveries": [{"dataset": "siga_krs", "period": "x"}]}
    publish(con, home, [Snapshot("targeting", "SELECT 1 AS n")], "00000000", facts)
    deliver(con, "siga_krs", "2026-09")

    assert due(con, home, "2026-10") == {}


def test_what_failed_is_not_tried_again_before_its_deliveries_change(con: Connection, home: Home) -> None:
    three_months(con, home)
    deliver(con, "siga_krs", "2026-09")
    (one,) = months_due(con, home, "2026-10")
    assert not failed_before(home, one)
    remember_outcome(home, one, published=False)
    assert failed_before(home, one)

    deliver(con, "siga_krs", "2026-09")
    (other,) = months_due(con, home, "2026-10")
    assert not failed_before(home, other)
    remember_outcome(home, one, published=True)
    assert not failed_before(home, one)


def test_a_month_that_has_not_come_waits(con: Connection, home: Home) -> None:
    everything(con, "2026-10")
    deliver(con, "siga_krs", "2062-10")

    assert newest_month_day(con, home, TODAY) == dt.date(2026, 10, 31)
    (one,) = early_deliveries(con, home, TODAY)
    assert "siga_krs for 2062-10 shows 2062-10-31, and today is 2026-11-22" in one.sentence(TODAY)
    assert newest_month_day(con, home, dt.date(2062, 10, 1)) == dt.date(2062, 10, 31)


def test_a_clock_that_would_hold_back_nearly_everything_is_not_believed(con: Connection, home: Home) -> None:
    everything(con, "2026-10")
    assert newest_month_day(con, home, dt.date(2025, 1, 1)) == dt.date(2026, 10, 31)
    assert early_deliveries(con, home, dt.date(2025, 1, 1)) == []

    everything(con, "2026-08")
    night(con, home, "2026-10")
    assert newest_month_day(con, home, dt.date(2026, 9, 1)) == dt.date(2026, 10, 31)  # it is published already


def test_a_clock_behind_the_publication_in_force_is_told(con: Connection, home: Home) -> None:
    assert clock_trouble(home, dt.datetime.now(dt.UTC)) is None
    everything(con, "2026-10")
    night(con, home, "2026-10")
    assert clock_trouble(home, dt.datetime.now(dt.UTC)) is None
    told = clock_trouble(home, dt.datetime.now(dt.UTC) - dt.timedelta(days=2))
    assert told
    assert "set the clock" in told


def test_months_are_asked_for_by_name() -> None:
    assert asked("2026-10") == ["2026-10"]
    assert asked("2025-11..2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-10..2026-08", "2026-10-01", "1900-01..2026-01"])
def test_what_names_no_months_is_a_sentence(text: str) -> None:
    with pytest.raises(PadanError, match=r"names no months|ask for fewer"):
        asked(text)
