"""NIK and KK through a real DuckDB."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.cleaning.macros import define_macros
from integration.cleaning.null_tokens import NULL_TOKENS, is_null_token

kecamatan = st.sampled_from(["350927", "351406", "110101"])
sexes = st.sampled_from(["L", "P"])
births = st.dates(date(1927, 1, 1), date(2026, 12, 31))
serials = st.integers(1, 9999)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        define_macros(connection)
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, expression: str, *values: object) -> object:
    return connection.execute(f"SELECT {expression}", list(values)).fetchall()[0][0]


def nik(region: str, birth: date, sex: str, serial: int) -> str:
    return f"{region}{birth.day + (40 if sex == 'P' else 0):02}{birth:%m%y}{serial:04}"


def status(
    connection: duckdb.DuckDBPyConnection, written: str | None, *, known: bool = True, kind: str = "nik"
) -> object:
    return ask(connection, f"{kind}_status($1, clean_id($1), $2, '3509')", written, known)


@settings(max_examples=50, deadline=None)
@given(region=kecamatan, birth=births, sex=sexes, serial=serials)
def test_a_nik_gives_back_what_it_was_made_of(
    connection: duckdb.DuckDBPyConnection, region: str, birth: date, sex: str, serial: int
) -> None:
    number = nik(region, birth, sex, serial)
    found = connection.execute(
        "SELECT nik_birth_date($1, 2026), nik_sex($1), id_kecamatan($1), clean_id($1), id_prefix($1)", [number]
    ).fetchall()[0]
    assert found == (birth, sex, f"{region[:2]}.{region[2:4]}.{region[4:]}", number, None)
    own = region.startswith("3509")
    expected = "placeholder" if number[:4] in ("9999", "0000") else "valid" if own else "valid_foreign"
    assert status(connection, number) == expected
    assert status(connection, number, known=False) == "unknown_region"


@settings(max_examples=50, deadline=None)
@given(region=kecamatan, birth=births, sex=sexes, serial=serials, data=st.data())
def test_what_clerks_and_spreadsheets_add_is_taken_off(
    connection: duckdb.DuckDBPyConnection, region: str, birth: date, sex: str, serial: int, data: st.DataObject
) -> None:
    number = nik(region, birth, sex, serial)
    noise = st.lists(st.sampled_from(["'", "`", " ", ".", "-", "\u00a0", "\u200b", "’"]), max_size=3).map("".join)
    written = "".join(data.draw(noise) + digit for digit in number) + " "
    assert ask(connection, "clean_id($1)", written) == number
    assert status(connection, written) == status(connection, number)


@settings(max_examples=50, deadline=None)
@given(region=kecamatan, birth=births, sex=sexes, serial=serials)
def test_a_numeric_cell_is_exact_unless_its_last_digit_was_lost(
    connection: duckdb.DuckDBPyConnection, region: str, birth: date, sex: str, serial: int
) -> None:
    number = nik(region, birth, sex, serial)
    if number.endswith("0"):
        assert status(connection, f"{number}.0") == "truncated"
        assert ask(connection, "clean_id($1)", f"{number}.0") is None
        prefix = ask(connection, "id_prefix($1)", f"{number}.0")
        assert isinstance(prefix, str)
        assert 6 <= len(prefix) <= 10
        assert number.startswith(prefix)
    else:
        assert ask(connection, "clean_id($1)", f"{number}.0") == number
        assert status(connection, f"{number}.0") == status(connection, number)


@pytest.mark.parametrize(
    ("written", "expected", "prefix"),
    [
        ("3509276505230001", "valid", None),
        ("3509270105230001", "valid", None),
        ("3514060105230001", "valid_foreign", None),
        ("3509273205230001", "bad_date", None),
        ("3509277205230001", "bad_date", None),
        ("3509272902230001", "bad_date", None),
        ("3509272902240001", "valid", None),
        ("3509272902000001", "valid", None),
        ("350927650523001", "bad_length", None),
        ("35092765052300011", "bad_length", None),
        ("TIDAK PUNYA", "bad_length", None),
        ("9999999999999999", "placeholder", None),
        ("9999270105230001", "placeholder", None),
        ("0000270105230001", "placeholder", None),
        ("3509270105230000", "placeholder", None),
        ("1234567890123456", "placeholder", None),
        ("35092***********", "masked", "35092"),
        ("350927**********", "masked", "350927"),
        ("3.50927E+15", "truncated", "350927"),
        ("3,50927650523E+15", "truncated", "3509276505"),
        ("3.5E+15", "truncated", "350000"),
        ("", "missing", None),
        ("-", "missing", None),
        ("0", "missing", None),
        ("KOSONG", "missing", None),
        (None, "missing", None),
    ],
)
def test_the_status_of_a_nik(
    connection: duckdb.DuckDBPyConnection, written: str | None, expected: str, prefix: str | None
) -> None:
    assert status(connection, written) == expected
    assert ask(connection, "id_prefix($1)", written) == prefix


def test_a_kk_number_has_no_forty(connection: duckdb.DuckDBPyConnection) -> None:
    assert status(connection, "3509271506170003", kind="kk") == "valid"
    assert status(connection, "3509275506170003", kind="kk") == "bad_date"


@settings(max_examples=50, deadline=None)
@given(st.text().filter(lambda text: "\0" not in text))
def test_any_text_has_a_status(connection: duckdb.DuckDBPyConnection, written: str) -> None:
    assert status(connection, written) in {
        "valid",
        "valid_foreign",
        "unknown_region",
        "bad_date",
        "bad_length",
        "placeholder",
        "masked",
        "truncated",
        "missing",
    }


@settings(max_examples=50, deadline=None)
@given(
    st.one_of(st.sampled_from(sorted(NULL_TOKENS)), st.text(alphabet="abkKoOsSnNgG-. \t", max_size=8)), st.booleans()
)
def test_null_tokens_are_the_same_in_python_and_sql(
    connection: duckdb.DuckDBPyConnection, token: str, upper: bool
) -> None:
    written = f" {token.upper() if upper else token}\t"
    assert (ask(connection, "not_null_token($1)", written) is None) == is_null_token(written)
