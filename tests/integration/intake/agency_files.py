"""Files as agencies write them, row by row, for the tests of reading, intake and records: real workbooks and CSVs."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from integration.contracts import contract

Row = dict[str, Any]
KAB = "35.09"
VILLAGE = {"Kec": "KALISAT", "Desa/Kel": "GLAGAHWERO"}

TODDLER: Row = {
    "NIK": "3509276505230001",
    "Nama": "SITI NAYLA AZZAHRA",
    "JK": "P",
    "Tgl Lahir": "2023-05-25",
    "Nama Ortu": "HOLIFAH",
    "Kab/Kota": "JEMBER",
    "Kec": "KALISAT",
    "Pukesmas": "KALISAT",
    "Desa/Kel": "GLAGAHWERO",
    "Posyandu": "MAWAR 12",
    "RT": "003",
    "Tanggal Pengukuran": "2026-10-11",
    "Berat": "8.4",
    "Tinggi": "75.2",
    "Cara Ukur": "Terlentang",
}
RESIDENT: Row = {
    "NIK": "3509276505230001",
    "NO_KK": "3509271506170003",
    "NAMA_LGKP": "SITI NAYLA AZZAHRA",
    "JENIS_KLMIN": "2",
    "TGL_LHR": "2023-05-25",
    "STAT_KWN": "1",
    "STAT_HBKEL": "4",
    "NAMA_LGKP_IBU": "HOLIFAH",
    "NAMA_LGKP_AYAH": "SAMSUL ARIFIN",
    "ALAMAT": "DSN KRAJAN",
    "NO_RT": "3",
    "NO_RW": "5",
    "NO_PROP": "35",
    "NO_KAB": "9",
    "NO_KEC": "27",
    "NO_KEL": "2006",
}
FAMILY: Row = {
    "nomor_kartu_keluarga": "3509271506170003",
    "nama_kepala_keluarga": "SAMSUL ARIFIN",
    "kode_provinsi": "35",
    "provinsi": "JAWA TIMUR",
    "kode_kabupaten_kota": "35.09",
    "kabupaten_kota": "JEMBER",
    "kode_kecamatan": "35.09.27",
    "kecamatan": "KALISAT",
    "kode_kelurahan_desa": "35.09.27.2006",
    "kelurahan_desa": "GLAGAHWERO",
    "alamat": "DSN KRAJAN RT 003 RW 005",
    "desil_nasional": "1",
    "id_sumber_airminum": "6",
    "id_fasilitas_bab": "6",
    "cut_off": "2026-09-30",
}
MEMBER: Row = {
    "nomor_induk_kependudukan": "3509276505230001",
    "nomor_kartu_keluarga": "3509271506170003",
    "nama_anggota_keluarga": "SITI NAYLA AZZAHRA",
    "tanggal_lahir": "2023-05-25",
}
KRS: Row = {
    "No. Kartu Keluarga": "3509271506170003",
    "NIK Kepala Keluarga": "3509271203900004",
    "Nama Kepala Keluarga": "SAMSUL ARIFIN",
    "NIK Istri": "3509275208940001",
    "Nama Istri": "HOLIFAH",
    "Kecamatan": "KALISAT",
    "Desa": "GLAGAHWERO",
    "RW": "5",
    "RT": "3",
    "Punya Anak 0-23 Bulan": "1",
    "Punya Anak 24-59 Bulan": "2",
    "PUS": "1",
    "PUS Hamil": "1",
    "Keluarga Tidak Mempunyai Sumber Air Minum Utama yang Layak": "2",
    "Keluarga Tidak Mempunyai Jamban yang Layak": "1",
    "PUS 4 Terlalu Muda (Umur Istri < 20 Tahun)": "2",
    "PUS 4 Terlalu Tua (Umur Istri 35 sd 40 Tahun)": "2",
    "PUS 4 Terlalu Dekat (< 2 Tahun)": "1",
    "PUS 4 Terlalu Banyak (≥ 3 Anak)": "2",
    "PUS 4 Terlalu": "1",
    "Bukan Peserta KB Modern": "1",
    "Peringkat Kesejahteraan": "1",
    "Jenis Pendampingan yang Diterima": "3,7",
    "Kategori Keluarga Beresiko Stunting": "BERISIKO",
}
_RISKS = "Sumber Air Minum Tidak Layak,Jamban Tidak Layak,Terlalu Muda,Terlalu Tua,Terlalu Dekat,Terlalu Banyak"
_KRS = list(KRS)
MERGED_KRS_HEADER: list[list[str]] = [
    [*_KRS[:9], "Sasaran", "", "", "", "Penapisan", "", "", "", "", "", "", *_KRS[21:]],
    ["", *[""] * 8, *_KRS[9:13], "Fasilitas Lingkungan Tidak Sehat", "", "PUS 4 Terlalu", "", "", "", _KRS[20]],
    ["", *[""] * 12, *_RISKS.split(",")],
    [str(i) for i in range(1, 24)],
]
"""The four-row header as SIGA merges it (contracts K1): rows of texts, blank where merged."""
MERGED_KRS_ROW = [text for header, text in KRS.items() if header != "PUS 4 Terlalu"]

EXAMPLES: dict[str, Row] = {
    "dinkes_balita": TODDLER,
    "dukcapil_penduduk": RESIDENT,
    "dtsen_keluarga": FAMILY,
    "dtsen_anggota": MEMBER,
    "siga_krs": KRS,
}


def person_nik(number: int, day: int = 25) -> str:
    """Give a valid NIK of Kalisat, another for each number up to 9998."""
    return f"350927{day + 40}0523{number + 1:04d}"


def table_of(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Write rows as a table: the header of the first row, then the cells."""
    return [list(rows[0]), *([row.get(header, "") for header in rows[0]] for row in rows)]


def write_workbook(path: Path, *sheets: Iterable[Sequence[Any]], hidden: Sequence[int] = ()) -> Path:
    """Write each sheet's cells with their Python types; texts stay texts; None and "" are no cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"}) as book:
        for number, cells in enumerate(sheets or ([],)):
            sheet = book.add_worksheet()
            for at, row in enumerate(cells):
                for column, cell in enumerate(row):
                    if isinstance(cell, str) and cell:
                        sheet.write_string(at, column, cell)
                    elif cell is not None and cell != "":
                        sheet.write(at, column, cell)
            if number in hidden:
                sheet.hide()
            elif number == min(set(range(len(sheets))) - set(hidden)):
                sheet.activate()
                sheet.set_first_sheet()
    return path


def write_csv(path: Path, table: Iterable[Sequence[Any]], delimiter: str = ";", end: str = "\n") -> Path:
    """Write a table as CSV in UTF-8, quoted where needed."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(table)
    return write_bytes(path, text.getvalue().encode())


def write_bytes(path: Path, content: bytes) -> Path:
    """Write bytes, making the folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def deliver(
    root: Path,
    dataset: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    period: str = "2026-10",
    number: int | None = None,
    name: str | None = None,
) -> Path:
    """Put a CSV of these rows where the agency would; the first row says which columns there are."""
    part = "" if number is None else f"_{number:02d}"
    file = name or f"{dataset}_3509_{period.replace('-', '')}{part}.csv"
    return write_csv(root / contract(dataset).agency / dataset / period / file, table_of(rows))


def write_manifest(folder: Path, about: str, /, period: str = "2026-10", **said: Any) -> Path:
    """Write the manifest of all the files of a folder, right but for what is `said` (None removes)."""
    files = [
        {
            "name": path.name,
            "source_file_name": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "rows": len(path.read_bytes().splitlines()) - 1,
        }
        for path in sorted(folder.iterdir())
        if path.name != "manifest.json"
    ]
    manifest = {
        "contract": about,
        "contract_version": "1.0.0",
        "agency": contract(about).agency,
        "dataset": about,
        "kab4": "3509",
        "period": period,
        "snapshot_date": "2026-10-31",
        "files": files,
        **said,
    }
    written = {key: value for key, value in manifest.items() if value is not None}
    return write_bytes(folder / "manifest.json", json.dumps(written).encode())
