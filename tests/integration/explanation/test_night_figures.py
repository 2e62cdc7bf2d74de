"""The charts and numbers of a night: they add up, and speak of nobody."""

from xml.etree import ElementTree

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.explanation import plots
from integration.explanation.drawing import Drawing, as_markdown
from integration.explanation.figures import LEAST, MatchRate, _rate, night_figures
from integration.explanation.unregistered import REASONS
from integration.linkage import load_model
from integration.review import ReliabilityBin
from integration.review.estimate import share_of
from tests.integration.explanation.explained_world import CANARY_NAMES, night, rows
from tests.integration.linkage.small_world import record, warehouse

MODEL = load_model()


@pytest.fixture(scope="module")
def strangers() -> duckdb.DuckDBPyConnection:
    """Give the small world, and twenty strangers in two kecamatan of which one has only three."""
    more = [
        record("siga_krs", 100 + one, f"ORANG ASING {chr(65 + one)}", role="head", birth_year_about=1950 + one,
               kec_code="35.09.28" if one < 3 else "35.09.27", village_code=None)
        for one in range(20)
    ]  # fmt: skip
    con = warehouse(rows() + more)
    con.execute("CREATE TABLE clean_records.region (code VARCHAR, level BIGINT, name VARCHAR)")
    con.execute("INSERT INTO clean_records.region VALUES ('35.09.27', 3, 'Kalisat'), ('35.09.28', 3, 'Ledokombo')")
    night(con)
    return con


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


def test_rates_and_reasons_are_those_of_the_rows(strangers: duckdb.DuckDBPyConnection) -> None:
    found = night_figures(strangers, MODEL)

    siga = next(rate for rate in found.by_dataset if rate.dataset == "siga_krs")
    assert (siga.rows, siga.share, siga.bound) == (20, 0.0, "")
    assert sum(rows for (dataset, _), rows in found.unlinked.items() if dataset == "siga_krs") == 20
    assert {reason for _, reason in found.unlinked} <= set(REASONS)


def test_every_unregistered_description_has_one_reason(strangers: duckdb.DuckDBPyConnection) -> None:
    night_figures(strangers, MODEL)
    ((described, distinct, nobody),) = strangers.execute(
        """SELECT count(*), count(DISTINCT description_id), (
          SELECT count(*) FROM matched_pairs.person_link AS link JOIN matched_pairs.description AS person
            ON person.description_id = link.cluster WHERE NOT person.of_register)
        FROM unregistered_reason"""
    ).fetchall()

    assert described == distinct == nobody > 20


def test_no_cell_speaks_of_fewer_than_five_people(strangers: duckdb.DuckDBPyConnection) -> None:
    found = night_figures(strangers, MODEL)

    assert all(pairs >= LEAST for pairs in found.scores.values())
    assert ("siga_krs", "Ledokombo") not in {(rate.dataset, rate.kecamatan) for rate in found.by_kecamatan}
    assert "dinkes_ibu_hamil" not in {rate.dataset for rate in found.by_dataset}


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_rate_never_tells_how_few_were_found_or_not(found: int, not_found: int) -> None:
    rate = _rate("d", "k", found + not_found, found, found, not_found)

    if found + not_found < LEAST:
        assert rate is None
    if rate and not rate.bound:
        assert all(people == 0 or people >= LEAST for people in (found, not_found))
    if rate and rate.bound:
        others = [n for n in range(found + not_found + 1) if _rate("d", "k", rate.rows, n, n, rate.rows - n) == rate]
        assert len(others) == LEAST - 1


def test_the_charts_are_svg_and_name_nobody(strangers: duckdb.DuckDBPyConnection) -> None:
    found = night_figures(strangers, MODEL)
    charts = [
        plots.weights_chart(MODEL),
        plots.score_chart(found.scores, MODEL),
        plots.rate_chart(found.by_dataset, found.by_kecamatan),
        plots.reason_chart(found.unlinked, found.by_dataset),
        plots.reliability_chart([ReliabilityBin("check", 0.95, 0.99, 0.97, share_of(9, 10))]),
    ]

    for chart in charts:
        assert parsed(chart).tag.endswith("svg")
        assert len(chart) < 30_000
        assert not [name for name in CANARY_NAMES if name in chart]


def test_charts_of_nothing_are_charts() -> None:
    for chart in (
        plots.score_chart({}, MODEL), plots.rate_chart([], []), plots.reason_chart({}, []), plots.reliability_chart([]),
    ):  # fmt: skip
        assert parsed(chart).tag.endswith("svg")


def test_a_bin_of_few_verdicts_is_not_drawn() -> None:
    few = ReliabilityBin("doubtful", 0.5, 0.8, 0.7, share_of(2, 4))

    assert "doubtful" not in plots.reliability_chart([few])


def test_a_bounded_rate_says_so() -> None:
    rate = MatchRate("siga_krs", "", 300, 0.975, "≥")

    assert "≥97.5% of 300" in plots.rate_chart([rate], [])


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))))
@settings(max_examples=50)
def test_any_text_can_be_drawn(text: str) -> None:
    drawing = Drawing(100, 50, text)
    drawing.text(1, 1, text)

    written = [one.text or "" for one in parsed(drawing.svg()).iter() if one.tag.endswith("text")]

    assert written == [text, text]


def test_markdown_holds_the_drawing_itself() -> None:
    assert as_markdown("<svg/>", "a chart") == "![a chart](data:image/svg+xml;base64,PHN2Zy8+)"
