"""The workbook a clerk gets: what is asked first, what is shown, what may be changed."""

import datetime as dt
import re
from pathlib import Path

import pytest

from integration.review import ask, write_workbook
from integration.review.labels import labels
from integration.review.workbook import WorkbookNotWritten
from tests.integration.review.small_queue import (
    BIG,
    EXPORTED,
    column,
    decide,
    describe,
    doubt,
    export,
    join,
    letter,
    part,
    queue_of,
    sheet,
    small_home,
    write,
)
from warehouse.errors import HomeError
from warehouse.tables import table

FOUND = {
    "dataset": "dinkes_balita",
    "name": "NAYLA",
    "sex": "P",
    "birth_date": dt.date(2023, 5, 25),
    "nik_prefix": "350927",
    "parent_1": "HOLIFAH",
    "position": "child",
    "village": "35.09.27.2006",
    "kecamatan": "35.09.27",
    "rt": "001",
}
REGISTERED = {
    "name": "SITI NAYLA",
    "sex": "P",
    "birth_date": dt.date(2023, 5, 26),
    "nik": "3509276505230001",
    "nik_prefix": "3509276505230001",
    "kk": "3509271506170003",
    "parent_1": "AHMAD",
    "parent_2": "HOLIFAH",
    "position": "child",
    "village": "35.09.27.2006",
    "rt": "001",
    "rw": "004",
}


@pytest.fixture
def one_pair(tmp_path: Path) -> Path:
    con = small_home()
    describe(con, BIG + 1, **FOUND)
    describe(con, -5, **REGISTERED)
    doubt(con, BIG + 1, -5, "nik_conflict", p=0.85)
    return export(con, tmp_path / "one.xlsx")


def test_both_descriptions_stand_side_by_side_in_words_a_clerk_knows(one_pair: Path) -> None:
    head, row = sheet(one_pair)
    shown = dict(zip(head, row, strict=True))

    assert (shown["Nama A"], shown["Nama B"]) == ("NAYLA", "SITI NAYLA")
    assert (shown["Tanggal lahir A"], shown["Tanggal lahir B"]) == ("25-05-2023", "26-05-2023")
    assert (shown["NIK A"], shown["NIK B"]) == ("350927…", "3509276505230001")
    assert (shown["No. KK A"], shown["No. KK B"]) == ("", "3509271506170003")
    assert (shown["Orang tua A"], shown["Orang tua B"]) == ("HOLIFAH", "AHMAD / HOLIFAH")
    assert (shown["Kedudukan dalam keluarga A"], shown["Jenis kelamin A"]) == ("anak", "perempuan")
    assert (shown["Desa/kelurahan A"], shown["Desa/kelurahan B"]) == ("Glagahwero, Kec. Kalisat", "Glagahwero")
    assert (shown["RT/RW A"], shown["RT/RW B"]) == ("RT 001", "RT 001 RW 004")
    assert (shown["Sumber data A"], shown["Sumber data B"]) == ("Penimbangan dan pengukuran balita", "Biodata penduduk")
    assert shown["Mengapa ditanyakan"] == "NIK sama, tetapi nama atau tanggal lahirnya bertentangan"
    assert shown["Kemungkinan orang yang sama"] == "besar (80 sampai 95 dari 100)"
    assert (shown["Jawaban"], shown["Catatan"]) == ("", "")


def test_names_are_shown_as_the_agency_wrote_them_last_and_compared_in_their_standard_form(tmp_path: Path) -> None:
    con = small_home()
    describe(con, 1, dataset="dinkes_balita", name="MUHAMMAD ALI", parent_1="AMINAH SITI", parent_2="BUDI")
    describe(con, 2, name="MUHAMMAD ALI", parent_1="AMINAH SITI")
    write(con, 1, 10, dt.date(2026, 9, 30), "M. ALI")
    write(con, 1, 11, dt.date(2026, 10, 31), "Moh. Ali", parent_name="SITI AMINAH")
    doubt(con, 1, 2)

    path = export(con, tmp_path / "x.xlsx")

    assert (column(path, "Nama A"), column(path, "Nama B")) == (["Moh. Ali"], ["MUHAMMAD ALI"])
    assert (column(path, "Orang tua A"), column(path, "Orang tua B")) == (["SITI AMINAH / BUDI"], ["AMINAH SITI"])
    assert style_of(path, "Nama B") == style_of(path, "Orang tua B") == style_of(path, "NIK B")


def style_of(path: Path, header: str, row: int = 2) -> int:
    cell = re.search(rf'<c r="{letter(path, header)}{row}" s="(\d+)"', part(path, "xl/worksheets/sheet1.xml"))
    assert cell
    return int(cell[1])


def test_what_differs_is_marked_and_what_one_side_does_not_say_is_not(one_pair: Path) -> None:
    fonts = re.findall(r"<xf [^>]*fontId=\"(\d+)\"", part(one_pair, "xl/styles.xml").split("<cellXfs")[1])
    plain = fonts[style_of(one_pair, "Sumber data B")]
    marked = {
        field.label
        for field in labels().fields
        for side in "AB"
        if fonts[style_of(one_pair, f"{field.label} {side}")] != plain
    }

    assert marked == {"Nama", "Tanggal lahir"}


def test_the_pair_is_carried_as_text_in_hidden_columns(one_pair: Path) -> None:
    assert column(one_pair, "id_a") == [str(BIG + 1)]
    assert column(one_pair, "id_b") == ["-5"]
    hidden = re.findall(r'<col min="(\d+)" max="(\d+)"[^>]*hidden="1"', part(one_pair, "xl/worksheets/sheet1.xml"))
    covered = {position for first, last in hidden for position in range(int(first), int(last) + 1)}
    head = sheet(one_pair)[0]
    assert covered == {head.index(name) + 1 for name in head if name.islower()}
    assert len(covered) == 7


def test_only_answer_and_note_can_be_changed(one_pair: Path) -> None:
    content = part(one_pair, "xl/worksheets/sheet1.xml")
    formats = re.findall(r"<xf [^>]*/>|<xf .*?</xf>", part(one_pair, "xl/styles.xml").split("<cellXfs")[1])
    unlocked = {
        name for name in sheet(one_pair)[0] if not name.islower() and 'locked="0"' in formats[style_of(one_pair, name)]
    }

    assert unlocked == {"Jawaban", "Catatan"}
    assert re.search(r'<sheetProtection sheet="1"[^>]*autoFilter="0"', content)
    assert "password" not in content
    assert '<formula1>"sama,berbeda,tidak tahu"</formula1>' in content
    assert '<dataValidation type="list"' in content
    assert f'sqref="{letter(one_pair, "Jawaban")}2"' in content


def test_the_header_and_the_names_stay_in_sight_and_can_be_filtered(one_pair: Path) -> None:
    content = part(one_pair, "xl/worksheets/sheet1.xml")

    assert '<pane xSplit="4" ySplit="1"' in content
    assert sheet(one_pair)[0][:4] == ["No", "Jawaban", "Nama A", "Nama B"]
    assert f'<autoFilter ref="A1:{letter(one_pair, "Sumber data B")}2"' in content


def test_the_instructions_stand_on_the_second_sheet(one_pair: Path) -> None:
    said = [row[0] for row in sheet(one_pair, "Petunjuk")]

    assert any("UU 27/2022" in line for line in said)
    assert all(any(line.strip().startswith(f"{word}:") for line in said) for word in labels().answers.values())


def test_only_its_owner_may_read_it(one_pair: Path) -> None:
    assert one_pair.stat().st_mode & 0o777 == 0o600


def test_a_name_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    con = small_home()
    describe(con, 1, name='=HYPERLINK("http://x")')
    describe(con, 2, name="@SUM(A1)")
    doubt(con, 1, 2)

    path = export(con, tmp_path / "x.xlsx")

    assert column(path, "Nama A") == ['=HYPERLINK("http://x")']
    assert "<f>" not in part(path, "xl/worksheets/sheet1.xml")
    assert "hyperlink" not in part(path, "xl/worksheets/sheet1.xml")


def test_all_facts_unknown_leaves_empty_cells(tmp_path: Path) -> None:
    con = small_home()
    describe(con, 1)
    describe(con, 2)
    doubt(con, 1, 2)

    head, row = sheet(export(con, tmp_path / "x.xlsx"))

    filled = {name for name, cell in zip(head, row, strict=True) if cell and not name.islower()}
    assert filled == {"No", "Mengapa ditanyakan", "Kemungkinan orang yang sama", "Sumber data A", "Sumber data B"}


def test_the_most_valuable_pairs_come_first_and_the_limit_cuts_the_rest(tmp_path: Path) -> None:
    con = small_home()
    queue_of(con, doubtful=6)

    assert column(export(con, tmp_path / "x.xlsx", limit=4), "id_b") == ["1", "2", "3", "4"]
    assert ask(con, 4, 0, EXPORTED).open == 6


def test_decided_pairs_are_not_asked_again_and_those_nobody_could_tell_come_last() -> None:
    con = small_home()
    queue_of(con, doubtful=5)
    decide(con, (BIG + 1, 1, "unknown"), (BIG + 2, 2, "same"), (BIG + 3, 3, "different"))

    questions = ask(con, 10, 0, EXPORTED)

    assert [one.pair.description_b for one in questions.rows] == [4, 5, 1]
    assert questions.open == 3


def test_check_pairs_are_drawn_by_lot_mixed_in_and_look_like_the_others(tmp_path: Path) -> None:
    con = small_home()
    queue_of(con, doubtful=30, automatic=60)
    con.execute("UPDATE matched_pairs.review_queue SET reason = 'middling_probability', match_probability = 0.96")

    path = export(con, tmp_path / "x.xlsx", check=30)
    kinds, again = column(path, "sampled_as"), export(con, tmp_path / "y.xlsx", check=30)

    assert kinds.count("check") == 30
    assert "check" in kinds[:15]
    assert "check" in kinds[-15:]
    assert len(set(column(path, "Mengapa ditanyakan"))) == 1
    assert len(set(column(path, "Kemungkinan orang yang sama"))) == 1
    doubtful = [int(b) for b, kind in zip(column(path, "id_b"), kinds, strict=True) if kind == "doubtful"]
    assert doubtful == sorted(doubtful)
    assert sheet(path) == sheet(again)


def test_the_draw_goes_on_where_the_last_one_ended() -> None:
    con = small_home()
    queue_of(con, doubtful=0, automatic=40)

    def drawn(check: int) -> list[int]:
        return [one.pair.description_b for one in ask(con, 0, check, EXPORTED).rows]

    first, both = drawn(10), drawn(20)
    decide(con, *((BIG + one, one, "same") for one in first), sampled_as="check", reason=None)

    assert set(first) < set(both)
    assert set(drawn(10)) == set(both) - set(first)


def test_what_people_joined_or_the_queue_holds_is_no_check_pair() -> None:
    con = small_home()
    queue_of(con, doubtful=1)
    describe(con, 7, name="A")
    describe(con, 8, name="B")
    join(con, BIG + 1, 1)
    join(con, 7, 8, method="manual")

    assert [one.pair.sampled_as for one in ask(con, 10, 10, EXPORTED).rows] == ["doubtful"]


def test_every_reason_of_the_queue_is_worded() -> None:
    (reason,) = (one for one in table("matched_pairs.review_queue").columns if one.name == "reason")

    assert set(reason.values) <= set(labels().reasons)
    assert labels().reason("not worded yet") == labels().reasons["other"]


def test_a_workbook_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    con = small_home()
    queue_of(con, doubtful=1)
    path = export(con, tmp_path / "x.xlsx")
    before = path.read_bytes()

    with pytest.raises(WorkbookNotWritten, match="may hold answers"):
        write_workbook(path, ask(con, 1, 0, EXPORTED))
    assert path.read_bytes() == before


@pytest.mark.parametrize(("name", "told"), [("x.csv", "ends in .xlsx"), ("nowhere/x.xlsx", "No such file")])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, name: str, told: str) -> None:
    con = small_home()
    queue_of(con, doubtful=1)

    with pytest.raises(WorkbookNotWritten, match=told):
        write_workbook(tmp_path / name, ask(con, 1, 0, EXPORTED))


def test_a_home_that_was_never_matched_is_told() -> None:
    con = small_home()
    con.execute("DROP TABLE matched_pairs.description")

    with pytest.raises(HomeError, match=r"no table matched_pairs\.description"):
        ask(con, 1, 0, EXPORTED)


def test_a_home_where_nobody_ever_decided_can_be_asked() -> None:
    con = small_home()
    queue_of(con, doubtful=2)
    con.execute("DROP TABLE matched_pairs.decision")

    assert len(ask(con, 10, 0, EXPORTED).rows) == 2
