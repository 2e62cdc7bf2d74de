import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest
from indicator_world import (
    KAB,
    PERIOD,
    PERIOD_END,
    VILLAGES,
    add,
    deliver_deaths,
    empty_world,
    place_of,
    random_world,
)
from recomputed import SHARES, Recount, agrees

from integration.indicators import build_indicators, build_report_month, load_indicators
from warehouse.database import rows


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = random_world(1200)
    build_indicators(con, period=PERIOD, period_end=PERIOD_END)
    yield con
    con.close()


@pytest.fixture(scope="module")
def recount(con) -> Recount:
    return Recount(con, PERIOD_END)


def test_every_number_agrees_with_the_one_recomputed(con, recount) -> None:
    agrees(con, recount)


def test_the_public_table_is_the_full_one_without_what_is_hidden(con) -> None:
    different = """
        SELECT count(*) FROM targeting.report_month AS p JOIN targeting.report_month_full AS f
        USING (period, region_level, region_code, indicator_code)
        WHERE p.suppressed <> f.suppressed OR CASE
            WHEN p.suppressed THEN coalesce(p.numerator, p.denominator, p.value, p.coverage) IS NOT NULL
            ELSE (p.numerator, p.denominator, p.value, p.coverage)
                IS DISTINCT FROM (f.numerator, f.denominator, f.value, f.coverage) END
    """
    hidden, shown = rows(con, "SELECT sum(suppressed::INT), sum((NOT suppressed)::INT) FROM targeting.report_month")[0]

    assert rows(con, different) == [(0,)]
    assert hidden > 0
    assert shown > 0


def hidden_regions(con, code: str) -> set[str]:
    found = rows(con, f"SELECT region_code FROM targeting.report_month WHERE indicator_code = '{code}' AND suppressed")
    return {region for (region,) in found}


@pytest.mark.parametrize("code", [one.code for one in load_indicators().indicators if one.within])
def test_what_is_part_of_a_hidden_number_is_hidden(con, code: str) -> None:
    within = next(one.within for one in load_indicators().indicators if one.code == code)

    assert within is not None
    assert hidden_regions(con, within) <= hidden_regions(con, code)


@pytest.mark.parametrize(("code", "other"), [("I05", "I07"), ("I09", "I14"), ("I20d", "I20e"), ("I20d", "I20f")])
def test_numbers_that_give_each_other_away_are_hidden_together(con, code: str, other: str) -> None:
    assert hidden_regions(con, code) == hidden_regions(con, other)


def test_nothing_small_is_published(con) -> None:
    small = """
        SELECT count(*) FROM targeting.report_month
        WHERE indicator_code <> 'I19a' AND (numerator BETWEEN 1 AND 4 OR denominator BETWEEN 1 AND 4
            OR (unit = 'percent' AND denominator - numerator BETWEEN 1 AND 4))
    """

    assert rows(con, small) == [(0,)]


def test_there_is_a_row_for_every_indicator_and_every_region(con) -> None:
    regions = {KAB, *VILLAGES, *(one[:8] for one in VILLAGES)}
    codes = {one.code for one in load_indicators().indicators}

    found = rows(con, "SELECT indicator_code, region_code FROM targeting.report_month")

    assert set(found) == {(code, region) for code in codes for region in regions}
    assert len(found) == len(codes) * len(regions)
    assert {code[:3] for code in codes} == {f"I{n:02}" for n in range(1, 25)}


def test_what_no_contract_has_a_source_for_says_so(con) -> None:
    found = rows(con, "SELECT DISTINCT indicator_code, numerator, denominator, value, suppressed, source_note "
                 "FROM targeting.report_month WHERE source_note = 'no source in contract'")  # fmt: skip

    assert sorted(row[0] for row in found) == ["I10", "I11", "I12", "I13", "I15", "I16"]
    assert {row[1:5] for row in found} == {(None, None, None, False)}


def cell(con, code: str, region: str) -> dict[str, object]:
    con.execute(
        "SELECT * FROM targeting.report_month_full WHERE indicator_code = ? AND region_code = ?", [code, region]
    )
    names = [one[0] for one in con.description]
    return dict(zip(names, con.fetchone(), strict=True))


def child(n: int, village: str = VILLAGES[0], **values: object) -> dict[str, object]:
    return {
        "target_id": f"T{n}", "person_id": f"P{n}", "subject_type": "balita", "gaps": [], "gaps_unknown": [],
        **place_of(village), **values,
    }  # fmt: skip


def test_where_nobody_is_measured_the_prevalence_is_unknown_and_not_nought() -> None:
    con = empty_world()
    add(con, "targeting.targeting", [child(n, stunting_status="tidak_diukur") for n in range(20)])
    build_report_month(con, period=PERIOD, period_end=PERIOD_END)

    found = cell(con, "I01", VILLAGES[0])

    assert (found["numerator"], found["denominator"], found["value"], found["coverage"]) == (0, 0, None, 0)
    assert found["data_quality"] == "tidak_diketahui"
    assert cell(con, "I01", VILLAGES[1])["data_quality"] == "tanpa_sasaran"


def test_a_village_with_one_child_is_hidden_and_cannot_be_had_from_its_kecamatan() -> None:
    con = empty_world()
    children = [child(0, is_stunted=True, stunting_status="pendek")]
    for n in range(1, 60):
        short = n % 3 == 0
        children.append(
            child(n, VILLAGES[n % 2 + 1], is_stunted=short, stunting_status="pendek" if short else "normal")
        )
    add(con, "targeting.targeting", children)
    build_report_month(con, period=PERIOD, period_end=PERIOD_END)

    hidden = {code for (code,) in rows(con, "SELECT region_code FROM targeting.report_month "
                                       "WHERE indicator_code = 'I01' AND suppressed")}  # fmt: skip

    assert VILLAGES[0] in hidden
    assert len(hidden & set(VILLAGES[:5])) == 2
    assert KAB not in hidden


def test_a_month_for_which_no_deaths_were_reported_is_unknown() -> None:
    con = empty_world()
    add(con, "targeting.targeting", [child(0)])
    deliver_deaths(con, ["2025-01"])
    build_report_month(con, period=PERIOD, period_end=PERIOD_END)

    month, year = cell(con, "I23a", KAB), cell(con, "I23b", KAB)

    assert (month["numerator"], month["value"], month["coverage"]) == (None, None, 0)
    assert (year["numerator"], year["value"], year["coverage"]) == (0, None, 0.5)
    assert year["data_quality"] == "cakupan_rendah"


def test_a_rate_is_of_twelve_months_that_end_with_this_one() -> None:
    con = empty_world()
    add(con, "targeting.targeting", [child(0)])
    deliver_deaths(con, [f"2024-{n:02}" for n in range(1, 13)] + ["2025-01", "2025-02"])
    months = ["2024-02", "2024-03", "2025-02"]
    add(con, "targeting.mortality_event", [
        {"event_id": month, "period": month, "kind": "ibu", **place_of(VILLAGES[0])} for month in months
    ])  # fmt: skip
    add(
        con,
        "targeting.live_births",
        [{"period": month, **place_of(VILLAGES[0]), "live_births": 50} for month in months],
    )
    build_report_month(con, period=PERIOD, period_end=PERIOD_END)

    found = cell(con, "I23c", KAB)

    assert (found["numerator"], found["denominator"], found["value"]) == (2, 100, 2000)


def test_a_village_is_free_of_open_defecation_only_when_every_family_is_known() -> None:
    con = empty_world()
    add(con, "targeting.targeting", [child(0)])
    homes = {
        VILLAGES[0]: ["tidak_babs", "babs_tertutup"],
        VILLAGES[1]: ["tidak_babs", None],
        VILLAGES[2]: ["babs_terbuka", None],
    }
    add(con, "targeting.family_status", [
        {"family_id": f"{village}/{n}", **place_of(village), "open_defecation": how}
        for village, found in homes.items() for n, how in enumerate(found)
    ])  # fmt: skip
    build_indicators(con, period=PERIOD, period_end=PERIOD_END)

    states = dict(rows(con, "SELECT village_code, odf FROM targeting.village_sanitation"))
    found = cell(con, "I19a", KAB)

    assert [states[village] for village in VILLAGES[:4]] == [True, None, False, None]
    assert (found["numerator"], found["denominator"], found["suppressed"]) == (1, 2, False)
    assert found["coverage"] == pytest.approx(2 / len(VILLAGES))


def test_who_lives_in_another_kabupaten_is_not_counted_here() -> None:
    con = empty_world()
    add(con, "targeting.targeting", [child(0), {**child(1), "kec_code": "35.14.01", "village_code": "35.14.01.2001"}])
    build_report_month(con, period=PERIOD, period_end=PERIOD_END)

    assert cell(con, "I02", KAB)["denominator"] == 1


def test_a_week_reports_the_deaths_of_its_month() -> None:
    con = random_world(50)
    build_report_month(con, period="2025-W07", period_end=dt.date(2025, 2, 16))

    agrees(con, Recount(con, dt.date(2025, 2, 16)))
    assert rows(con, "SELECT DISTINCT period FROM targeting.report_month") == [("2025-W07",)]


@pytest.mark.parametrize("code", sorted(SHARES))
def test_random_tables_try_every_share(con, code: str) -> None:
    query = f"""
        SELECT max(numerator) > 0, max(denominator - numerator) > 0, min(coverage) < 1
        FROM targeting.report_month_full WHERE indicator_code = '{code}'
    """

    assert rows(con, query) == [(True, True, True)]
