"""Dates in every form of contracts §0, and what must hold of any text."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.cleaning.dates import EARLIEST_YEAR, LATEST_YEAR, MONTHS, WrittenDate, read_date

YEAR = 2026
any_date = st.dates(date(EARLIEST_YEAR, 1, 1), date(LATEST_YEAR, 12, 31)).filter(lambda day: day != date(1900, 1, 1))


@given(st.one_of(st.text(), st.text(alphabet="0123456789/-. :TZJanMei", max_size=20)), st.integers(2000, 2099))
def test_any_text_is_read_or_refused(written: str, snapshot_year: int) -> None:
    found = read_date(written, snapshot_year)
    if found is not None:
        assert found.says_none == (found.day_first is None and found.month_first is None)


@given(any_date, st.sampled_from(["", " 00:00:00", "T10:11:12", " 10:11"]))
def test_an_iso_date_is_itself(day: date, time: str) -> None:
    assert read_date(day.isoformat() + time, YEAR) == WrittenDate(day)


@given(any_date, st.sampled_from(["{0:%d}/{0:%m}/{0:%Y}", "{0.day}-{0.month}-{0.year}", "{0:%d}.{0:%m}.{0:%Y}"]))
def test_day_first_is_read_back_and_month_first_offered_where_it_is_a_date(day: date, form: str) -> None:
    found = read_date(form.format(day), YEAR)
    assert found is not None
    assert found.day_first == day
    assert (found.month_first is not None) == (day.day <= 12)
    assert found.ambiguous == (day.day <= 12 and day.day != day.month)


@given(any_date.filter(lambda day: day.day > 12))
def test_what_is_only_a_month_first_date_has_no_day_first(day: date) -> None:
    assert read_date(f"{day.month:02}/{day.day:02}/{day.year}", YEAR) == WrittenDate(None, day)


@given(any_date, st.sampled_from(sorted(MONTHS)), st.sampled_from(["{} {} {}", "{}-{}-{}", "{} {}, {}"]))
def test_month_names_of_both_languages(day: date, name: str, form: str) -> None:
    try:
        expected = day.replace(month=MONTHS[name])
    except ValueError:
        return
    if expected != date(1900, 1, 1):
        assert read_date(form.format(day.day, name.title(), day.year), YEAR) == WrittenDate(expected)


@given(st.dates(date(1927, 1, 1), date(2026, 12, 31)))
def test_two_digit_years_are_not_after_the_snapshot_year(day: date) -> None:
    found = read_date(f"{day:%d-%m-%y}", YEAR)
    assert found is not None
    assert (found.day_first, found.two_digit_year) == (day, True)


@given(st.integers(20_000, 60_000), st.sampled_from(["", ".0", ".75"]))
def test_excel_serials(serial: int, fraction: str) -> None:
    assert read_date(f"{serial}{fraction}", YEAR) == WrittenDate(date(1899, 12, 30) + timedelta(days=serial))


@pytest.mark.parametrize(
    "written",
    ["0000-00-00", "1900-01-00", "01/01/1900", "1900-01-01", "00/00/0000", "1/0/1900", "0", "-", "", "KOSONG", "null"],
)
def test_a_cell_can_say_that_there_is_no_date(written: str) -> None:
    assert read_date(written, YEAR) == WrittenDate(says_none=True)


@pytest.mark.parametrize(
    "written",
    ["31/02/2024", "29-02-2023", "2024-13-01", "19999", "60001", "besok", "5-Mar", "12/2024", "2024", "1/2/024"],
)
def test_what_is_no_date_is_unreadable_not_null(written: str) -> None:
    assert read_date(written, YEAR) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("25-Agt-24", date(2024, 8, 25)),
        ("25 DESEMBER 2024", date(2024, 12, 25)),
        ("5 Nop 1998", date(1998, 11, 5)),
        ("December 25, 2024", date(2024, 12, 25)),
        ("45000.0", date(2023, 3, 15)),
        ("2024/12/25", date(2024, 12, 25)),
        (" 25 - 12 - 2024 ".replace(" - ", "-"), date(2024, 12, 25)),
    ],
)
def test_dates_as_offices_write_them(written: str, expected: date) -> None:
    found = read_date(written, YEAR)
    assert found is not None
    assert found.day_first == expected
