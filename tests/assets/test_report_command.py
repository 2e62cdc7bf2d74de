"""`./padan report` as the operator uses it, on what a real night published."""

import re
from pathlib import Path

import duckdb
from at_the_terminal import NightRun, assert_one_sentence, padan
from python_calamine import CalamineWorkbook

from warehouse.publication import current_publication


def cells(path: Path) -> list[str]:
    book = CalamineWorkbook.from_path(path)
    return [str(cell) for tab in book.sheet_names for row in book.get_sheet_by_name(tab).to_python() for cell in row]


def test_the_month_is_written_without_any_person(night_run: NightRun, tmp_path: Path) -> None:
    done = padan("report", "month", "--home", night_run.home.path, "--out", tmp_path)

    assert done.returncode == 0, done.stderr
    (folder,) = tmp_path.iterdir()
    (page,) = folder.glob("*.html")
    (book,) = folder.glob("*.xlsx")
    with duckdb.connect(str(current_publication(night_run.home).database), read_only=True) as snapshot:
        people = {str(name) for (name,) in snapshot.execute("SELECT DISTINCT name FROM targeting").fetchall()}
    text = "\n".join([page.read_text(encoding="utf-8"), *cells(book)])
    assert not re.findall(r"(?<![\d.])\d{16}(?!\d)", text)  # digits after a point are no NIK
    assert not people & set(re.split(r"[<>\n]", text))


def test_the_week_lists_everybody_of_the_urgent_tiers_once(night_run: NightRun, tmp_path: Path) -> None:
    done = padan("report", "week", "--home", night_run.home.path, "--out", tmp_path)

    assert done.returncode == 0, done.stderr
    assert not re.findall(r"\b\d{16}\b", done.stdout + done.stderr)
    (folder,) = tmp_path.iterdir()
    listed = [cell for path in folder.glob("kecamatan/*.xlsx") for cell in cells(path) if re.fullmatch(r"P[1-4]", cell)]
    headings = 4 * len(list(folder.glob("kecamatan/*.xlsx")))  # of the table on the first sheet
    with duckdb.connect(str(current_publication(night_run.home).database), read_only=True) as snapshot:
        ((urgent,),) = snapshot.execute("SELECT count(*) FROM targeting WHERE tier < 'P5'").fetchall()
    assert len(listed) - headings == urgent
    assert len(list(folder.glob("lembaga/*.xlsx"))) == 5


def test_a_home_without_a_publication_is_told_in_a_sentence(tmp_path: Path) -> None:
    assert_one_sentence(padan("report", "month", "--home", tmp_path), "holds no publication yet")


def test_a_period_never_published_is_told_in_a_sentence(night_run: NightRun) -> None:
    assert_one_sentence(
        padan("report", "week", "--home", night_run.home.path, "--period", "1999-W01"), "No publication of 1999-W01"
    )
