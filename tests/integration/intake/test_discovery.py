"""Which deliveries lie in a folder, whatever the folder is called and whatever else lies there."""

import datetime as dt
import os
from pathlib import Path

import pytest

from integration.intake import find_deliveries
from integration.intake.discovery import UNKNOWN
from tests.integration.intake.agency_files import MEMBER, TODDLER, deliver, write_bytes, write_manifest
from warehouse.errors import HomeError


def lay(root: Path, *places: str) -> Path:
    """Lay files of some bytes there."""
    for place in places:
        write_bytes(root / place, b"x")
    return root


def found(root: Path) -> list[tuple[str, str, str, int]]:
    """Give dataset, kabupaten, period and number of files of each delivery."""
    return [(d.contract.dataset, d.kab_code, d.period, len(d.files)) for d in find_deliveries(root).deliveries]


@pytest.mark.parametrize(
    ("place", "kab", "period"),
    [
        ("health/dinkes_balita/2026-10/dinkes_balita_3509_202610.xlsx", "35.09", "2026-10"),
        ("dinkes_balita/2026-10/apa saja_3509.csv", "35.09", "2026-10"),
        ("dinkes_balita_3509_202610_07.XLSX", "35.09", "2026-10"),
        ("DINKES_BALITA_35.09_2026-10 (1).xlsx", "35.09", "2026-10"),
        ("2026-10/dinkes_balita_3514_202610.csv", "35.14", "2026-10"),
        ("2026-10/keluarga_dtsen_v3_2026_35.09.csv", "35.09", "2026-10"),
        ("2026-10/anggota_keluarga_dtsen_v3_2026_35.09.csv", "35.09", "2026-10"),
        ("keluarga_dtsen_v3_2026_35.09.csv", "35.09", UNKNOWN),
        ("dinkes_balita/2026-10/oktober.xlsx", UNKNOWN, "2026-10"),
        ("dinkes_balita/oktober.xlsx", UNKNOWN, UNKNOWN),
    ],
)
def test_kabupaten_and_period_come_from_folder_or_file_name(tmp_path: Path, place: str, kab: str, period: str) -> None:
    (one,) = find_deliveries(lay(tmp_path, place)).deliveries
    assert (one.kab_code, one.period) == (kab, period)
    assert (one.trouble is None) == (UNKNOWN not in (kab, period))
    if one.trouble is None:
        assert one.snapshot_date == dt.date(2026, 10, 31)
        assert any("row counts are unverified" in note for note in one.notes)
    else:
        assert "name the file" in one.trouble


def test_the_agencies_own_names_tell_families_from_members(tmp_path: Path) -> None:
    lay(tmp_path, "2026-10/keluarga_dtsen_v3_2026_35.09.csv", "2026-10/anggota_keluarga_dtsen_v3_2026_35.09.csv")
    assert [dataset for dataset, *_ in found(tmp_path)] == ["dtsen_keluarga", "dtsen_anggota"]


def test_a_file_that_names_no_kabupaten_is_taken_to_be_of_the_usual_one(tmp_path: Path) -> None:
    lay(tmp_path, "dukcapil_penduduk/2026-10/dukcapil_penduduk_3514_202610.csv", "dinkes_balita/2026-10/oktober.xlsx")
    assumed = find_deliveries(tmp_path).of("dinkes_balita")[0]
    assert assumed.kab_code == "35.14"
    assert any("35.14 was assumed" in note for note in assumed.notes)


def test_files_of_one_month_are_one_delivery_also_in_folders_below_it(tmp_path: Path) -> None:
    base = "health/dinkes_balita/2026-10"
    lay(
        tmp_path, f"{base}/ajung/dinkes_balita_3509_202610_01.xlsx", f"{base}/kalisat/dinkes_balita_3509_202610_02.xlsx"
    )
    assert found(tmp_path) == [("dinkes_balita", "35.09", "2026-10", 2)]


def test_months_and_kabupaten_beside_each_other_are_deliveries_of_their_own(tmp_path: Path) -> None:
    lay(tmp_path, *(f"dinkes_balita_{kab}_{month}.csv" for kab in ("3509", "3514") for month in ("202609", "202610")))
    assert found(tmp_path) == [
        ("dinkes_balita", "35.09", "2026-09", 1),
        ("dinkes_balita", "35.14", "2026-09", 1),
        ("dinkes_balita", "35.09", "2026-10", 1),
        ("dinkes_balita", "35.14", "2026-10", 1),
    ]


def test_a_name_that_contradicts_its_folder_is_noted(tmp_path: Path) -> None:
    (one,) = find_deliveries(lay(tmp_path, "dinkes_balita/2026-10/dinkes_balita_3509_202609.csv")).deliveries
    assert one.period == "2026-10"
    assert any("named for 2026-09 and lies with 2026-10" in note for note in one.notes)


def test_what_is_no_delivery_is_passed_over_with_a_sentence(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "dinkes_balita/2026-10/foto.jpg",
        "dinkes_balita/2026-10/dinkes_balita_3509_202610.xlsx.part",
        "catatan.xlsx",
        "dinkes_balita/2026-10/~$dinkes_balita_3509_202610.xlsx",
        "dinkes_balita/2026-10/.dinkes_balita_3509_202610.xlsx",
        ".git/dinkes_balita_3509_202610.xlsx",
    )
    passed = find_deliveries(tmp_path)
    assert passed.deliveries == []
    assert [sentence.split(":")[0] for sentence in passed.passed_over] == [
        "catatan.xlsx",
        "dinkes_balita/2026-10/dinkes_balita_3509_202610.xlsx.part",
        "dinkes_balita/2026-10/foto.jpg",
    ]
    assert "still being written" in passed.passed_over[1]


def test_links_that_lead_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = write_bytes(tmp_path / "elsewhere" / "dinkes_balita_3509_202610.csv", b"secret")
    root = lay(tmp_path / "extracts", "dinkes_balita/2026-10/dinkes_balita_3509_202610.csv")
    for name, target in (
        ("dinkes_balita_3509_202609.csv", secret),
        ("folder", secret.parent),
        ("circle.csv", Path("circle.csv")),
        ("dinkes_balita_3509_202608.csv", root / "dinkes_balita/2026-10/dinkes_balita_3509_202610.csv"),
        ("dinkes_balita/manifest.json", secret),
    ):
        (root / name).symlink_to(target)
    passed = find_deliveries(root)
    assert [d.period for d in passed.deliveries] == ["2026-08", "2026-10"]
    assert len([text for text in passed.passed_over if "a link to a folder, or one that leads out of" in text]) == 3


@pytest.mark.parametrize("name", ["baris\nbaru", "\x1b[31m", os.fsdecode(b"caf\xe9")])
def test_a_name_that_cannot_be_shown_is_passed_over_on_one_line(tmp_path: Path, name: str) -> None:
    (sentence,) = find_deliveries(lay(tmp_path, f"dinkes_balita/2026-10/{name}_3509_202610.csv")).passed_over
    assert "holds signs that cannot be shown" in sentence
    assert sentence.isprintable()


def test_twenty_thousand_files_are_found_and_told_of_in_short(tmp_path: Path) -> None:
    (tmp_path / "dinkes_balita/2026-10").mkdir(parents=True)
    for number in range(20_000):
        ending = "csv" if number % 2 else "odd"
        (tmp_path / f"dinkes_balita/2026-10/dinkes_balita_3509_202610_{number}.{ending}").touch()
    passed = find_deliveries(tmp_path)
    assert [len(delivery.files) for delivery in passed.deliveries] == [10_000]
    assert len(passed.passed_over) == 10_000
    assert passed.passed_over_in_short()[-1] == "9,980 more files, in the same ways"
    assert len(passed.passed_over_in_short()) == 21


def test_the_truth_beside_a_sample_is_no_delivery_and_nothing_to_tell(tmp_path: Path) -> None:
    passed = find_deliveries(lay(tmp_path, "truth/rows.parquet", "truth/dinkes_balita/manifest.json"))
    assert (passed.deliveries, passed.passed_over) == ([], [])


def test_an_empty_folder_is_fine_and_a_missing_one_a_sentence(tmp_path: Path) -> None:
    assert find_deliveries(tmp_path).deliveries == []
    with pytest.raises(HomeError, match="does not exist or is no folder"):
        find_deliveries(tmp_path / "nowhere")


def test_a_manifest_wins_over_names(tmp_path: Path) -> None:
    path = deliver(tmp_path, "dinkes_balita", [TODDLER], period="2026-09", name="oktober.csv")
    write_manifest(path.parent, "dinkes_balita", kab4="35.14", snapshot_date="2026-10-20", region_code_system="BPS")
    (one,) = find_deliveries(tmp_path).deliveries
    assert (one.kab_code, one.period, one.snapshot_date, one.trouble) == (
        "35.14",
        "2026-10",
        dt.date(2026, 10, 20),
        None,
    )
    assert one.manifest is not None
    assert one.manifest.region_code_system == "bps"


def test_a_file_under_its_agency_s_own_name_is_found_in_the_manifest(tmp_path: Path) -> None:
    own = "keluarga_dtsen_v3_2026_35.09.csv"
    path = deliver(tmp_path, "dtsen_anggota", [MEMBER], name=own)
    write_manifest(
        path.parent, "dtsen_anggota", files=[{"name": "dtsen_anggota_3509_202610.csv", "source_file_name": own}]
    )
    (one,) = find_deliveries(tmp_path).deliveries
    assert (one.trouble, [file.name for file in one.files]) == (None, [own])


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kab4": None}, "lacks kab4"),
        ({"kab4": "JEMBER"}, "kab4 must be four digits"),
        ({"period": "Oktober"}, "period must be YYYY-MM"),
        ({"period": "0001-01"}, "period must be YYYY-MM"),
        ({"period": "2027-10", "snapshot_date": "2026-10-31"}, "more than a month before period 2027-10 begins"),
        ({"snapshot_date": "31/10/2026"}, "snapshot_date must be YYYY-MM-DD"),
        ({"files": "all"}, "files a list"),
        ({"files": [{"rows": 1}]}, "files a list"),
        ({"region_code_system": "x' OR 1"}, "region_code_system must be kemendagri or bps"),
        ({"dataset": "siga_krs"}, "speaks of siga_krs, but the folder holds dinkes_balita"),
        ({"files": [{"name": "lain.csv"}]}, "lists lain.csv, which is not there"),
    ],
)
def test_a_manifest_that_cannot_be_honoured_says_why(tmp_path: Path, said: dict[str, object], sentence: str) -> None:
    path = deliver(tmp_path, "dinkes_balita", [TODDLER])
    write_manifest(path.parent, "dinkes_balita", **said)
    (one,) = find_deliveries(tmp_path).deliveries
    assert one.trouble is not None
    assert sentence in one.trouble


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_manifest_that_is_no_manifest_says_so(tmp_path: Path, content: bytes) -> None:
    path = deliver(tmp_path, "dinkes_balita", [TODDLER])
    write_bytes(path.parent / "manifest.json", content)
    (one,) = find_deliveries(tmp_path).deliveries
    assert one.trouble is not None
    assert "manifest.json" in one.trouble


def test_a_manifest_whose_only_file_is_missing_is_a_delivery_in_trouble(tmp_path: Path) -> None:
    path = deliver(tmp_path, "dinkes_balita", [TODDLER])
    write_manifest(path.parent, "dinkes_balita")
    path.unlink()
    (one,) = find_deliveries(tmp_path).deliveries
    assert one.trouble is not None
    assert path.name in one.trouble


def test_a_file_the_manifest_does_not_list_is_left_out_and_noted(tmp_path: Path) -> None:
    path = deliver(tmp_path, "dinkes_balita", [TODDLER])
    write_manifest(path.parent, "dinkes_balita")
    deliver(tmp_path, "dinkes_balita", [TODDLER], number=2)
    (one,) = find_deliveries(tmp_path).deliveries
    assert one.files == (path,)
    assert any("is not in manifest.json and was not read" in note for note in one.notes)
