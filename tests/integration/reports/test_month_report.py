"""The monthly report says what `report_month` says, and gives nobody away."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from published_world import KAB, KEC, OTHER_KEC, VILLAGE, figure, publication, sheet, sheets, target

from integration.reports import write_month_report
from integration.reports.pdf import print_pdf
from integration.reports.written import words
from warehouse.errors import NothingPublished
from warehouse.settings import Home

HOSTILE = '=1+1 <script>alert("x")</script> & Sons'
FIGURES = [
    figure("kab", KAB, "I01", numerator=1234, denominator=4936, value=24.998, region_name=HOSTILE),
    figure("kab", KAB, "I21"),
    figure("kab", KAB, "I23a", numerator=7, denominator=None, value=7.0),
    figure("kec", KEC, "I01", numerator=None, denominator=None, value=None, suppressed=True),
    figure("kec", OTHER_KEC, "I01", numerator=None, denominator=0, value=None, coverage=0.0),
    figure("kec", OTHER_KEC, "I21", value=31.25),
    figure("kab", KAB, "I10", numerator=None, denominator=None, value=None, data_quality="tanpa_sumber"),
    figure("desa", VILLAGE, "I01", value=12.5),
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.reports.pdf.BROWSERS", ())


class Tables(HTMLParser):
    """Collects the page's tables by their section's title; numbers as `data-value` gives them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[Any]]] = {}
        self._title, self._cell, self._value = "", None, None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "h2":
            self._title = ""
        if tag == "tr":
            self.tables.setdefault(self._title, []).append([])
        if tag in ("td", "th"):
            self._cell, self._value = "", dict(attrs).get("data-value")
        if tag == "h2":
            self._cell = ""

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._title, self._cell = str(self._cell), None
        if tag in ("td", "th"):
            self.tables[self._title][-1].append(self._cell if self._value is None else float(self._value))
            self._cell = None


def told(row: dict[str, Any], number: str) -> Any:
    if row[number] is not None:
        return row[number]
    if row["suppressed"]:
        return words().hidden
    return words().no_source if row["data_quality"] == "tanpa_sumber" else words().unknown


def test_every_number_of_the_table_stands_in_the_workbook_and_no_other(home: Home) -> None:
    publication(home, {"targeting": [], "report_month": FIGURES})

    folder = write_month_report(home).folder

    for level, tab in (("kab", "Indikator kabupaten"), ("kec", "Indikator kecamatan"), ("desa", "Indikator desa")):
        found = [row for row in sheet(folder / "laporan-2026-10.xlsx", tab) if str(row[0]).startswith(KAB)]
        wanted = [row for row in FIGURES if row["region_level"] == level]
        assert sorted((r[0], r[2], r[4], r[5], r[6]) for r in found) == sorted(
            (r["region_code"], r["indicator_code"], *(told(r, n) for n in ("numerator", "denominator", "value")))
            for r in wanted
        )


def test_the_page_has_the_numbers_of_the_table(home: Home) -> None:
    publication(home, {"targeting": [], "report_month": FIGURES})

    page = (write_month_report(home).folder / "laporan-2026-10.html").read_text(encoding="utf-8")

    head, *found = Tables(page).tables["Semua indikator kabupaten/kota"]
    assert head[:3] == ["Kode wilayah", "Wilayah", "Kode"]
    assert {r[2]: (r[4], r[6]) for r in found} == {
        r["indicator_code"]: (told(r, "numerator"), told(r, "value")) for r in FIGURES if r["region_level"] == "kab"
    }
    wide = Tables(page).tables["Stunting, gizi, dan cakupan penimbangan per kecamatan"]
    assert [(row[0], row[2]) for row in wide[1:]] == [
        (KAB, 24.998),
        (KEC, words().hidden),
        (OTHER_KEC, words().unknown),
    ]
    assert "1.234 / 4.936" in page


def test_a_name_is_text_wherever_it_stands(home: Home) -> None:
    publication(home, {"targeting": [], "report_month": FIGURES})

    folder = write_month_report(home).folder

    page = (folder / "laporan-2026-10.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert HOSTILE in {row[1] for row in sheet(folder / "laporan-2026-10.xlsx", "Indikator kabupaten")}


def test_the_page_needs_nothing_from_elsewhere(home: Home) -> None:
    publication(home, {"targeting": [], "report_month": FIGURES})

    page = (write_month_report(home).folder / "laporan-2026-10.html").read_text(encoding="utf-8")

    assert not re.findall(r"(?:src|href)=[\"'](?!#)|url\(|@import", page)
    assert page.count("<svg") >= 3


def test_small_gaps_are_hidden_and_cannot_be_computed(home: Home) -> None:
    few = [target(n, kec_code=KEC) for n in range(3)]
    many = [target(n, kec_code=OTHER_KEC, kec_name="Kencong", village_code="35.09.02.2001") for n in range(10, 30)]
    third = [target(n, kec_code="35.09.03", kec_name="Sumberbaru", village_code=None) for n in range(40, 80)]
    publication(home, {"targeting": [*few, *many, *third], "report_month": FIGURES})

    found = sheet(write_month_report(home).folder / "laporan-2026-10.xlsx", "Kesenjangan per lembaga")

    assert {row[0]: row[2] for row in found if str(row[0]).startswith("35")} == {
        KAB: 63,
        KEC: words().hidden,
        OTHER_KEC: words().hidden,
        "35.09.03": 40,
    }


def test_no_name_and_no_number_of_a_person_is_in_it(home: Home) -> None:
    publication(home, {"targeting": [target(n, address="JALAN MAWAR") for n in range(50)], "report_month": FIGURES})

    folder = write_month_report(home).folder

    page = (folder / "laporan-2026-10.html").read_text(encoding="utf-8")
    cells = [str(cell) for tab in sheets(folder / "laporan-2026-10.xlsx")
             for row in sheet(folder / "laporan-2026-10.xlsx", tab) for cell in row]  # fmt: skip
    for text in (page, "\n".join(cells)):
        assert not re.findall(r"ANAK \d|IBU \d|KEPALA \d|KRAJAN|MAWAR|3509010000|T00000", text)


def test_earlier_publications_give_the_trend(home: Home) -> None:
    past = figure("kab", KAB, "I01", period="2026-09", value=30.0)
    publication(
        home, {"targeting": [], "report_month": [past]}, at="2026-10-10", period="2026-09", period_end="2026-09-30"
    )
    publication(home, {"targeting": [], "report_month": FIGURES})

    folder = write_month_report(home).folder

    trend = sheet(folder / "laporan-2026-10.xlsx", "Tren")
    assert ["September 2026", "Oktober 2026"] in [row[4:6] for row in trend]
    assert [row[4:6] for row in trend if row[1] == "I01"] == [[30.0, 24.998]]
    summary = next(row for row in sheet(folder / "laporan-2026-10.xlsx", "Ringkasan") if row[1] == "I01")
    assert summary[9:11] == [30.0, pytest.approx(-5.002)]
    assert "Tren Prevalensi stunting" in (folder / "laporan-2026-10.html").read_text(encoding="utf-8")


def test_a_publication_without_the_tables_says_so(home: Home) -> None:
    publication(home, {"targeting": [target(1)]})

    folder = write_month_report(home).folder

    page = (folder / "laporan-2026-10.html").read_text(encoding="utf-8")
    assert "Tabel indikator bulanan belum ada dalam terbitan" in page
    assert "Belum ada terbitan periode sebelumnya" in page
    assert any("belum memuat tabel" in str(row[0]) for row in sheet(folder / "laporan-2026-10.xlsx", "Catatan"))


def test_deaths_by_kind_are_shown_as_a_group_or_not_at_all(home: Home) -> None:
    kinds = ["neonatal_dini"] * 9 + ["neonatal_lanjut"] * 2 + ["postneonatal"] * 8 + ["ibu"] * 6
    deaths = [
        {"period": "2026-05", "event_id": f"M{n:016}", "kab_code": KAB, "kind": kind, "person_id": "P"}
        for n, kind in enumerate(kinds)
    ]
    few_months = figure("kab", KAB, "I23c", numerator=None, denominator=None, value=None, coverage=0.5)
    publication(home, {"targeting": [], "report_month": [*FIGURES, few_months], "mortality_event": deaths})

    found = sheet(write_month_report(home).folder / "laporan-2026-10.xlsx", "Jenis kematian")

    assert {row[1]: row[3] for row in found if row[0] == f"Wilayah {KAB}"} == {
        "Ibu": words().unknown,
        "Neonatal dini (0-6 hari)": words().hidden,
        "Neonatal lanjut (7-27 hari)": words().hidden,
        "Pascaneonatal (28 hari - 11 bulan)": words().hidden,
        "Balita (12-59 bulan)": 0,
        "Lahir mati": 0,
    }


def test_a_period_that_is_not_there_names_those_that_are(home: Home) -> None:
    publication(home, {"targeting": []})

    with pytest.raises(NothingPublished, match=r"No publication of 2026-07 .* There are: 2026-10, 2026-W46\."):
        write_month_report(home, "2026-07")


def test_without_a_browser_there_is_a_sentence_instead_of_a_pdf(home: Home, tmp_path: Path) -> None:
    publication(home, {"targeting": []})

    done = write_month_report(home, out=tmp_path / "elsewhere")

    assert done.remark is not None
    assert done.remark.startswith("No PDF")
    assert sorted(path.name for path in done.folder.iterdir()) == [
        "isi.json",
        "laporan-2026-10.html",
        "laporan-2026-10.xlsx",
    ]
    assert {path.stat().st_mode & 0o777 for path in done.folder.iterdir()} == {0o600}


def test_a_browser_that_fails_leaves_no_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\nexit 1\n")
    browser.chmod(0o700)
    monkeypatch.setattr("integration.reports.pdf.BROWSERS", (str(browser),))

    told = print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")

    assert told is not None
    assert "did not print" in told
    assert not (tmp_path / "page.pdf").exists()
