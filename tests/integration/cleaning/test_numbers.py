"""Numbers, units, RT and RW."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.cleaning.numbers import UNITS, Quantity, RtRw, read_number, read_quantity, read_rt_rw


@given(st.one_of(st.text(), st.text(alphabet="0123456789.,-+eE kgcm%", max_size=14)))
def test_any_text_is_a_finite_number_or_none(written: str) -> None:
    value = read_number(written)
    assert value is None or math.isfinite(value)


@given(st.decimals(-9999, 9999, places=2), st.sampled_from([".", ","]), st.sampled_from(["", " ", *UNITS]))
def test_decimal_point_and_comma_mean_the_same_and_units_do_not_matter(number: object, sign: str, unit: str) -> None:
    assert read_number(f"{number}".replace(".", sign) + f" {unit}") == pytest.approx(float(str(number)))


@given(st.integers(1_000_000, 10**12))
def test_repeated_separators_are_thousands(number: int) -> None:
    assert read_number(f"{number:,}") == number
    assert read_number(f"{number:,}".replace(",", ".")) == number
    assert read_number(f"{number:,}".replace(",", ".") + ",5") == number + 0.5


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.234", Quantity(1.234, None)),
        ("1,234", Quantity(1.234, None)),
        ("1.234,5", Quantity(1234.5, None)),
        ("1,234.5", Quantity(1234.5, None)),
        ("12,5 kg", Quantity(12.5, "kg")),
        ("11,2 gr%", Quantity(11.2, "g/dl")),
        ("28 mgg", Quantity(28.0, "week")),
        ("18 bln", Quantity(18.0, "month")),
        ("2900 gr.", Quantity(2900.0, "g")),
        ("−2,66", Quantity(-2.66, None)),
        ("8.4000000000000004", Quantity(8.4, None)),
        (".5", Quantity(0.5, None)),
        ("0", Quantity(0.0, None)),
    ],
)
def test_numbers_as_clerks_write_them(written: str, expected: Quantity) -> None:
    assert read_quantity(written) == expected


@pytest.mark.parametrize(
    "written", ["-", "", "KOSONG", "Outlier", "120/80", "1.23.4", "1,2,3", "12 kg cm", "<5", "nan", "inf", "1e999"]
)
def test_anything_but_one_number_is_none(written: str) -> None:
    assert read_number(written) is None


@given(
    st.integers(0, 999),
    st.sampled_from(["{}", "{:02}", "{:03}", "RT {}", "RW.{:02}", " {} ", "{}.0", "rt{}", "RT: {}"]),
)
def test_one_number_is_rt_or_rw_as_the_column_says(number: int, form: str) -> None:
    expected = f"{number:03}" if number else None
    assert read_rt_rw(form.format(number)) == RtRw(expected, expected)


@given(
    st.integers(0, 999),
    st.integers(0, 999),
    st.sampled_from(
        ["{}/{}", "{:03}/{:03}", "RT {} RW {}", "RT.{:02}/RW.{:02}", "RT{:02}RW{:02}", "RT/RW {:03}/{:03}", "{} - {}"]
    ),
)
def test_two_numbers_give_each_its_own(rt: int, rw: int, form: str) -> None:
    assert read_rt_rw(form.format(rt, rw)) == RtRw(f"{rt:03}" if rt else None, f"{rw:03}" if rw else None)


@pytest.mark.parametrize(
    "written", ["3-Jan", "03-Jan", "2026-01-03 00:00:00", "Jan-03", "05-Mar", "3-Mei", "2026-01-03"]
)
def test_a_date_is_mangled_and_not_guessed(written: str) -> None:
    assert read_rt_rw(written) == RtRw(mangled=True)


def test_of_equal_day_and_month_the_order_does_not_matter() -> None:
    assert read_rt_rw("05-May") == RtRw("005", "005", mangled=True)


@given(st.text())
def test_any_text_in_an_rt_column_is_three_digits_or_null(written: str) -> None:
    found = read_rt_rw(written)
    for number in (found.rt, found.rw):
        assert number is None or (len(number) == 3 and number.isdigit() and number != "000")
