"""Decisions are kept for good, the newest of a pair counts, and what cannot all be true is found."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.review import (
    AskedPair,
    Contradiction,
    WorkbookRefused,
    contradictions,
    ensure,
    read_answers,
    save,
    standing,
)
from integration.review.answers import Answer, Answers
from integration.review.decisions import SAVED as COPY
from integration.review.decisions import add
from integration.review.importing import import_answers
from tests.integration.review.small_queue import (
    BIG,
    EXPORTED,
    SAVED,
    decide,
    describe,
    export,
    fill,
    queue_of,
    small_home,
)
from warehouse.errors import HomeError
from warehouse.settings import Home
from warehouse.tables import table

LATER = SAVED + dt.timedelta(days=1)


def home_of(people: int, registered: int = 0) -> duckdb.DuckDBPyConnection:
    """Give descriptions 1 to `people`, the first `registered` of which are persons of the register."""
    con = small_home()
    for number in range(1, people + 1):
        describe(con, number, dataset="dukcapil_penduduk" if number <= registered else "dtsen_anggota")
    return con


def stands(con: duckdb.DuckDBPyConnection) -> set[tuple[int, int, str]]:
    standing(con)
    return set(con.execute("SELECT description_a, description_b, verdict FROM standing_decision").fetchall())


def decisions(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return con.execute("FROM matched_pairs.decision ORDER BY ALL").fetchall()


def test_the_newest_decision_of_a_pair_counts_whichever_way_round_it_was_asked() -> None:
    con = home_of(3)
    decide(con, (2, 1, "different"), by="Budi", at=LATER)
    decide(con, (1, 2, "same"), (3, 2, "same"), by="Ani")

    assert stands(con) == {(1, 2, "different"), (2, 3, "same")}
    assert len(decisions(con)) == 3


def test_not_to_know_takes_an_earlier_verdict_back() -> None:
    con = home_of(2)
    decide(con, (1, 2, "same"))
    decide(con, (1, 2, "unknown"), at=LATER)

    assert stands(con) == set()


def test_an_answer_left_in_a_workbook_saved_again_does_not_outvote_a_later_one() -> None:
    con = home_of(3)
    decide(con, (1, 2, "same"), by="Ani", at=SAVED)
    decide(con, (1, 2, "different"), by="Budi", at=SAVED + dt.timedelta(hours=1), exported=LATER)
    decide(con, (1, 2, "same"), (2, 3, "same"), by="Ani", at=LATER)

    assert stands(con) == {(1, 2, "different"), (2, 3, "same")}


def test_an_answer_changed_in_its_workbook_counts() -> None:
    con = home_of(2)
    for day, verdict in enumerate(["same", "different", "same"]):
        decide(con, (1, 2, verdict), at=SAVED + dt.timedelta(days=day))

    assert stands(con) == {(1, 2, "same")}


def test_a_decision_about_a_vanished_description_is_kept_without_effect_and_works_again_when_it_is_back() -> None:
    con = home_of(1)
    decide(con, (1, 2, "same"))

    assert stands(con) == set()
    describe(con, 2)
    assert stands(con) == {(1, 2, "same")}


def test_where_nobody_decided_nothing_stands() -> None:
    con = home_of(1)
    con.execute("DROP TABLE matched_pairs.decision")

    assert standing(con) == 0
    assert contradictions(con) == []


def test_the_table_is_never_made_anew() -> None:
    con = home_of(2)
    decide(con, (1, 2, "same"))
    before = decisions(con)

    ensure(con)

    assert decisions(con) == before


def test_decisions_outlive_a_lost_working_database(tmp_path: Path) -> None:
    con, home = home_of(3), Home(tmp_path)
    decide(con, (1, 2, "same"))
    save(con, home)
    fresh = home_of(3)
    decide(fresh, (2, 3, "different"), by="Budi")

    ensure(fresh, home)
    ensure(fresh, home)

    assert stands(fresh) == {(1, 2, "same"), (2, 3, "different")}
    assert len(decisions(fresh)) == 2


def test_a_damaged_copy_is_told(tmp_path: Path) -> None:
    (tmp_path / COPY).write_bytes(b"PAR1 no more")

    with pytest.raises(HomeError, match="Put the file back from a backup"):
        ensure(small_home(), Home(tmp_path))


# --- what must hold of any decisions

PEOPLE = 5
moments = st.integers(0, 3).map(lambda hours: SAVED + dt.timedelta(hours=hours))
pairs = st.lists(st.integers(1, PEOPLE), min_size=2, max_size=2, unique=True)
verdicts = st.sampled_from(["same", "different", "unknown"])


@st.composite
def workbooks(draw: st.DrawFn) -> tuple[str, Answers]:
    """Draw a filled workbook: one person, one time of saving, each pair at most once."""
    exported, saved = EXPORTED + dt.timedelta(hours=draw(st.integers(0, 1))), draw(moments)
    chosen = draw(st.lists(pairs, max_size=4, unique_by=frozenset))
    answers = tuple(
        Answer(row, AskedPair(a, b, "doubtful", None, 0.5, exported), draw(verdicts), None, saved)
        for row, (a, b) in enumerate(chosen, 2)
    )
    return draw(st.sampled_from(["Ani", "Budi"])), Answers("x.xlsx", answers, 0)


@settings(max_examples=15, deadline=None)
@given(st.lists(workbooks(), max_size=4), st.data())
def test_neither_the_order_of_imports_nor_their_repetition_matters(
    imports: list[tuple[str, Answers]], data: st.DataObject
) -> None:
    one, other = home_of(PEOPLE), home_of(PEOPLE)
    for who, answers in imports:
        add(one, answers, who)
    for who, answers in [*data.draw(st.permutations(imports)), *imports]:
        turned = Answers(answers.file, answers.given[::-1], answers.empty)
        add(other, turned, who)

    key = ", ".join(table("matched_pairs.decision").key)
    kept = [con.execute(f"SELECT {key} FROM matched_pairs.decision ORDER BY ALL").fetchall() for con in (one, other)]
    assert kept[0] == kept[1]
    assert stands(one) == stands(other)
    assert contradictions(one) == contradictions(other)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(pairs.map(lambda pair: (min(pair), max(pair))), verdicts), st.integers(0, PEOPLE))
def test_a_contradiction_is_found_exactly_where_two_persons_hang_together(
    said: dict[tuple[int, int], str], registered: int
) -> None:
    con = home_of(PEOPLE, registered)
    decide(con, *((a, b, verdict) for (a, b), verdict in said.items()))
    cluster = {number: number for number in range(1, PEOPLE + 1)}
    for a, b in (pair for pair, verdict in said.items() if verdict == "same"):
        cluster = {number: cluster[a] if one == cluster[b] else one for number, one in cluster.items()}
    expected = {
        (a, b, "different" if said.get((a, b)) == "different" else "register")
        for a in cluster
        for b in cluster
        if a < b and cluster[a] == cluster[b] and (said.get((a, b)) == "different" or b <= registered)
    }

    found = contradictions(con)

    assert {(one.chain[0], one.chain[-1], one.because) for one in found} == expected
    for one in found:
        links = list(zip(one.chain, one.chain[1:], strict=False))
        assert all(said[min(link), max(link)] == "same" for link in links)
        assert len(set(one.chain)) == len(one.chain)


def test_a_triangle_has_a_chain_of_three() -> None:
    con = home_of(3)
    decide(con, (1, 2, "same"), (2, 3, "same"), (1, 3, "different"))

    assert contradictions(con) == [Contradiction((1, 2, 3), "different")]


# --- importing a workbook


@pytest.fixture
def queued(tmp_path: Path) -> tuple[duckdb.DuckDBPyConnection, Home, Path]:
    con = small_home()
    queue_of(con, doubtful=4)
    return con, Home(tmp_path), export(con, tmp_path / "exported.xlsx")


def test_an_import_says_what_it_brought_and_twice_changes_nothing(
    queued: tuple[duckdb.DuckDBPyConnection, Home, Path], tmp_path: Path
) -> None:
    con, home, exported = queued
    filled = read_answers(fill(exported, tmp_path / "filled.xlsx", {2: "sama", 3: "berbeda", 4: "tidak tahu"}))

    first = import_answers(con, home, filled, " Bu  Ani ")
    kept = decisions(con)
    second = import_answers(con, home, filled, "Bu Ani")

    assert first.verdicts == {"same": 1, "different": 1, "unknown": 1}
    assert (first.new, first.empty, first.honoured, first.open) == (3, 1, 2, 2)
    assert (second.new, second.honoured, second.open) == (0, 2, 2)
    assert decisions(con) == kept
    assert con.execute(
        "SELECT decided_by, decided_at, source_file, source_row_no FROM matched_pairs.decision ORDER BY ALL LIMIT 1"
    ).fetchall() == [("Bu Ani", SAVED, "filled.xlsx", 2)]
    assert "1 same (sama), 1 different (berbeda), 1 unknown (tidak tahu)" in first.as_text()
    assert "2 decisions will be honoured by the next run; 2 pairs are still open" in first.as_text()
    assert stands(con) == {(1, BIG + 1, "same"), (2, BIG + 2, "different")}


def test_rows_whose_facts_have_changed_are_told_and_kept(
    queued: tuple[duckdb.DuckDBPyConnection, Home, Path], tmp_path: Path
) -> None:
    con, home, exported = queued
    con.execute("DELETE FROM matched_pairs.description WHERE description_id = 2")
    filled = read_answers(fill(exported, tmp_path / "filled.xlsx", {2: "sama", 3: "sama"}))

    summary = import_answers(con, home, filled, "Ani")

    assert summary.without_effect == (3,)
    assert (summary.new, summary.honoured) == (2, 1)
    assert "Row 3: the facts have changed since the export" in summary.as_text()


def test_people_who_disagree_are_told_by_row_numbers_and_the_newest_counts(
    queued: tuple[duckdb.DuckDBPyConnection, Home, Path], tmp_path: Path
) -> None:
    con, home, exported = queued
    anis = read_answers(fill(exported, tmp_path / "ani.xlsx", {2: "sama", 3: "sama"}, saved=LATER))
    budis = read_answers(fill(exported, tmp_path / "budi.xlsx", {2: "sama", 3: "berbeda"}))

    assert import_answers(con, home, anis, "Ani").conflicts == ()
    (told,) = import_answers(con, home, budis, "Budi").conflicts

    assert told == (
        "Row 3: people disagree: berbeda in row 3 of budi.xlsx, sama in row 3 of ani.xlsx. "
        "All is kept; the newest counts, which is sama."
    )


def test_a_contradiction_is_told_by_row_numbers(tmp_path: Path) -> None:
    con, home = home_of(4, registered=1), Home(tmp_path)
    decide(con, (2, 3, "same"), file="earlier.xlsx")
    rows = ((1, 2, "same"), (3, 1, "different"), (3, 4, "unknown"))
    answers = Answers(
        "now.xlsx",
        tuple(
            Answer(row, AskedPair(a, b, "doubtful", None, 0.5, EXPORTED), verdict, None, LATER)
            for row, (a, b, verdict) in enumerate(rows, 2)
        ),
        0,
    )

    summary = import_answers(con, home, answers, "Ani")

    assert summary.conflicts == (
        "Contradiction: row 2 and row 2 of earlier.xlsx say sama, but row 3 says berbeda. All is kept.",
    )
    assert "To correct an answer" in summary.as_text()


def test_two_persons_of_the_register_made_one_are_told(tmp_path: Path) -> None:
    con, home = home_of(3, registered=2), Home(tmp_path)
    both = tuple(Answer(1 + b, AskedPair(3, b, "doubtful", None, 0.5, EXPORTED), "same", None, SAVED) for b in (1, 2))

    (told,) = import_answers(con, home, Answers("x.xlsx", both, 0), "Ani").conflicts

    assert told == (
        "Contradiction: row 2 and row 3 say sama, but that is two persons of the civil register. All is kept."
    )


def test_somebody_has_to_answer_for_it(tmp_path: Path) -> None:
    con = home_of(1)

    with pytest.raises(WorkbookRefused, match="--by NAME"):
        import_answers(con, Home(tmp_path), Answers("x.xlsx", (), 0), "  ")
