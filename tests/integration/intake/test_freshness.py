"""Promises kept and broken: judged on deliveries in force, by the calendar of the promise."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.contracts import Promise, contract, contracts
from integration.intake import prepare
from integration.intake.freshness import MONTHS, Freshness, freshness, judge
from integration.intake.promises import promises_of
from warehouse.database import writer
from warehouse.errors import DeclarationError
from warehouse.settings import Home

MONTHLY = Promise("month", 10)
BALITA = contract("dinkes_balita")
RECEIVED = dt.datetime(2026, 11, 5, 20, 0)


def on(today: str, newest: str | None, promise: Promise | None = MONTHLY) -> Freshness:
    return judge(BALITA, promise, newest, RECEIVED if newest else None, dt.date.fromisoformat(today))


@pytest.mark.parametrize(
    ("today", "newest", "wanted", "due", "late"),
    [
        ("2026-11-10", "2026-09", "2026-10", "2026-11-10", 0),
        ("2026-11-11", "2026-09", "2026-10", "2026-11-10", 1),
        ("2026-11-11", "2026-10", "2026-11", "2026-12-10", 0),
        ("2027-01-01", "2026-11", "2026-12", "2027-01-10", 0),
        ("2027-01-12", "2026-11", "2026-12", "2027-01-10", 2),
        ("2026-12-31", "2026-11", "2026-12", "2027-01-10", 0),
        ("2026-11-22", "2026-05", "2026-06", "2026-07-10", 135),
        ("2026-11-11", None, "2026-10", "2026-11-10", 1),
        ("2026-11-05", None, "2026-09", "2026-10-10", 26),
    ],
)
def test_a_month_is_late_from_the_day_after_it_was_promised(
    today: str, newest: str | None, wanted: str, due: str, late: int
) -> None:
    found = on(today, newest)

    assert (found.wanted, str(found.due), found.late_by_days) == (wanted, due, late)
    assert found.on_time == (late == 0)


@pytest.mark.parametrize(
    ("every", "today", "newest", "wanted", "due"),
    [
        ("quarter", "2026-11-22", "2026-07", "2026-12", "2027-01-10"),  # any month of July to September fulfils it
        ("quarter", "2026-11-22", "2026-06", "2026-09", "2026-10-10"),
        ("half_year", "2026-11-22", "2026-02", "2026-12", "2027-01-10"),
        ("year", "2027-01-11", "2025-12", "2026-12", "2027-01-10"),
    ],
)
def test_longer_spans_are_those_of_the_calendar(every: str, today: str, newest: str, wanted: str, due: str) -> None:
    found = on(today, newest, Promise(every, 10))  # type: ignore[arg-type]

    assert (found.wanted, str(found.due)) == (wanted, due)


def test_it_says_who_owes_what_since_when() -> None:
    assert on("2026-11-22", "2026-09").sentence == (
        "Dinas Kesehatan, dinkes_balita: 2026-10 was promised by 2026-11-10 and is 12 days late; "
        "the newest is 2026-09, received on 2026-11-06. Ask the agency for it."
    )  # received in the evening of UTC: it was the next day in Jakarta
    assert "none is in force of a month that has come" in on("2026-11-22", None).sentence
    assert on("2026-11-22", "2026-10").sentence.endswith("2026-11 is promised by 2026-12-10.")
    assert on("2026-11-22", "2020-01", None).sentence.endswith("no further delivery was promised.")


days = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))
promises = st.builds(Promise, st.sampled_from(sorted(MONTHS)), st.integers(1, 27))


@given(days, days, promises)
def test_what_is_kept_is_what_is_not_late_once_its_day_has_passed(
    today: dt.date, of: dt.date, promise: Promise
) -> None:
    found = on(str(today), f"{of:%Y-%m}", promise)

    assert found.due is not None
    assert found.wanted is not None
    assert found.late_by_days == max(0, (today - found.due).days)
    assert found.wanted > f"{of:%Y-%m}"
    if found.kept:
        assert found.on_time
    elif today.day > promise.by_day:
        assert found.late_by_days > 0 or MONTHS[promise.every] > 1


@given(days, st.integers(1, 400), days, promises)
def test_time_alone_never_makes_anything_fresher(today: dt.date, later: int, of: dt.date, promise: Promise) -> None:
    now, then = (on(str(day), f"{of:%Y-%m}", promise) for day in (today, today + dt.timedelta(days=later)))

    assert then.late_by_days >= now.late_by_days


def test_refused_and_replaced_deliveries_do_not_count(tmp_path: Path) -> None:
    with writer(Home(tmp_path / "home")) as connection:
        prepare(connection, list(contracts().values()))
        for number, (period, status) in enumerate(
            [("2026-09", "in_force"), ("2026-10", "refused"), ("2026-11", "superseded")]
        ):
            connection.execute(
                "INSERT INTO agency_extracts.delivery BY NAME SELECT ? AS delivery_id, 'health' AS agency, "
                "'dinkes_balita' AS dataset, '35.09' AS kab_code, ? AS period, DATE '2026-09-30' AS snapshot_date, "
                "? AS status, false AS manifest, TIMESTAMP '2026-10-05 01:00' AS received_at, 'run' AS run_id",
                [str(number), period, status],
            )
        found = {one.dataset: one for one in freshness(connection, dt.date(2026, 11, 22))}

    assert list(found) == list(contracts())
    assert (found["dinkes_balita"].newest, found["dinkes_balita"].late_by_days) == ("2026-09", 12)
    assert found["siga_krs"].newest is None
    assert found["siga_krs"].late_by_days > 0
    assert found["p3ke_keluarga"].on_time


def test_a_month_that_has_not_come_hides_no_broken_promise(tmp_path: Path) -> None:
    with writer(Home(tmp_path / "home")) as connection:
        prepare(connection, list(contracts().values()))
        for period in ("2026-09", "2027-10"):
            connection.execute(
                "INSERT INTO agency_extracts.delivery BY NAME SELECT ? AS delivery_id, 'health' AS agency, "
                "'dinkes_balita' AS dataset, '35.09' AS kab_code, ? AS period, last_day((? || '-01')::DATE) "
                "AS snapshot_date, 'in_force' AS status, false AS manifest, "
                "TIMESTAMP '2026-10-05 01:00' AS received_at, 'run' AS run_id",
                [period] * 3,
            )
        for today, newest, late in (("2026-11-22", "2026-09", 12), ("2027-10-01", "2027-10", 0)):
            (found,) = [
                one for one in freshness(connection, dt.date.fromisoformat(today)) if one.dataset == "dinkes_balita"
            ]
            assert (found.newest, found.late_by_days) == (newest, late)


def test_a_home_may_have_been_promised_something_else(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.promises.write_text("siga_krs: none\np3ke_keluarga: {every: year, by_day: 27}\n")

    promised = promises_of(home)

    assert promised["siga_krs"] is None
    assert promised["p3ke_keluarga"] == Promise("year", 27)
    assert promised["dinkes_balita"] == BALITA.promise == promises_of()["dinkes_balita"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("siga: none", "siga was found; known are"),
        ("siga_krs: monthly", "siga_krs: 'monthly' was found; it must be such as"),
        ("siga_krs: {every: week, by_day: 1}", "every is 'week'; it must be one of"),
        ("siga_krs: {every: month, by_day: 31}", "by_day: 31 was found; it must be a whole number from 1 to 27"),
        ("siga_krs: {every: month, by_day: true}", "by_day: True was found"),
        ("siga_krs: {every: month}", "by_day is not said"),
        ("- siga_krs", "list was found"),
    ],
)
def test_a_faulty_promise_is_said(tmp_path: Path, said: str, words: str) -> None:
    home = Home(tmp_path)
    home.promises.write_text(said)

    with pytest.raises(DeclarationError) as told:
        promises_of(home)

    assert words in str(told.value)
    assert "promises.yaml" in str(told.value)
