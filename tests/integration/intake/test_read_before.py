"""A delivery that comes again with few files changed: only those are read, and the books cannot tell."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.contracts import contract
from integration.intake import find_deliveries, read_before, take_in
from tests.integration.intake.agency_files import MEMBER, TODDLER, deliver, table_of, write_bytes, write_manifest
from tests.integration.intake.agency_files import write_workbook as write_book
from tests.integration.intake.conftest import Intake

DATASET = "dtsen_anggota"
TABLES = ("delivery", "source_file", "quarantine", "delivery_measure")
HEADER = ";".join([*MEMBER, "No HP"]).encode()
GOOD = b"3509276505230001;3509271506170003;SITI;2023-05-25;0812"
LINES = st.sampled_from(
    [
        GOOD,
        GOOD.replace(b"SITI", b"-"),
        GOOD.replace(b"SITI", b'"-"').replace(b"0812", b'"08""12\\\t"'),
        GOOD.replace(b"0812", '\\u0000 É😀 {"a": null}'.encode()),
        GOOD.replace(b"SITI", b"JOS\xe9\x00"),
        b"350927;;-;;null",
        b'3509;"cut',
        b"1;2",
        b";;;;",
        b"",
    ]
)
FILES = st.lists(st.tuples(st.lists(LINES, max_size=5), st.booleans()), min_size=1, max_size=4)


def folder(intake: Intake) -> Path:
    return intake.root / "social_welfare" / DATASET / "2026-10"


def write(intake: Intake, number: int, lines: list[bytes]) -> None:
    path = folder(intake) / f"{DATASET}_3509_202610_{number}.csv"
    write_bytes(path, b"\n".join([b"file %d" % number, HEADER, GOOD, *lines]))


def take(intake: Intake, dataset: str = DATASET, *, balanced: bool = True) -> tuple[Any, list[str]]:
    """Take in; give what came of it and what was said of files read before."""
    said: list[str] = []
    found = find_deliveries(intake.root).of(dataset)
    result = take_in(intake.connection, intake.home, intake.root, contract(dataset), found, "run", said.append)
    if balanced:
        intake.check_books(dataset)
    return result, [text for text in said if "read before" in text]


def books(intake: Intake, dataset: str = DATASET) -> list[list[tuple[Any, ...]]]:
    """Give all that the books and the raw rows say of the delivery in force."""
    of_delivery = "delivery_id IN (SELECT delivery_id FROM agency_extracts.delivery WHERE status = 'in_force')"
    of_file = f"source_file_id IN (SELECT source_file_id FROM agency_extracts.source_file WHERE {of_delivery})"
    return [
        intake.rows(
            f"SELECT COLUMNS(lambda name: name <> 'received_at') FROM agency_extracts.{table} "
            f"WHERE {of_file if table in ('quarantine', dataset) else of_delivery} "
            "ORDER BY ALL"
        )
        for table in (*TABLES, dataset)
    ]


def forget(intake: Intake, dataset: str = DATASET) -> None:
    for table in (*TABLES, dataset):
        intake.connection.execute(f"DELETE FROM agency_extracts.{table}")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES)
def test_the_books_are_as_if_every_file_had_been_read(intake: Intake, files: list[tuple[list[bytes], bool]]) -> None:
    forget(intake)
    for path in folder(intake).glob("*"):
        path.unlink()
    for number, (lines, _) in enumerate(files):
        write(intake, number, lines)
    take(intake)
    for number, (lines, changed) in enumerate(files):
        write(intake, number, [*lines, GOOD.replace(b"0001", b"0002")] if changed else lines)
    write(intake, 9, [])
    unchanged = sum(not changed for _, changed in files)
    assert take(intake)[1] == ([f"{unchanged} of {len(files) + 1} files were read before"] if unchanged else [])
    kept = books(intake)
    forget(intake)
    assert take(intake)[1] == []
    assert books(intake) == kept


def test_a_file_that_comes_again_is_the_same_file_with_the_same_rows(intake: Intake) -> None:
    write(intake, 1, [GOOD.replace(b"SITI", b"-")])
    write(intake, 2, [])
    files = "SELECT source_file, source_file_id FROM agency_extracts.source_file JOIN agency_extracts.delivery "
    files += "USING (delivery_id) WHERE status = 'in_force' ORDER BY ALL"
    take(intake)
    before, held = intake.rows(files), intake.rows(f"SELECT rowid, * FROM agency_extracts.{DATASET} ORDER BY ALL")
    write(intake, 2, [GOOD])
    take(intake)
    after = intake.rows(files)
    assert after[0] == before[0]
    assert after[1][0] == before[1][0]
    assert after[1][1] != before[1][1]
    assert intake.rows(f"SELECT rowid, * FROM agency_extracts.{DATASET} ORDER BY ALL")[: len(held)] == held
    assert intake.rows("SELECT source_row_no FROM agency_extracts.quarantine") == [(4,)]


def test_rows_are_judged_by_what_the_delivery_now_says(intake: Intake) -> None:
    """A row that was refused for its date is used once the snapshot is a later one, and the other way round."""
    path = deliver(intake.root, "dinkes_balita", [{**TODDLER, "Tanggal Pengukuran": "2026-10-30"}, TODDLER])
    for day, read in (("2026-10-31", 2), ("2026-10-20", 1), ("2026-10-31", 2)):
        said = {"scope": day + str(read)} if read == 2 else {}
        (path.parent / "manifest.json").unlink(missing_ok=True)
        write_manifest(path.parent, "dinkes_balita", snapshot_date=day, note=len(intake.statuses()), **said)
        assert take(intake, "dinkes_balita")[0].read == read
        kept = books(intake, "dinkes_balita")
    forget(intake, "dinkes_balita")
    take(intake, "dinkes_balita")
    assert books(intake, "dinkes_balita") == kept


@pytest.mark.parametrize(
    "odd",
    [
        [{**MEMBER, "id_disabilitas": "RAHASIA"}],  # what must not be kept is not kept for the next night either
        [MEMBER, {**dict.fromkeys(MEMBER, ""), "nomor_induk_kependudukan": "Jumlah"}, MEMBER],
    ],
)
def test_a_file_of_which_something_must_be_told_is_read_and_told_again(
    intake: Intake, odd: list[dict[str, str]]
) -> None:
    deliver(intake.root, DATASET, odd, number=1)
    warnings = []
    for number in (2, 3):
        path = folder(intake) / f"{DATASET}_3509_202610_{number}.xlsx"
        write_book(path, table_of([{**MEMBER, "nama_anggota_keluarga": str(number)}]))
        result, said = take(intake)
        warnings.append(result.warnings)
        assert said == ([] if number == 2 else ["1 of 3 files were read before"])
    assert warnings[0] == warnings[1] != []


def test_a_file_is_read_again_when_contract_or_code_has_changed_or_rows_were_erased(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(intake.root, DATASET, [MEMBER, {**MEMBER, "nama_anggota_keluarga": "-"}], number=0)
    take(intake)

    def after_another_file() -> list[str]:
        number = 1 + len(intake.statuses())
        deliver(intake.root, DATASET, [{**MEMBER, "nama_anggota_keluarga": str(number)}], number=number)
        return take(intake, balanced=False)[1]

    with monkeypatch.context() as patched:
        patched.setattr(read_before, "_code", lambda: "another")
        assert after_another_file() == []
    assert after_another_file() == ["1 of 3 files were read before"], "not what other code read"
    intake.connection.execute("DELETE FROM agency_extracts.quarantine")
    assert after_another_file() == ["2 of 4 files were read before"]
