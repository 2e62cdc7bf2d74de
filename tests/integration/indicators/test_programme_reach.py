import pytest
from indicator_world import PERIOD, PERIOD_END, random_world
from recomputed import Recount

from integration.indicators import build_programme_reach, build_report_month, build_village_sanitation
from warehouse.database import rows

NAMES = ("eligible", "reached", "excluded", "included", "unknown", "eligibility_unknown")


def up_to(decile: int):
    return lambda row: None if row["desil"] is None else row["desil"] <= decile


def undernourished(row) -> bool | None:
    return (
        None
        if row["wasting_status"] in ("tidak_wajar", "tidak_diukur", None)
        else row["wasting_status"] == "gizi_kurang"
    )


def fed(row) -> bool | None:
    return None if "G03_PMT" in row["gaps_unknown"] else "G03_PMT" not in row["gaps"]


PROGRAMMES = {
    "PKH": ("families", up_to(4), lambda row: row["pkh"]),
    "BPNT": ("families", up_to(4), lambda row: row["bpnt"]),
    "PBI_JKN": ("families", up_to(5), lambda row: row["pbi_jkn"]),
    "BLT_DD": ("families", up_to(1), lambda row: row["blt_dd"]),
    "PMT_BALITA": ("balita", undernourished, fed),
    "PMT_BUMIL": ("ibu", lambda row: row["kek"], fed),
    "TPK": ("families", lambda row: row["krs"], lambda row: row["tpk_assisted"]),
}


def recounted(recount: Recount) -> dict[tuple[str, str], tuple]:
    found = {}
    for code, (subject, eligible, reached) in PROGRAMMES.items():
        here = recount.by_region(recount.subjects[subject])
        for region in recount.regions:
            pairs = [(eligible(row), reached(row)) for row in here[region["code"]]]
            found[code, region["code"]] = (
                sum(one is True for one, _ in pairs),
                pairs.count((True, True)),
                pairs.count((True, False)),
                None if code.startswith("PMT") else pairs.count((False, True)),
                pairs.count((True, None)),
                sum(one is None for one, _ in pairs),
            )
    return found


@pytest.fixture(scope="module")
def con():
    con = random_world(900, seed=8)
    build_report_month(con, period=PERIOD, period_end=PERIOD_END)
    build_programme_reach(con, period=PERIOD, period_end=PERIOD_END)
    build_village_sanitation(con, period=PERIOD, period_end=PERIOD_END)
    yield con
    con.close()


@pytest.fixture(scope="module")
def expected(con):
    return recounted(Recount(con, PERIOD_END))


def reach(con) -> dict[tuple[str, str], tuple]:
    found = rows(con, f"SELECT programme, region_code, {', '.join(NAMES)}, suppressed FROM targeting.programme_reach")
    return {row[:2]: row[2:] for row in found}


def test_reach_agrees_with_the_one_recounted(con, expected) -> None:
    found = reach(con)

    assert set(found) == set(expected)
    for key, (*counts, suppressed) in found.items():
        assert tuple(counts) == ((None,) * len(NAMES) if suppressed else expected[key]), key
    assert any(row[-1] for row in found.values())


def test_without_hiding_every_count_is_there(con, expected) -> None:
    build_programme_reach(con, period=PERIOD, period_end=PERIOD_END, hidden_below=1)
    try:
        assert {key: row[:-1] for key, row in reach(con).items()} == expected
    finally:
        build_programme_reach(con, period=PERIOD, period_end=PERIOD_END)


def test_small_counts_are_hidden(con, expected) -> None:
    shown = [count for *counts, suppressed in reach(con).values() if not suppressed for count in counts[:4]]

    assert all(count is None or not 0 < count < 5 for count in shown)


@pytest.mark.parametrize(("programme", "indicator"), [
    ("TPK", "I21"), ("TPK", "I22"), ("BLT_DD", "I24a"), ("PMT_BALITA", "I03"), ("PMT_BALITA", "I05"),
    ("PMT_BALITA", "I07"), ("PMT_BUMIL", "I08"),
])  # fmt: skip
def test_what_the_report_hides_no_programme_tells(con, programme: str, indicator: str) -> None:
    found = reach(con)
    hidden = rows(
        con, f"SELECT region_code FROM targeting.report_month WHERE indicator_code = '{indicator}' AND suppressed"
    )

    assert hidden
    assert all(found[programme, region][-1] for (region,) in hidden)


def test_programmes_for_the_same_people_are_hidden_together(con) -> None:
    found = reach(con)
    hidden = {code: {region for (one, region), row in found.items() if one == code and row[-1]} for code in PROGRAMMES}

    assert hidden["PKH"] == hidden["BPNT"]


def test_village_sanitation_agrees_with_the_one_recounted(con) -> None:
    recount = Recount(con, PERIOD_END)
    homes = recount.by_region(recount.subjects["families"])
    states = recount.village_states()

    found = rows(
        con, "SELECT village_code, odf, suppressed, families, known, open, closed FROM targeting.village_sanitation"
    )

    assert {village: odf for village, odf, *_ in found} == states
    for village, _, suppressed, *counts in found:
        how = [family["open_defecation"] for family in homes[village]]
        told = [len(how), len(how) - how.count(None), how.count("babs_terbuka"), how.count("babs_tertutup")]
        assert counts == ([None] * 4 if suppressed else told), village
        assert suppressed or not any(0 < count < 5 for count in told)
