"""Each row and role is one record, families keep their newest row, and the order of things does not matter."""

import datetime as dt
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from integration.cleaning.macros import define_macros
from integration.contracts import contract, contracts
from integration.records import build_family_records, build_person_records, type_in_force
from integration.records.in_force import collect_cell_issues, newest_day
from tests.integration.intake.agency_files import FAMILY, KRS, MEMBER, RESIDENT, TODDLER, deliver
from tests.integration.intake.conftest import ONE_THREAD, Intake
from warehouse.database import writer
from warehouse.settings import Home

AS_OF = dt.date(2026, 10, 31)
KK = "3509271506170003"


def build(intake: Intake, as_of: dt.date = AS_OF) -> None:
    """Take in what lies there and make the records of all datasets."""
    for dataset in contracts():
        result = intake.take(dataset)
        assert not result.refused
    for one in contracts().values():
        type_in_force(intake.connection, one, as_of)
    collect_cell_issues(intake.connection, list(contracts().values()))
    build_person_records(intake.connection)
    build_family_records(intake.connection)


def records(intake: Intake, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return intake.rows(f"SELECT {columns} FROM clean_records.person_record WHERE {where} ORDER BY record_id")


def families(intake: Intake, dataset: str, columns: str) -> list[tuple[Any, ...]]:
    return intake.rows(f"SELECT {columns} FROM clean_records.family_record WHERE dataset = '{dataset}' ORDER BY ALL")


@pytest.fixture(scope="module")
def one_family(_prepared_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """Give a home that has the family of the contracts' example in every dataset, and what is odd beside it."""
    home = Home(tmp_path_factory.mktemp("one_family"))
    shutil.copy(_prepared_home.database, home.database)
    with writer(home, ONE_THREAD) as connection:
        define_macros(connection)
        yield _one_family(Intake(home, home.path / "extracts", connection))


def _one_family(intake: Intake) -> Intake:
    head = {**RESIDENT, "NIK": "3509271203900004", "NAMA_LGKP": "SAMSUL ARIFIN", "JENIS_KLMIN": "1", "STAT_HBKEL": "1"}
    deliver(intake.root, "dukcapil_penduduk", [RESIDENT, {**head, "TGL_LHR": "1990-03-12"}])
    widower = {**KRS, "No. Kartu Keluarga": "", "Nama Kepala Keluarga": "HADI", "NIK Istri": "", "Nama Istri": "-"}
    deliver(intake.root, "siga_krs", [KRS, widower])
    newer = {**FAMILY, "nama_kepala_keluarga": "HOLIFAH", "cut_off": "2026-10-01", "desil_nasional": "2"}
    deliver(intake.root, "dtsen_keluarga", [newer, FAMILY, {**FAMILY, "desil_nasional": "11"}])
    deliver(intake.root, "dtsen_anggota", [MEMBER, {**MEMBER, "nomor_kartu_keluarga": "0"}])
    baby = {
        **TODDLER,
        "NIK": "",
        "Nama": "BY NY HOLIFAH",
        "Tgl Lahir": "01/10/2026",
        "Tanggal Pengukuran": "2026-10-20",
    }
    deliver(intake.root, "dinkes_balita", [TODDLER, baby])
    mother = {"NIK Ibu": "3509275208940001", "Nama Ibu": "NY. HOLIFAH", "Tgl Lahir": "", "Umur": "32", "Kec": "KALISAT"}
    mother |= {"Desa/Kel": "GLAGAHWERO", "Puskesmas": "KALISAT", "Posyandu": "MAWAR 12", "Tanggal Daftar": "2026-09-01"}
    mother |= {"HPHT": "2026-07-01", "Gravida": "G2P1A0", "LILA": "22,8", "Hb": "10,4", "Status Kehamilan": "HAMIL"}
    deliver(intake.root, "dinkes_ibu_hamil", [{**mother, "Nama Suami": "SAMSUL ARIFIN"}])
    birth = {"NIK": "3509270110260001", "NO_KK": KK, "NAMA_LGKP": "ADAM", "JENIS_MUTASI": "LAHIR"}
    deliver(intake.root, "dukcapil_mutasi", [{**birth, "TGL_PERISTIWA": "2026-10-01", "NIK_IBU": "3509275208940001"}])
    build(intake)
    return intake


def test_records_of_the_example_family(one_family: Intake) -> None:
    intake = one_family
    assert records(intake, "dataset, source_row_no, role, name") == [
        ("dinkes_balita", 2, "self", "SITI NAYLA AZZAHRA"),
        ("dinkes_balita", 3, "self", "BY NY HOLIFAH"),
        ("dinkes_ibu_hamil", 2, "self", "HOLIFAH"),
        ("dtsen_anggota", 2, "self", "SITI NAYLA AZZAHRA"),
        ("dtsen_anggota", 3, "self", "SITI NAYLA AZZAHRA"),
        ("dtsen_keluarga", 2, "head", "HOLIFAH"),
        ("dtsen_keluarga", 3, "head", "SAMSUL ARIFIN"),
        ("dukcapil_mutasi", 2, "self", "ADAM"),
        ("dukcapil_penduduk", 2, "self", "SITI NAYLA AZZAHRA"),
        ("dukcapil_penduduk", 3, "self", "SAMSUL ARIFIN"),
        ("siga_krs", 2, "head", "SAMSUL ARIFIN"),
        ("siga_krs", 2, "wife", "HOLIFAH"),
        ("siga_krs", 3, "head", "HADI"),
    ]
    assert records(intake, "record_id") == [(number,) for number in range(13)]
    # a child without a name of its own has its mother's
    assert records(
        intake,
        "name_canonical, name_unknown_kind, mother_name, birth_date, birth_date_swapped",
        "nik IS NULL AND dataset = 'dinkes_balita'",
    ) == [(None, "baby", "HOLIFAH", dt.date(2026, 10, 1), dt.date(2026, 1, 10))]
    # a widower has no wife, and nothing says he is a man
    assert records(intake, "sex, spouse_name, household_ref LIKE 'row:%'", "name = 'HADI'") == [(None, None, True)]
    assert records(intake, "sex, spouse_name, spouse_nik", "role = 'wife'") == [
        ("P", "SYAMSUL ARIFIN", "3509271203900004")
    ]
    # an age gives a year, the row's own day says when
    assert records(
        intake, "birth_date, birth_year_about, recorded_on, spouse_name", "dataset = 'dinkes_ibu_hamil'"
    ) == [(None, 1994, dt.date(2026, 9, 1), "SYAMSUL ARIFIN")]
    assert records(intake, "birth_date, mother_nik", "dataset = 'dukcapil_mutasi'") == [
        (dt.date(2026, 10, 1), "3509275208940001")
    ]
    assert (
        records(intake, "rt, rw, dusun, village_code", "dataset = 'dtsen_keluarga'")
        == [("003", "005", "KRAJAN", "35.09.27.2006")] * 2
    )


def test_families_of_the_example(one_family: Intake) -> None:
    intake = one_family
    assert families(intake, "dtsen_keluarga", "household_ref, head_name, source_row_no") == [(KK, "HOLIFAH", 2)]
    assert families(intake, "dukcapil_penduduk", "no_kk, head_name, members, source_row_no") == [
        (KK, "SAMSUL ARIFIN", 2, 3)
    ]
    assert families(intake, "siga_krs", "head_name, wife_name, no_kk") == [
        ("HADI", None, None),
        ("SAMSUL ARIFIN", "HOLIFAH", KK),
    ]
    assert [members for (members,) in families(intake, "dtsen_anggota", "members")] == [1, 1]


def test_issues_name_columns_of_the_contract_and_hold_no_value(one_family: Intake) -> None:
    found = one_family.rows("SELECT DISTINCT dataset, column_name, issue FROM clean_records.cell_issue")
    assert ("dinkes_balita", "birth_date", "ambiguous_date") in found
    for dataset, column, issue in found:
        assert column in {one.name for one in contract(dataset).columns}
        assert issue.replace("_", "").isalpha()


def test_the_order_of_rows_does_not_matter(one_family: Intake) -> None:
    intake = one_family
    before = records(intake, "*")
    for dataset in ("dukcapil_penduduk", "siga_krs"):
        one = contract(dataset)
        intake.connection.execute(
            f"CREATE OR REPLACE TABLE {one.table} AS FROM {one.table} ORDER BY source_row_no DESC"
        )
        type_in_force(intake.connection, one, AS_OF)
    build_person_records(intake.connection)
    assert records(intake, "*") == before


def test_of_snapshots_the_newest_counts_and_events_add_up(intake: Intake) -> None:
    for period, name in (("2026-10", "NEW"), ("2026-08", "OLD"), ("2026-11", "FUTURE")):
        deliver(intake.root, "dtsen_anggota", [{**MEMBER, "nama_anggota_keluarga": name}], period=period)
        death = {
            "No Kasus": name,
            "Jenis": "BALITA",
            "Nama": name,
            "Tgl Meninggal": f"{period}-02",
            "Kec": "KALISAT",
        }
        deliver(intake.root, "dinkes_kematian", [{**death, "Desa/Kel": "GLAGAHWERO"}], period=period)
    for dataset in ("dtsen_anggota", "dinkes_kematian"):
        assert intake.take(dataset).accepted == 3
        type_in_force(intake.connection, contract(dataset), AS_OF)
    assert intake.rows("SELECT name FROM clean_records.dtsen_anggota") == [("NEW",)]
    assert intake.rows("SELECT name FROM clean_records.dinkes_kematian ORDER BY ALL") == [("NEW",), ("OLD",)]
    assert newest_day(intake.connection) == dt.date(2026, 11, 30)


def test_a_home_without_deliveries_has_no_day_and_no_records(intake: Intake) -> None:
    assert newest_day(intake.connection) is None
    one = contract("dtsen_anggota")
    assert type_in_force(intake.connection, one, AS_OF) == 0
