"""The region reference, codes, and which village a written pair means."""

from collections.abc import Iterator

import duckdb
import pytest

from integration.cleaning.regions import load_regions, resolve_regions


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        load_regions(connection)
        yield connection


def value(connection: duckdb.DuckDBPyConnection, query: str, *values: object) -> object:
    return connection.execute(query, list(values)).fetchall()[0][0]


def resolve(
    connection: duckdb.DuckDBPyConnection, kab: str, kec: str | None, village: str | None
) -> tuple[object, ...]:
    connection.execute("CREATE OR REPLACE TEMP TABLE written (kab_code TEXT, kec_text TEXT, village_text TEXT)")
    connection.execute("INSERT INTO written VALUES (?, ?, ?)", [kab, kec, village])
    resolve_regions(connection, "FROM written")
    return connection.execute("SELECT kec_code, village_code, how FROM clean_records.spelling_region").fetchall()[0]


def test_the_reference_is_the_2025_edition_and_hangs_together(connection: duckdb.DuckDBPyConnection) -> None:
    levels = connection.execute(
        "SELECT level, count(*) FROM clean_records.region GROUP BY level ORDER BY level"
    ).fetchall()
    assert levels == [(1, 38), (2, 514), (3, 7285), (4, 83762)]
    orphans = (
        "SELECT count(*) FROM clean_records.region AS r ANTI JOIN clean_records.region AS p ON p.code = r.parent_code"
    )
    assert value(connection, f"{orphans} WHERE r.level > 1") == 0
    assert (
        value(connection, "SELECT count(*) FROM clean_records.region WHERE compare_name IS NULL OR name <> trim(name)")
        == 0
    )
    assert value(connection, "SELECT count(DISTINCT code) = count(*) FROM clean_records.region")


@pytest.mark.parametrize(
    ("kab", "kecamatan", "villages", "kelurahan"), [("35.09", 31, 248, 22), ("35.14", 24, 365, 24)]
)
def test_jember_and_pasuruan_are_complete(
    connection: duckdb.DuckDBPyConnection, kab: str, kecamatan: int, villages: int, kelurahan: int
) -> None:
    found = connection.execute(
        "SELECT count(*) FILTER (level = 3), count(*) FILTER (level = 4), count(*) FILTER (code[10] = '1') "
        "FROM clean_records.region WHERE kab_code = ?",
        [kab],
    ).fetchall()[0]
    assert found == (kecamatan, villages, kelurahan)


def test_every_village_of_the_country_is_found_by_its_own_name(connection: duckdb.DuckDBPyConnection) -> None:
    resolve_regions(
        connection,
        "SELECT v.kab_code, k.name AS kec_text, v.name AS village_text FROM clean_records.region AS v "
        "JOIN clean_records.region AS k ON k.code = v.kec_code WHERE v.level = 4",
    )
    wrong = value(
        connection,
        "SELECT count(*) FROM clean_records.spelling_region AS s "
        "JOIN clean_records.region AS r ON r.code = s.village_code "
        "JOIN clean_records.region AS k ON k.code = s.kec_code WHERE r.name <> s.village_text OR k.name <> s.kec_text",
    )
    found = value(connection, "SELECT count(*) FILTER (how = 'exact') / count(*) FROM clean_records.spelling_region")
    assert wrong == 0
    assert isinstance(found, float)
    assert found > 0.999  # the rest are villages of one name in one kecamatan


@pytest.mark.parametrize(
    ("kab", "kec", "village", "code", "how"),
    [
        ("35.09", "KALISAT", "GLAGAHWERO", "35.09.27.2006", "exact"),
        ("35.09", "Kec. Kalisat", "Ds. Glagah Wero", "35.09.27.2006", "exact"),
        ("35.09", "SUMBER SARI", "Kel. Sumber-Sari", "35.09.21.1002", "exact"),
        ("35.14", "KEJAYAN", "TUNDOSURO/TUNDOSOR O", "35.14.06.2021", "exact"),
        ("35.09", "BALUNG", "BALUNG LORR", "35.09.10.2005", "fuzzy"),
        ("35.09", "MUMBULSARE", "LENGKONG", "35.09.23.2001", "fuzzy"),
        ("35.09", "RAMBIPUJI", "TJURAHMALANG", "35.09.13.2002", "fuzzy"),
        ("35.09", "BANGSALSARI", "SOEKOREDJO", "35.09.09.2006", "fuzzy"),
        ("35.14", "KEJAYAN", "ORO ORO PULEH", "35.14.06.2001", "fuzzy"),
        ("35.09", None, "TUTUL", "35.09.10.2003", "village_only"),
        ("35.09", "???", "TUTUL", "35.09.10.2003", "village_only"),
    ],
)
def test_names_as_they_are_written(
    connection: duckdb.DuckDBPyConnection, kab: str, kec: str | None, village: str, code: str, how: str
) -> None:
    assert resolve(connection, kab, kec, village) == (code[:8], code, how)


@pytest.mark.parametrize(
    ("kec", "village", "kec_code"),
    [
        ("BANGSALSARI", "SUKORENO", "35.09.09"),  # Sukoreno is in Kalisat and Umbulsari; Bangsalsari has Sukorejo
        ("PATRANG", "GELANG", "35.09.20"),  # Patrang has Gebang
        ("BALUNG", "BANGIL", "35.09.10"),
        ("BALUNG", "-", "35.09.10"),
        ("BALUNG", None, "35.09.10"),
        (None, "GLAGAHWERO", None),  # twice in Jember
        ("BANGIL", "TUTUL", None),  # a kecamatan of Pasuruan: the row speaks of another kabupaten
        ("KRATON", "TAMBAKREJO", None),
        (None, None, None),
    ],
)
def test_near_pairs_and_other_kabupaten_are_not_guessed(
    connection: duckdb.DuckDBPyConnection, kec: str | None, village: str | None, kec_code: str | None
) -> None:
    found = resolve(connection, "35.09", kec, village)
    assert found == (kec_code, None, "kecamatan_only" if kec_code else None)


def test_each_distinct_spelling_has_one_row(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [("35.09", "BALUNG", "TUTUL")] * 3 + [
        ("35.09", None, "TUTUL"),
        ("35.09", "BALUNG", None),
        ("35.14", "BALUNG", "TUTUL"),
    ]
    connection.execute("CREATE OR REPLACE TEMP TABLE written (kab_code TEXT, kec_text TEXT, village_text TEXT)")
    connection.executemany("INSERT INTO written VALUES (?, ?, ?)", rows)
    resolve_regions(connection, "FROM written")
    found = connection.execute("SELECT kab_code, kec_text, village_text FROM clean_records.spelling_region").fetchall()
    assert sorted(map(str, found)) == sorted(map(str, set(rows)))


@pytest.mark.parametrize(
    ("parts", "system", "expected"),
    [
        (("35", "9", "27", "2006"), "kemendagri", "35.09.27.2006"),
        (("35", "35.09", "35.09.27", "35.09.27.2006"), None, "35.09.27.2006"),
        (("35", "3509", "350927", "3509272006"), "kemendagri", "35.09.27.2006"),
        (("35", "3509", "27", "2006"), "kemendagri", "35.09.27.2006"),
        (("35", "3509", "3509270", "3509270006"), "bps", None),
        (("35", "3509", "350927", "3509272006"), None, None),
        (("35", "9", "27", None), "kemendagri", "35.09.27"),
        (("35", "9", None, "2006"), "kemendagri", "35.09"),
        ((None, None, None, None), "kemendagri", None),
    ],
)
def test_codes_in_every_form(
    connection: duckdb.DuckDBPyConnection, parts: tuple[str | None, ...], system: str | None, expected: str | None
) -> None:
    assert value(connection, "SELECT region_code_of_parts(?, ?, ?, ?, ?)", *parts, system) == expected
