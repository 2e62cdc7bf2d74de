"""A filled workbook comes back as it was meant, or with one sentence for each row that cannot be taken."""

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest

from integration.review import WorkbookRefused, read_answers
from tests.integration.review.small_queue import (
    BIG,
    EXPORTED,
    SAVED,
    changed,
    column,
    export,
    fill,
    queue_of,
    small_home,
)

PERSON = "SITI AMINAH 3509276505230001"


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    con = small_home()
    queue_of(con, doubtful=5)
    return export(con, tmp_path / "exported.xlsx")


def test_answers_come_back_with_their_pair_and_empty_rows_decide_nothing(exported: Path, tmp_path: Path) -> None:
    with_note = fill(exported, tmp_path / "note.xlsx", {3: "beda ibu"}, column="Catatan")
    filled = fill(with_note, tmp_path / "filled.xlsx", {2: "sama", 3: " Berbeda ", 5: "TIDAK  TAHU"})

    answers = read_answers(filled)

    assert [(one.row, one.verdict, one.note) for one in answers.given] == [
        (2, "same", None),
        (3, "different", "beda ibu"),
        (5, "unknown", None),
    ]
    assert answers.empty == 2
    ids = column(exported, "id_a")
    assert [str(one.pair.description_a) for one in answers.given] == [ids[0], ids[1], ids[3]]
    first = answers.given[0].pair
    assert (first.description_a, first.description_b) == (BIG + 1, 1)
    assert (first.sampled_as, first.reason, first.match_probability) == ("doubtful", "contradiction", 0.9)
    assert first.exported_at == EXPORTED


def test_a_check_pair_comes_back_as_one(tmp_path: Path) -> None:
    con = small_home()
    queue_of(con, doubtful=0, automatic=1)
    exported = export(con, tmp_path / "exported.xlsx", check=1)

    (answer,) = read_answers(fill(exported, tmp_path / "filled.xlsx", {2: "sama"})).given

    assert (answer.pair.sampled_as, answer.pair.reason, answer.pair.match_probability) == ("check", None, 0.999)


def test_an_untouched_workbook_decides_nothing(exported: Path) -> None:
    assert read_answers(exported).given == ()
    assert read_answers(exported).empty == 5


def test_a_decision_was_made_when_the_workbook_was_saved(exported: Path, tmp_path: Path) -> None:
    filled = fill(exported, tmp_path / "filled.xlsx", {2: "sama"})
    copied = Path(shutil.copy(filled, tmp_path / "copied.xlsx"))
    os.utime(copied, (0, 0))

    assert read_answers(filled).given[0].decided_at == SAVED
    assert read_answers(copied).given[0].decided_at == SAVED


def test_a_program_that_does_not_say_when_it_saved_leaves_the_time_of_the_file(exported: Path, tmp_path: Path) -> None:
    filled = fill(exported, tmp_path / "filled.xlsx", {2: "sama"}, saved=None)
    for moment, wanted in ((SAVED, SAVED), (EXPORTED - dt.timedelta(days=9), EXPORTED)):
        seconds = moment.replace(tzinfo=dt.UTC).timestamp()
        os.utime(filled, (seconds, seconds))
        assert read_answers(filled).given[0].decided_at == wanted


def test_a_clock_that_is_years_ahead_is_told(exported: Path, tmp_path: Path) -> None:
    filled = fill(exported, tmp_path / "filled.xlsx", {2: "sama"}, saved=dt.datetime(2199, 1, 1))

    with pytest.raises(WorkbookRefused, match="still to come"):
        read_answers(filled)


def test_every_wrong_row_is_told_by_its_place_and_never_by_what_it_holds(exported: Path, tmp_path: Path) -> None:
    filled = fill(exported, tmp_path / "filled.xlsx", {2: PERSON, 3: "sama", 4: "ya"})

    with pytest.raises(WorkbookRefused) as refused:
        read_answers(filled)

    told = str(refused.value)
    assert f"{filled}, sheet Pasangan, row 2: found a text of {len(PERSON)} characters" in told
    assert f"{filled}, sheet Pasangan, row 4: found a text of 2 characters" in told
    assert "wanted is one of sama, berbeda, tidak tahu" in told
    assert "row 3" not in told
    assert not any(word in told for word in PERSON.split())


@pytest.mark.parametrize("column_name", ["id_a", "id_b", "sampled_as", "reason", "match_probability", "exported_at"])
def test_a_row_whose_hidden_cells_changed_is_told(exported: Path, tmp_path: Path, column_name: str) -> None:
    for content in ("4.61E+18", ""):
        clumsy = fill(exported, tmp_path / "clumsy.xlsx", {4: content}, column=column_name)
        with pytest.raises(WorkbookRefused, match=r"row 4: found hidden cells id_a to seal that were changed"):
            read_answers(clumsy)


def test_a_row_that_stands_twice_is_told(exported: Path, tmp_path: Path) -> None:
    clumsy = exported
    for name in ("id_a", "id_b", "sampled_as", "reason", "match_probability", "exported_at", "seal"):
        clumsy = fill(clumsy, tmp_path / f"{name}.xlsx", {6: column(exported, name)[0]}, column=name)

    with pytest.raises(WorkbookRefused, match="row 6: found the pair of row 2 again"):
        read_answers(clumsy)


@pytest.mark.parametrize("header", ["Jawaban", "Catatan", "id_a", "seal"])
def test_a_missing_column_is_told(exported: Path, tmp_path: Path, header: str) -> None:
    clumsy = fill(exported, tmp_path / "clumsy.xlsx", {1: "?"}, column=header)

    with pytest.raises(WorkbookRefused, match=rf"sheet Pasangan, row 1: found the header '{header}' not at all"):
        read_answers(clumsy)


def test_a_missing_sheet_is_told(exported: Path, tmp_path: Path) -> None:
    clumsy = changed(exported, tmp_path / "clumsy.xlsx", "xl/workbook.xml", 'name="Pasangan"', 'name="Sheet1"')

    with pytest.raises(WorkbookRefused, match="found no sheet 'Pasangan' among its 2 sheets"):
        read_answers(clumsy)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "the file is empty"), (b"No;Jawaban\r\n1;sama\r\n", "no workbook"), (None, "cannot be read: No such file")],
)
def test_what_is_no_workbook_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "filled.xlsx"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(WorkbookRefused, match=told):
        read_answers(path)


def test_a_workbook_cut_short_in_transfer_is_told(exported: Path, tmp_path: Path) -> None:
    path = tmp_path / "filled.xlsx"
    path.write_bytes(exported.read_bytes()[:5000])

    with pytest.raises(WorkbookRefused, match="cut short"):
        read_answers(path)
    with pytest.raises(WorkbookRefused, match="Is a directory"):
        read_answers(tmp_path)
