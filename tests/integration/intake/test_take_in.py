"""A delivery comes in whole or not at all; what is refused leaves yesterday's in force; nothing is lost silently."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from integration.cleaning.macros import define_macros
from integration.contracts import contract
from integration.intake import DatasetIntake, books, find_deliveries, prepare, staging, take_in
from integration.intake import intake as intake_module
from integration.intake.landing import Landed
from tests.integration.intake.agency_files import (
    EXAMPLES,
    FAMILY,
    KRS,
    MEMBER,
    RESIDENT,
    TODDLER,
    deliver,
    person_nik,
    table_of,
    write_bytes,
    write_manifest,
    write_workbook,
)
from tests.integration.intake.conftest import ONE_THREAD, Intake
from warehouse.database import writer
from warehouse.settings import Home

CANARIES = ("AZZAHRA", "HOLIFAH", "SAMSUL", "35092765", "35092715", "GLAGAHWERO", "8.4", "75.2")


def people(number: int, **said: Any) -> list[dict[str, Any]]:
    """Write that many residents, each with a NIK of its own."""
    return [{**RESIDENT, "NIK": person_nik(i), **said} for i in range(number)]


def named(name: str, **said: Any) -> dict[str, Any]:
    return {**MEMBER, "nama_anggota_keluarga": name, **said}


def toddler(name: str, **said: Any) -> dict[str, Any]:
    return {**TODDLER, "Nama": name, **said}


@pytest.mark.parametrize("dataset", EXAMPLES)
def test_a_good_row_of_every_dataset_comes_in_without_a_warning(intake: Intake, dataset: str) -> None:
    path = deliver(intake.root, dataset, [EXAMPLES[dataset]])
    write_manifest(path.parent, dataset)
    result = intake.take(dataset)
    quiet = [warning for warning in result.warnings if "digit_preference" not in warning]
    if dataset == "dukcapil_penduduk":  # one card, and no head on it
        quiet = [warning for warning in quiet if "one_head_per_card" not in warning]
    assert (result.accepted, result.refused, quiet, result.read) == (1, [], [], 1)
    (file,) = intake.rows("SELECT source_file, sha256, manifest_rows, notes FROM agency_extracts.source_file")
    assert file[0] == path.relative_to(intake.root).as_posix()
    assert file[2:] == (1, [])


def test_many_files_are_one_delivery_and_the_same_bytes_twice_are_read_once(intake: Intake) -> None:
    for number, name in enumerate(["A", "B", "A"], start=1):
        deliver(intake.root, "dtsen_anggota", [named(name)], number=number)
    result = intake.take("dtsen_anggota")
    assert (result.accepted, result.files, result.read) == (1, 2, 2)
    assert intake.names_in_force("dtsen_anggota") == ["A", "B"]


def test_the_same_bytes_again_change_nothing(intake: Intake) -> None:
    deliver(intake.root, "dtsen_anggota", [MEMBER])
    intake.take("dtsen_anggota")
    before = intake.rows("FROM agency_extracts.delivery"), intake.rows("FROM agency_extracts.dtsen_anggota")
    again = intake.take("dtsen_anggota")
    assert (again.accepted, again.unchanged, again.read) == (0, 1, 0)
    assert (intake.rows("FROM agency_extracts.delivery"), intake.rows("FROM agency_extracts.dtsen_anggota")) == before


def test_other_bytes_for_the_same_month_replace_and_the_older_ones_are_kept(intake: Intake) -> None:
    deliver(intake.root, "dtsen_anggota", [named("OLD")])
    intake.take("dtsen_anggota")
    deliver(intake.root, "dtsen_anggota", [named("NEW")])
    intake.take("dtsen_anggota")
    assert intake.statuses() == ["superseded", "in_force"]
    assert intake.names_in_force("dtsen_anggota") == ["NEW"]
    assert len(intake.rows("FROM agency_extracts.dtsen_anggota")) == 2


def replaced_and_back(intake: Intake, *, manifest: bool = False) -> DatasetIntake:
    """Deliver a month, then other bytes in their place, then the first again; give what became of these."""
    for name in ("OLD", "NEW", "OLD"):
        path = deliver(intake.root, "dtsen_anggota", [named(name)])
        if manifest:
            write_manifest(path.parent, "dtsen_anggota")
        result = intake.take("dtsen_anggota")
    return result


@pytest.mark.parametrize("manifest", [False, True])
def test_replaced_bytes_that_lie_there_again_are_in_force_again(intake: Intake, manifest: bool) -> None:
    back = replaced_and_back(intake, manifest=manifest)
    assert (back.accepted, back.unchanged, back.read) == (1, 0, 1)
    assert "it lies there again, and the one that had replaced it does not" in back.warnings[-1]
    assert intake.names_in_force("dtsen_anggota") == ["OLD"]
    assert intake.statuses() == ["superseded", "superseded", "in_force"], "each coming is in the books"
    assert len(intake.rows("FROM agency_extracts.dtsen_anggota")) == 2, "their rows are kept once"


def test_what_came_back_changes_nothing_the_night_after(intake: Intake) -> None:
    replaced_and_back(intake)
    tables = ("delivery", "source_file", "delivery_measure", "dtsen_anggota")
    before = [intake.rows(f"FROM agency_extracts.{name} ORDER BY ALL") for name in tables]
    after = intake.take("dtsen_anggota")
    assert (after.accepted, after.unchanged, after.refused) == (0, 1, [])
    assert not [text for text in after.warnings if "lies there again" in text]
    assert [intake.rows(f"FROM agency_extracts.{name} ORDER BY ALL") for name in tables] == before


def test_an_agency_may_go_to_and_fro(intake: Intake) -> None:
    replaced_and_back(intake)
    for name in ("NEW", "OLD", "NEW"):
        deliver(intake.root, "dtsen_anggota", [named(name)])
        assert intake.take("dtsen_anggota").accepted == 1
        assert intake.names_in_force("dtsen_anggota") == [name]
    assert intake.statuses() == [*["superseded"] * 5, "in_force"]


def test_a_replaced_delivery_whose_rows_were_removed_since_is_read_again(intake: Intake) -> None:
    path = deliver(intake.root, "dtsen_anggota", [named("OLD")])
    intake.take("dtsen_anggota")
    old = path.read_bytes()
    deliver(intake.root, "dtsen_anggota", [named("NEW")])
    intake.take("dtsen_anggota")
    intake.connection.execute("DELETE FROM agency_extracts.dtsen_anggota WHERE name = 'OLD'")
    path.write_bytes(old)
    assert intake.take("dtsen_anggota").read == 1
    assert intake.names_in_force("dtsen_anggota") == ["OLD"]


def test_a_replaced_delivery_beside_the_one_in_force_does_not_come_back(intake: Intake) -> None:
    for folder, name in (("b", "OLD"), ("a", "NEW")):
        deliver(intake.root / folder, "dtsen_anggota", [named(name)])
        intake.take("dtsen_anggota")
    for _ in range(2):
        again = intake.take("dtsen_anggota")
        assert (again.accepted, again.unchanged) == (0, 2)
        assert intake.names_in_force("dtsen_anggota") == ["NEW"]


def test_a_replaced_delivery_beside_a_newer_one_does_not_come_back(intake: Intake) -> None:
    for folder, name in (("b", "OLD"), ("a", "NEW"), ("a", "NEWEST")):
        deliver(intake.root / folder, "dtsen_anggota", [named(name)])
        intake.take("dtsen_anggota")
    assert intake.names_in_force("dtsen_anggota") == ["NEWEST"]
    assert intake.statuses() == ["superseded", "superseded", "in_force"]


def test_of_several_replaced_deliveries_that_lie_there_the_last_one_comes_back(intake: Intake) -> None:
    for folder in ("a", "b"):
        deliver(intake.root / folder, "dtsen_anggota", [named(folder)])
    gone = deliver(intake.root / "c", "dtsen_anggota", [named("c")])
    intake.take("dtsen_anggota")
    gone.unlink()
    assert intake.take("dtsen_anggota").accepted == 1
    assert intake.names_in_force("dtsen_anggota") == ["b"]
    assert intake.take("dtsen_anggota").accepted == 0


def test_a_refused_delivery_of_the_month_leaves_in_force_what_is_there(intake: Intake) -> None:
    deliver(intake.root / "a", "dtsen_anggota", [named("OLD")])
    intake.take("dtsen_anggota")
    newer = deliver(intake.root / "b", "dtsen_anggota", [named("NEW")])
    intake.take("dtsen_anggota")
    newer.write_bytes(b"")
    result = intake.take("dtsen_anggota")
    assert (result.accepted, len(result.refused), result.unchanged) == (0, 1, 1)
    assert intake.names_in_force("dtsen_anggota") == ["NEW"]
    newer.unlink()
    assert intake.take("dtsen_anggota").accepted == 1
    assert intake.names_in_force("dtsen_anggota") == ["OLD"]


def test_a_replaced_delivery_of_another_month_does_not_come_back(intake: Intake) -> None:
    deliver(intake.root, "dtsen_anggota", [named("SEP")], period="2026-09")
    deliver(intake.root, "dtsen_anggota", [named("OCT")])
    intake.take("dtsen_anggota")
    deliver(intake.root, "dtsen_anggota", [named("OCTOBER")])
    intake.take("dtsen_anggota")
    deliver(intake.root, "dtsen_anggota", [named("OCT")])
    assert intake.take("dtsen_anggota").unchanged == 1
    assert intake.names_in_force("dtsen_anggota") == ["OCT", "SEP"]


def test_another_month_replaces_nothing(intake: Intake) -> None:
    deliver(intake.root, "dtsen_anggota", [named("OCT")])
    deliver(intake.root, "dtsen_anggota", [named("SEP")], period="2026-09")
    assert intake.take("dtsen_anggota").accepted == 2
    assert intake.names_in_force("dtsen_anggota") == ["OCT", "SEP"]


def test_two_deliveries_of_one_month_side_by_side_are_told_and_stay_as_they_are(intake: Intake) -> None:
    for folder, name in (("a", "FIRST"), ("b", "SECOND")):
        deliver(intake.root / folder, "dtsen_anggota", [named(name)])
    result = intake.take("dtsen_anggota")
    assert any("two deliveries of this month lie there, in a/social_welfare" in warning for warning in result.warnings)
    assert intake.names_in_force("dtsen_anggota") == ["SECOND"]
    again = intake.take("dtsen_anggota")
    assert (again.accepted, again.unchanged) == (0, 2)
    assert intake.names_in_force("dtsen_anggota") == ["SECOND"]


def test_a_delivery_whose_folder_vanished_stays_in_force(intake: Intake) -> None:
    path = deliver(intake.root, "dtsen_anggota", [MEMBER])
    intake.take("dtsen_anggota")
    path.unlink()
    assert intake.take("dtsen_anggota").accepted == 0
    assert intake.names_in_force("dtsen_anggota") == ["SITI NAYLA AZZAHRA"]


def test_one_file_name_used_every_month_is_two_files(intake: Intake) -> None:
    for month in ("2026-09", "2026-10"):
        row = named(month)
        path = write_workbook(intake.root / "dtsen_anggota" / "terbaru.xlsx", table_of([row]))
        entry = [{"name": path.name, "rows": 1}]
        write_manifest(path.parent, "dtsen_anggota", period=month, snapshot_date=f"{month}-30", files=entry)
        assert intake.take("dtsen_anggota").accepted == 1
    assert intake.rows("SELECT source_file FROM agency_extracts.source_file ORDER BY ALL") == [
        ("2026-09/dtsen_anggota/terbaru.xlsx",),
        ("2026-10/dtsen_anggota/terbaru.xlsx",),
    ]


REFUSALS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "hash_mismatch": ("SHA-256", lambda root: spoil_manifest(root, sha256="0" * 64)),
    "row_count_mismatch": ("manifest.json says 7", lambda root: spoil_manifest(root, rows=7)),
    "unusable_delivery": ("is no JSON", lambda root: write_bytes(month(root) / "manifest.json", b"{")),
    "missing_column": (
        "nomor_kartu_keluarga",
        lambda root: deliver(root, "dtsen_anggota", [without("nomor_kartu_keluarga")]),
    ),
    "no_header": ("no header was found", lambda root: write_bytes(good(root), b"1;2;3\n")),
    "empty_file": ("the file is empty", lambda root: write_bytes(good(root), b"")),
    "damaged_workbook": ("no workbook", lambda root: write_bytes(good(root).with_suffix(".xlsx"), b"PK")),
    "no_rows": ("not one row can be used", lambda root: deliver(root, "dtsen_anggota", [named("-")])),
}


def month(root: Path) -> Path:
    return root / "social_welfare" / "dtsen_anggota" / "2026-10"


def good(root: Path) -> Path:
    return month(root) / "dtsen_anggota_3509_202610.csv"


def without(header: str) -> dict[str, Any]:
    return {key: cell for key, cell in MEMBER.items() if key != header}


def strangers(number: int, *, of: int) -> list[dict[str, Any]]:
    """Write toddlers of whom some live in a village of another kabupaten."""
    return [toddler("SITI", Kec="TUTUR" if i < number else "KALISAT") for i in range(of)]


def spoil_manifest(root: Path, **said: Any) -> None:
    path = deliver(root, "dtsen_anggota", [named("OTHER")])
    write_manifest(path.parent, "dtsen_anggota", files=[{"name": path.name, **said}])


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refused_delivery_says_why_leaves_yesterdays_in_force_and_comes_in_once_corrected(
    intake: Intake, reason: str
) -> None:
    deliver(intake.root, "dtsen_anggota", [MEMBER])
    intake.take("dtsen_anggota")
    sentence, spoil = REFUSALS[reason]
    spoil(intake.root)
    for _ in range(2):  # the next night tries again and remembers it once
        result = intake.take("dtsen_anggota")
        assert (result.accepted, len(result.refused)) == (0, 1)
    (text,) = result.refused
    assert text.startswith("Dinas Sosial (social_welfare), dtsen_anggota ")
    assert sentence in text
    assert not [canary for canary in CANARIES if canary in text]
    assert intake.rows("SELECT reason_code, reason FROM agency_extracts.delivery WHERE status = 'refused'") == [
        (reason, text)
    ]
    assert intake.names_in_force("dtsen_anggota") == ["SITI NAYLA AZZAHRA"]
    assert intake.rows("SELECT count(*) FROM agency_extracts.source_file") == [(1,)]
    for path in month(intake.root).iterdir():
        path.unlink()
    deliver(intake.root, "dtsen_anggota", [named("CORRECTED")])
    assert intake.take("dtsen_anggota").accepted == 1
    assert intake.names_in_force("dtsen_anggota") == ["CORRECTED"]


def test_bytes_that_were_refused_under_another_name_are_one_delivery_when_they_come_in(intake: Intake) -> None:
    path = deliver(intake.root, "dtsen_anggota", [MEMBER])
    path = path.rename(path.with_suffix(".xls"))
    assert len(intake.take("dtsen_anggota").refused) == 1
    path.rename(path.with_suffix(".csv"))
    assert intake.take("dtsen_anggota").accepted == 1
    assert intake.statuses() == ["in_force"]


def test_refusals_name_the_file(intake: Intake) -> None:
    write_bytes(good(intake.root), b"")
    assert (
        ", file dtsen_anggota_3509_202610.csv: the file is empty; send it again."
        in intake.take("dtsen_anggota").refused[0]
    )


def test_a_file_that_vanishes_before_it_is_read_refuses_its_delivery_alone(intake: Intake) -> None:
    gone = deliver(intake.root, "dtsen_anggota", [MEMBER], period="2026-09")
    deliver(intake.root, "dtsen_anggota", [MEMBER])
    found = find_deliveries(intake.root)
    gone.unlink()
    one = contract("dtsen_anggota")
    result = take_in(intake.connection, intake.home, intake.root, one, found.of("dtsen_anggota"), "run")
    assert result.accepted == 1
    assert "cannot be opened or is gone" in result.refused[0]


@pytest.mark.parametrize(("share", "accepted"), [((2, 10), 1), ((3, 10), 0)])
def test_a_delivery_is_refused_below_four_fifths_of_resolved_places(
    intake: Intake, share: tuple[int, int], accepted: int
) -> None:
    deliver(intake.root, "dinkes_balita", strangers(share[0], of=share[1]))
    assert intake.take("dinkes_balita").accepted == accepted


@pytest.mark.parametrize(("elsewhere", "accepted"), [(1, 1), (2, 0)])
def test_the_register_must_resolve_to_995_in_a_thousand(intake: Intake, elsewhere: int, accepted: int) -> None:
    rows = people(200)
    for row in rows[:elsewhere]:
        row["NO_KEL"] = "2999"
    deliver(intake.root, "dukcapil_penduduk", rows)
    assert intake.take("dukcapil_penduduk").accepted == accepted


@pytest.mark.parametrize(("twice", "accepted"), [(1, 1), (2, 0)])
def test_the_register_may_repeat_one_nik_in_a_thousand(intake: Intake, twice: int, accepted: int) -> None:
    rows = people(1000 - twice)
    deliver(intake.root, "dukcapil_penduduk", rows + rows[:twice])
    result = intake.take("dukcapil_penduduk")
    assert result.accepted == accepted
    sentences = result.refused or result.warnings
    assert any(f"rows that repeat a NIK: {twice / 10:.2f}%, wanted at most" in sentence for sentence in sentences)


def test_a_register_without_any_row_does_not_replace_yesterdays(intake: Intake) -> None:
    deliver(intake.root, "dukcapil_penduduk", people(3))
    intake.take("dukcapil_penduduk")
    path = deliver(intake.root, "dukcapil_penduduk", people(1))
    path.write_bytes(path.read_bytes().split(b"\n")[0])
    assert "not one row can be used" in intake.take("dukcapil_penduduk").refused[0]
    assert len(intake.names_in_force("dukcapil_penduduk")) == 3


def test_a_month_without_deaths_is_a_good_delivery(intake: Intake) -> None:
    header = ["No Kasus", "Jenis", "Nama", "Tgl Meninggal", "Kec", "Desa/Kel"]
    write_bytes(intake.root / "dinkes_kematian_3509_202610.csv", ",".join(header).encode())
    assert intake.take("dinkes_kematian").accepted == 1


def test_rows_in_quarantine_carry_reason_column_wanted_and_what_to_do(intake: Intake) -> None:
    path = deliver(
        intake.root,
        "dinkes_balita",
        [
            toddler("GOOD"),
            toddler("-"),
            toddler("LATE", **{"Tanggal Pengukuran": "2027-01-01"}),
            toddler("ODD", **{"Tgl Lahir": ""}),
        ],
    )
    path.write_bytes(path.read_bytes() + b'"cut;\n')
    result = intake.take("dinkes_balita")
    assert (result.read, result.quarantined, result.skipped) == (2, 3, 1)
    found = intake.rows(
        "SELECT source_row_no, reason_code, column_name, wanted, what_to_do, raw "
        "FROM agency_extracts.quarantine ORDER BY source_row_no"
    )
    assert [row[:4] for row in found] == [
        (3, "empty_or_unreadable", "Nama", "a value"),
        (4, "measured_after_snapshot", "Tanggal Pengukuran", "a day not after the snapshot of the delivery"),
        (6, "unbalanced_quotes", None, "each opened quote closed on the same line, for a cell holds no line break"),
    ]
    assert all(row[4] for row in found)
    assert '"name":"LATE"' in found[1][5]
    assert found[2][5] == '"cut;'


def test_desil_out_of_range_says_the_range(intake: Intake) -> None:
    deliver(intake.root, "dtsen_keluarga", [FAMILY, {**FAMILY, "desil_nasional": "11"}])
    assert intake.take("dtsen_keluarga").quarantined == 1
    assert intake.rows("SELECT column_name, wanted FROM agency_extracts.quarantine") == [
        ("desil_nasional", "a value from 1 to 10")
    ]


def test_broken_lines_count_among_the_rows_a_manifest_promises(intake: Intake) -> None:
    path = deliver(intake.root, "dtsen_anggota", [MEMBER] * 3)
    path.write_bytes(path.read_bytes() + b'"3509276505230009;x\n')
    write_manifest(path.parent, "dtsen_anggota")
    result = intake.take("dtsen_anggota")
    assert (result.refused, result.read, result.quarantined) == ([], 3, 1)


@pytest.mark.parametrize("unusable", [False, True])
def test_columns_that_must_not_be_kept_are_kept_nowhere(intake: Intake, unusable: bool) -> None:
    rows = [{**row, "AGAMA": "RAHASIA"} for row in people(3)]
    if unusable:
        rows = [{key: cell for key, cell in row.items() if key != "NO_KK"} for row in rows]
    deliver(intake.root, "dukcapil_penduduk", rows)
    result = intake.take("dukcapil_penduduk")
    assert bool(result.refused) is unusable
    if not unusable:
        assert any("must not be delivered were dropped: AGAMA" in warning for warning in result.warnings)
    assert intake.landed() == []
    assert intake.take("dukcapil_penduduk").unchanged == (not unusable)
    everything = intake.rows("SELECT to_json(t)::VARCHAR FROM agency_extracts.dukcapil_penduduk AS t")
    assert "RAHASIA" not in str(everything)


def test_what_was_warned_of_is_told_again_as_long_as_it_lies_there(intake: Intake) -> None:
    path = deliver(intake.root, "dukcapil_penduduk", [{**row, "AGAMA": "RAHASIA"} for row in people(3)])
    first = intake.take("dukcapil_penduduk")
    assert any("must not be delivered were dropped: AGAMA" in warning for warning in first.warnings)
    assert any("wanted at" in warning for warning in first.warnings), "and a rule of the contract"
    for _ in range(2):
        again = intake.take("dukcapil_penduduk")
        assert (again.accepted, sorted(again.warnings)) == (0, sorted(first.warnings))
    path.unlink()
    assert intake.take("dukcapil_penduduk").warnings == []


def test_landed_files_are_named_by_their_hash_and_never_change(intake: Intake) -> None:
    path = deliver(intake.root, "dtsen_anggota", [MEMBER])
    intake.take("dtsen_anggota")
    (landed,) = intake.landed()
    ((sha256,),) = intake.rows("SELECT sha256 FROM agency_extracts.source_file")
    assert landed.name == f"{sha256}.csv"
    assert landed.read_bytes() == path.read_bytes()
    assert landed.stat().st_mode & 0o222 == 0
    first = landed.stat().st_mtime_ns
    deliver(intake.root, "dtsen_anggota", [MEMBER], period="2026-11")
    intake.take("dtsen_anggota")
    assert [(one, one.stat().st_mtime_ns) for one in intake.landed()] == [(landed, first)]


def test_a_file_that_still_grows_refuses_its_delivery_and_comes_in_when_it_is_whole(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(intake.root, "dtsen_anggota", [named("A")])
    began = staging.land

    def land_while_it_grows(source: Path, sha256: str | None, home: Home) -> Landed:
        source.write_bytes(source.read_bytes() + b"\n")
        return began(source, sha256, home)

    with monkeypatch.context() as patched:
        patched.setattr(staging, "land", land_while_it_grows)
        assert "it changed while it was read" in intake.take("dtsen_anggota").refused[0]
    assert intake.landed() == []
    assert intake.take("dtsen_anggota").accepted == 1
    assert path.read_bytes().endswith(b"\n\n")


def test_a_workbook_read_ahead_of_one_that_is_refused_leaves_no_forbidden_column_behind(intake: Intake) -> None:
    folder = month(intake.root)
    write_workbook(folder / "dtsen_anggota_3509_202610_01.xlsx", [["1", "2"]])
    for number in range(2, 5):
        path = folder / f"dtsen_anggota_3509_202610_{number:02d}.xlsx"
        write_workbook(path, table_of([{**named(str(number)), "id_disabilitas": "RAHASIA"}]))
    assert "no header was found" in intake.take("dtsen_anggota").refused[0]
    assert len(intake.landed()) == 1, "that of the file that is no delivery"


class CrashError(Exception):
    """Stands for whatever may happen in the middle."""


@pytest.mark.parametrize(
    ("module", "place"),
    [(intake_module, "type_staged"), (intake_module, "judge"), (books, "_quarantine"), (books, "_insert_source_file")],
)
def test_a_crash_in_the_middle_leaves_nothing_half(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, module: ModuleType, place: str
) -> None:
    deliver(intake.root, "dtsen_anggota", [named("OLD")])
    intake.take("dtsen_anggota")
    tables = ("delivery", "source_file", "quarantine", "delivery_measure", "dtsen_anggota")
    before = [intake.rows(f"FROM agency_extracts.{name} ORDER BY ALL") for name in tables]
    deliver(intake.root, "dtsen_anggota", [named("NEW"), named("-")])

    def crash(*_: object) -> None:
        raise CrashError

    with monkeypatch.context() as patched:
        patched.setattr(module, place, crash)
        with pytest.raises(CrashError):
            intake.take("dtsen_anggota")
    assert [intake.rows(f"FROM agency_extracts.{name} ORDER BY ALL") for name in tables] == before
    assert intake.take("dtsen_anggota").accepted == 1
    assert intake.names_in_force("dtsen_anggota") == ["NEW"]


def test_a_home_filled_under_an_older_contract_takes_new_columns(intake: Intake) -> None:
    intake.connection.execute("ALTER TABLE agency_extracts.dtsen_anggota DROP COLUMN desil_nasional")
    prepare(intake.connection, [contract("dtsen_anggota")])
    deliver(intake.root, "dtsen_anggota", [{**MEMBER, "desil_nasional": "3"}])
    intake.take("dtsen_anggota")
    assert intake.names_in_force("dtsen_anggota", "desil_nasional") == ["3"]


def test_what_was_taken_in_outlives_the_process(new_home: Callable[[], Home], tmp_path: Path) -> None:
    home, root = new_home(), tmp_path / "extracts"
    deliver(root, "siga_krs", [KRS])
    for accepted in (1, 0):
        with writer(home, ONE_THREAD) as connection:
            define_macros(connection)
            assert Intake(home, root, connection).take("siga_krs").accepted == accepted


def test_an_agency_that_sent_nothing_is_no_error(intake: Intake) -> None:
    deliver(intake.root, "dtsen_anggota", [MEMBER])
    result = intake.take("siga_krs")
    assert (result.accepted, result.refused, result.files) == (0, [], 0)


def test_notes_say_what_was_odd_about_a_file(intake: Intake) -> None:
    deliver(intake.root, "dtsen_anggota", [{**MEMBER, "No HP": "0812"}])
    intake.take("dtsen_anggota")
    ((notes,),) = intake.rows("SELECT notes FROM agency_extracts.source_file")
    assert notes == [
        "No manifest came with it: row counts are unverified.",
        "Columns that the contract does not know were kept aside: No HP.",
    ]
