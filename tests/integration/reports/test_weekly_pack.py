"""The weekly lists name whom to visit, say what changed, and show each reader no more than is theirs to know."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from published_world import KAB, KEC, OTHER_KEC, publication, sheet, sheets, target

from integration.explanation.masking import number
from integration.reports import write_weekly_pack
from integration.reports.folder import ReportNotWritten, whole_folder
from integration.reports.granted import granted_to
from integration.reports.sheet import tab_name
from integration.reports.week_words import week_words
from integration.rules.facts import AGENCIES
from warehouse.entitlements import SHIPPED
from warehouse.settings import Home
from warehouse.tables import table

TODAY = dt.datetime.now(dt.UTC).date()
HOSTILE = '=HYPERLINK("http://x") <b>&amp;\' Ani'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def write_and_fail(file: Path) -> None:
    file.write_text("new")
    raise ZeroDivisionError


def workbook(folder: Path, code: str) -> Path:
    (found,) = folder.glob(f"kecamatan/{code}*.xlsx")
    return found


def listed(path: Path, tab: str) -> list[dict[str, Any]]:
    """Give the lines of a list by column heading."""
    _, _, head, *lines = sheet(path, tab)
    return [dict(zip(head, line, strict=True)) for line in lines]


def village(folder: Path) -> list[dict[str, Any]]:
    path = workbook(folder, KEC)
    return listed(path, sheets(path)[1])


def test_a_village_lists_the_most_urgent_first_with_sentences(home: Home) -> None:
    first = target(1, tier="P1", score=80, tier_reasons=["SANGAT_PENDEK", "DATA_KURANG"], gaps=["G01_UKUR", "G15_AIR"])
    publication(home, {"targeting": [target(2), target(3, score=55), first, target(4, tier="P5")]})

    found = village(write_weekly_pack(home).folder)

    assert [(row["Prioritas"], row["Skor"], row["Nama"]) for row in found] == [
        ("P1", "80", "ANAK 1"),
        ("P2", "55", "ANAK 3"),
        ("P2", "40", "ANAK 2"),
    ]
    assert found[0]["Alasan"] == "Anak sangat pendek; Data kurang; bisa jadi lebih mendesak"
    assert found[0]["Yang belum diterima"] == "Belum ditimbang dan diukur bulan ini; Air minum tidak layak"
    assert (found[0]["Umur"], found[0]["RT/RW"], found[0]["Alamat"]) == ("1 th 8 bl", "001/002", "KRAJAN")


def test_names_are_written_as_text(home: Home) -> None:
    publication(home, {"targeting": [target(1, name=HOSTILE, village_name="A/B: [C] & D?*")]})

    folder = write_weekly_pack(home).folder

    assert [row["Nama"] for row in village(folder)] == [HOSTILE]
    assert [
        row["Nama"] for row in listed(folder / "lembaga/dinkes.xlsx", sheets(folder / "lembaga/dinkes.xlsx")[1])
    ] == [HOSTILE]


def test_what_changed_since_a_week_ago(home: Home) -> None:
    stays = [target(1), target(2, tier="P3"), target(3, tier="P1"), target(5), target(6), target(7)]
    exits = [
        {"period": "2026-10", "target_id": target(4)["target_id"], "subject_type": "balita", "kab_code": KAB,
         "last_period": "2026-09", "last_tier": "P2", "reason": "moved"}
    ]  # fmt: skip
    publication(home, {"targeting": [*stays, target(4, name="YANG PINDAH")]}, at="2026-11-03")
    publication(home, {"targeting": []}, at="2026-11-09")  # not a week old: not compared with
    moved = target(7, village_code="35.09.02.2001", village_name="Lain", kec_code=OTHER_KEC)
    now = [target(1), target(2, tier="P1"), target(3), target(6, tier="P5"), moved, target(8)]
    publication(home, {"targeting": now, "target_exit": exits}, at="2026-11-10")

    folder = write_weekly_pack(home).folder

    assert {row["Nama"]: (row["Prioritas"], row["Perubahan"]) for row in village(folder)} == {
        "ANAK 1": ("P2", "tetap"),
        "ANAK 2": ("P1", "naik dari P3"),
        "ANAK 3": ("P2", "turun dari P1"),
        "ANAK 8": ("P2", "baru"),
        "YANG PINDAH": ("keluar", "keluar: pindah"),
        "ANAK 5": ("keluar", "keluar: alasan belum diketahui"),
        "ANAK 6": ("keluar", "keluar: tidak ada lagi yang mendesak"),
        "ANAK 7": ("keluar", "keluar: pindah ke Lain"),
    }
    other = workbook(folder, OTHER_KEC)
    assert [row["Perubahan"] for row in listed(other, sheets(other)[1])] == ["baru: pindahan dari Padomasan"]
    summary = [row for row in sheet(workbook(folder, KEC), "Baca dahulu") if "Padomasan" in row]
    assert summary[0][1:8] == [1, 3, 0, 0, 4, 1, 4]


def test_without_an_older_publication_no_change_is_claimed(home: Home) -> None:
    publication(home, {"targeting": [target(1)]})

    folder = write_weekly_pack(home).folder

    assert [row["Perubahan"] for row in village(folder)] == [""]
    first = sheet(workbook(folder, KEC), "Baca dahulu")
    assert any("perubahan belum dapat dihitung" in str(row[0]) for row in first)


def test_a_kecamatan_without_targets_has_a_workbook_that_says_so(home: Home) -> None:
    publication(home, {"targeting": [target(1)]})

    folder = write_weekly_pack(home).folder

    assert len(list(folder.glob("kecamatan/*.xlsx"))) == 31  # all of Jember
    assert sheets(workbook(folder, OTHER_KEC)) == ["Baca dahulu"]
    assert all(row[5] in (0, "Jumlah", "") for row in sheet(workbook(folder, OTHER_KEC), "Baca dahulu"))


def test_nobody_is_lost_whose_village_is_not_known(home: Home) -> None:
    no_village = target(1, village_code=None, village_name=None)
    nowhere = target(2, village_code=None, village_name=None, kec_code=None, kec_name=None)
    publication(home, {"targeting": [no_village, nowhere]})

    folder = write_weekly_pack(home).folder

    (unplaced,) = folder.glob("kecamatan/kecamatan-tidak-diketahui.xlsx")
    assert [row["Nama"] for row in listed(workbook(folder, KEC), "Desa tidak diketahui")] == ["ANAK 1"]
    assert [row["Nama"] for row in listed(unplaced, "Desa tidak diketahui")] == ["ANAK 2"]


def test_each_agency_gets_its_own_gaps_and_a_family_once(home: Home) -> None:
    family = {"family_id": "F", "latrine_adequate": False, "desil": 1}
    targets = [
        target(1, gaps=["G01_UKUR", "G14_JAMBAN"], **family),
        target(2, gaps=["G15_AIR"], tier="P1", subject_type="ibu", **family),
        target(3, gaps=["G08_AKTA"], tier="P5"),
    ]
    publication(home, {"targeting": targets})

    folder = write_weekly_pack(home).folder / "lembaga"
    work = {
        path.stem: [row for tab in sheets(path)[1:] for row in listed(path, tab)] for path in sorted(folder.iterdir())
    }

    assert {agency: len(rows) for agency, rows in work.items()} == {
        "dinkes": 1,
        "dinsos": 0,
        "dp3akb": 0,
        "dukcapil": 1,
        "pu": 1,
    }
    assert work["pu"][0]["Yang belum diterima"] == "Jamban tidak layak; Air minum tidak layak"
    assert (work["pu"][0]["Prioritas"], work["pu"][0]["Jamban layak"]) == ("P1", "tidak")
    assert work["dinkes"][0]["Yang belum diterima"] == "Belum ditimbang dan diukur bulan ini"
    assert "Desil" not in work["dinkes"][0]


def test_numbers_are_masked_unless_asked_for(home: Home, tmp_path: Path) -> None:
    publication(home, {"targeting": [target(1, gaps=["G07_NIK"])]})

    masked = write_weekly_pack(home).folder / "lembaga/dukcapil.xlsx"
    full = write_weekly_pack(home, out=tmp_path / "full", in_full=True).folder / "lembaga/dukcapil.xlsx"

    nik = target(1)["nik"]
    assert [row["NIK"] for row in listed(masked, sheets(masked)[1])] == [number(nik)]
    assert [row["NIK"] for row in listed(full, sheets(full)[1])] == [nik]


@pytest.mark.parametrize("agency", AGENCIES)
def test_health_is_seen_by_dinkes_and_welfare_by_dinsos_only(home: Home, agency: str) -> None:
    privacy = {column.name: column.privacy for column in table("targeting.targeting").columns}
    shown = week_words().agencies[agency]
    granted = granted_to(home, [shown.recipient], TODAY)[shown.recipient]
    assert granted is not None
    listed = week_words().list_columns(shown.columns, granted.columns)
    read = {name for column in listed for name in column.reads}
    kinds = {
        kind: {name for name in read if privacy[name] == kind} - {"tier", "score", "gaps"}
        for kind in ("health", "welfare")
    }

    assert len(listed) == len(shown.columns)  # the shipped lists ask for nothing that the shipped policy drops
    allowed = {
        "Dinkes": (kinds["health"], set()),
        "Dinsos": (set(), {"desil", "pkh", "bpnt", "pbi_jkn", "blt_dd"}),
        "DP3AKB": ({"risk_factors"}, {"tpk_assisted"}),
        "PU": (set(), {"water_adequate", "latrine_adequate", "open_defecation"}),
        "Dukcapil": (set(), set()),
    }
    assert (kinds["health"], kinds["welfare"]) == allowed[agency]


def own_policy(home: Home, **changed: dict[str, Any]) -> None:
    said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    for recipient, words in changed.items():
        said["recipients"][recipient] |= words
    said["views"]["sanitation_officer"]["clear"].remove("sanitation")
    said["views"]["sanitation_officer"]["dropped"].append("sanitation")
    home.policy.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")


def test_a_list_shows_no_more_than_the_policy_of_the_home_grants(home: Home) -> None:
    publication(home, {"targeting": [target(1, gaps=["G14_JAMBAN", "G07_NIK"], latrine_adequate=False)]})
    own_policy(home, dispendukcapil={"valid_until": TODAY - dt.timedelta(days=1)})

    done = write_weekly_pack(home)

    assert not (done.folder / "lembaga/dukcapil.xlsx").exists()
    assert done.remark == "Nothing for dispendukcapil: the access policy grants them no targets today."
    pu = done.folder / "lembaga/pu.xlsx"
    (row,) = listed(pu, sheets(pu)[1])
    assert "Jamban layak" not in row  # withheld is no column at all, not "unknown"
    assert row["Yang belum diterima"] == "Jamban tidak layak"


def test_the_first_sheet_says_who_may_hold_it_and_until_when(home: Home) -> None:
    one = publication(home, {"targeting": [target(1)]})

    said = "\n".join(str(row[0]) for row in sheet(workbook(write_weekly_pack(home).folder, KEC), "Baca dahulu"))

    assert "RAHASIA" in said
    assert one.version in said
    assert "Berlaku sampai 17 November 2026" in said
    assert "paling lambat 11 Desember 2026" in said


def test_only_the_owner_reads_the_pack_and_a_new_one_replaces_it(home: Home) -> None:
    publication(home, {"targeting": [target(1)]})
    write_weekly_pack(home)

    folder = write_weekly_pack(home).folder

    assert folder == home.path / "reports" / "2026-11-10"
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(json.loads((folder / "isi.json").read_text())["files"]) == 36
    assert [path.name for path in folder.parent.iterdir()] == ["2026-11-10"]


def test_a_pack_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "pack", {}) as folder:
        (folder / "a.txt").write_text("old")

    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "pack", {}) as folder:
        write_and_fail(folder / "a.txt")

    assert (tmp_path / "pack/a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


def test_a_pack_killed_between_its_two_renames_is_put_back(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "pack", {}) as folder:
        (folder / "a.txt").write_text("old")
    (tmp_path / "pack").rename(tmp_path / ".pack.old")
    (tmp_path / ".pack.build").mkdir()

    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "pack", {}):
        raise ZeroDivisionError

    assert (tmp_path / "pack/a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "thesis.txt").write_text("ten years")

    with pytest.raises(ReportNotWritten, match="no folder of reports"), whole_folder(tmp_path / "pack", {}):
        pass

    assert (tmp_path / "pack" / "thesis.txt").read_text() == "ten years"


@given(st.lists(st.text(), max_size=8))
def test_excel_takes_every_tab_name(texts: list[str]) -> None:
    names: list[str] = []
    for text in texts:
        names.append(tab_name(text, names))

    assert len({name.casefold() for name in names}) == len(texts)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
