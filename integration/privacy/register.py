"""The register of processing and the impact assessment, filled from the policy, contracts and rules in force."""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from integration.contracts import contracts
from integration.privacy.law import law
from integration.reports.folder import whole_folder
from integration.retention import retention_in_force
from warehouse.access_log import verify
from warehouse.entitlements import Policy, Recipient, Treatment, policy_in_force, published_tables
from warehouse.errors import NothingPublished
from warehouse.publication import current_publication
from warehouse.settings import Home
from warehouse.tables.declaration import PRIVACY
from warehouse.wall_clock import today
from warehouse.yaml_file import read_yaml

REGISTER, SHEET, IMPACT = "register.md", "register.xlsx", "dpia.md"
_PERSONAL = tuple(one for one in PRIVACY if one != "none")
_OPEN = re.compile(r"\[hukum|isi nomornya|TANYA:")
"""What marks a sentence that only the kabupaten can finish."""
_SHOWN = {
    Treatment.CLEAR: "utuh",
    Treatment.MASKED: "disamarkan",
    Treatment.PSEUDONYMISED: "nama samaran",
}


@dataclass(frozen=True)
class Table:
    """One table of the register: a heading, the names of its columns, its rows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def write_register(home: Home, out: Path | None = None) -> tuple[Path, int]:
    """Write register and impact assessment into `<out>`; give the folder and the number of open questions.

    Markdown to read and keep under version control, XLSX of the register. No row about a person is read.
    """
    folder = out or home.path / "register"
    tables = register(home)
    day = today().isoformat()
    texts = {REGISTER: "\n".join(_register_page(tables, day)), IMPACT: "\n".join(_impact_page(home, day))}
    with whole_folder(folder, {"kind": "register", "written_on": day}) as build:
        for name, text in texts.items():
            (build / name).write_text(text + "\n", encoding="utf-8")
        _write_workbook(build / SHEET, tables)
    return folder, sum(len(_OPEN.findall(text)) for text in texts.values())


def register(home: Home) -> list[Table]:
    """Give the tables of the register as they are today; raises `DeclarationError` for a wrong policy or rules."""
    policy = policy_in_force(home)
    day = today()
    return [
        Table("Pengendali", ("Hal", "Isi"), tuple(law().answers.items())),
        Table("Subjek data", ("Golongan",), tuple((one,) for one in law().subjects)),
        Table(
            "Sumber data",
            ("Kode", "Dataset", "Lembaga", "Isi", *(_class(one) for one in _PERSONAL), "Penghapusan"),
            tuple(_sources()),
        ),
        Table(
            "Penerima",
            (
                "Penerima", "Lembaga", "Peran", "Tujuan", "Dasar hukum", "Berlaku sampai", "Disimpan penerima",
                "Satuan", "Bentuk", "Enkripsi", "Tampilan",
            ),
            tuple(_recipient(one, day) for one in policy.recipients.values()),
        ),
        Table(
            "Data yang diterima",
            ("Penerima", "Tampilan", "Baris", *(_class(one) for one in _PERSONAL)),
            tuple(_received(policy)),
        ),
        Table(
            "Lama penyimpanan",
            ("Jenis", "Lama", "Dihitung dari", "Penjelasan"),
            tuple(
                (one.label, one.term, one.counted_from, one.meaning) for one in retention_in_force(home).rules.values()
            ),
        ),
        Table("Pengamanan", ("Langkah",), tuple((one,) for one in _impact()["measures"])),
        Table("Keadaan hari ini", ("Hal", "Isi"), tuple(_facts(home, policy, day))),
    ]  # fmt: skip


def _sources() -> Iterator[tuple[str, ...]]:
    for one in contracts().values():
        by_class: dict[str, list[str]] = defaultdict(list)
        for column in one.columns:
            by_class[column.privacy].append(column.header)
        personal = (", ".join(by_class[name]) for name in _PERSONAL)
        yield one.code, one.dataset, one.sender, one.title, *personal, law().agencies[one.agency]["erasable"]


def _recipient(one: Recipient, day: dt.date) -> tuple[str, ...]:
    valid = one.valid_until.isoformat() + ("" if one.is_valid(day) else " (sudah berakhir)")
    return (
        one.name,
        one.agency,
        one.role,
        f"{one.purpose.code}: {one.purpose.says}",
        one.legal_basis,
        valid,
        f"{one.keep_days} hari",
        ", ".join(one.units),
        ", ".join(one.formats),
        "age" if one.encrypt_to else "tidak",
        ", ".join(view.shown_as for view in one.views),
    )


def _received(policy: Policy) -> Iterator[tuple[str, ...]]:
    """Give, for each recipient and view, the columns of each privacy class and how they are shown."""
    for recipient in policy.recipients.values():
        for view in recipient.views:
            privacy = {column.name: column.privacy for column in published_tables()[view.table.name].columns}
            shown: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
            for column in view.columns():
                shown[privacy[column.name]][_SHOWN[column.treatment]].append(column.name)
            told = (
                "; ".join(f"{how}: {', '.join(names)}" for how, names in shown[one].items()) or "-" for one in _PERSONAL
            )
            yield recipient.name, view.shown_as, view.rows or "semua", *told


def _facts(home: Home, policy: Policy, day: dt.date) -> Iterator[tuple[str, str]]:
    """Give what holds today, numbers only."""
    yield "Kebijakan akses", policy.label
    yield "Aturan retensi", retention_in_force(home).version
    yield "Catatan akses", f"{len(verify(home))} hal yang tidak utuh"
    yield "Kolom yang belum diputuskan", ", ".join(policy.ungranted) or "tidak ada"
    expired = [name for name, one in policy.recipients.items() if not one.is_valid(day)]
    yield "Hak yang sudah berakhir", ", ".join(expired) or "tidak ada"
    plain = [name for name, one in policy.recipients.items() if not one.encrypt_to]
    yield "Penerima tanpa enkripsi", ", ".join(plain) or "tidak ada"
    try:
        publication = current_publication(home)
    except NothingPublished:
        yield "Publikasi", "belum ada"
        return
    yield "Publikasi", f"{publication.version}, periode {publication.facts['period']}"
    for subject, number in _published_subjects(publication.database).items():
        yield f"Sasaran {subject}", f"{number:,}"


def _published_subjects(database: Path) -> dict[str, int]:
    with duckdb.connect(str(database), read_only=True) as con:
        return dict(con.execute("SELECT subject_type, count(*) FROM targeting GROUP BY 1 ORDER BY 1").fetchall())


def _register_page(tables: Sequence[Table], day: str) -> Iterator[str]:
    yield "# Rekaman kegiatan pemrosesan data pribadi"
    yield ""
    yield f"Ditulis {day} oleh `./padan register` dari kebijakan, kontrak, dan aturan yang berlaku; jangan disunting."
    yield "Yang ditandai [hukum] atau 'isi nomornya' masih harus dilengkapi pejabat yang berwenang."
    for one in tables:
        yield from _as_markdown(one)


def _impact_page(home: Home, day: str) -> Iterator[str]:
    said, policy = _impact(), policy_in_force(home)
    yield "# Penilaian dampak pelindungan data pribadi (UU 27/2022 ps. 34) [hukum: sesuaikan dengan pedoman]"
    yield ""
    yield f"Kerangka, diisi {day} dari keadaan yang sebenarnya. Yang bertanda TANYA dijawab oleh kabupaten."
    yield from ("", "## 1. Mengapa diperlukan", "")
    yield from (f"- {one}" for one in said["needed_because"])
    yield from ("", "## 2. Pemrosesan", "")
    yield f"{len(contracts())} dataset dari {len(law().agencies)} lembaga; {len(policy.recipients)} penerima."
    yield from _as_markdown(Table("Keadaan hari ini", ("Hal", "Isi"), tuple(_facts(home, policy, _day(day)))), level=3)
    yield from ("", "## 3. Perlu dan sepadan", "")
    yield "Data spesifik yang diberikan utuh; untuk tiap baris: perlukah bagi tujuan ini, dan cukupkah yang disamarkan?"
    yield from _as_markdown(
        Table(
            "Data spesifik per penerima",
            ("Penerima", "Tujuan", "Tampilan", "Kesehatan", "Kesejahteraan", "Pengenal", "Jawaban"),
            tuple(_specific(policy)),
        ),
        level=3,
    )
    yield from ("", "## 4. Risiko", "")
    risks = tuple((one["risk"], one["harm"], one["against"], one["asks"], "", "") for one in said["risks"])
    head = ("Risiko", "Akibat", "Yang sudah ada", "Pertanyaan", "Kemungkinan (1-4)", "Berat (1-4)")
    yield from _as_markdown(Table("Daftar risiko", head, risks), level=3)
    yield from ("", "## 5. Hak orang", "")
    yield "Akses: `./padan subject-access`. Perbaikan: `./padan correction`. Penghapusan: `./padan erase`."
    yield law().right_of_erasure
    yield from ("", "## 6. Pendapat dan keputusan", "")
    yield "- TANYA: pendapat pejabat pelindungan data pribadi (tanggal, nama jabatan)"
    yield "- TANYA: keputusan pengendali: dijalankan, dijalankan dengan syarat, atau tidak"
    yield "- TANYA: kapan dinilai ulang (paling lambat bila penerima, dataset, atau aturan berubah)"


def _specific(policy: Policy) -> Iterator[tuple[str, ...]]:
    for recipient in policy.recipients.values():
        for view in recipient.views:
            privacy = {column.name: column.privacy for column in published_tables()[view.table.name].columns}
            clear = Counter(privacy[column.name] for column in view.columns(Treatment.CLEAR))
            counts = [clear[name] for name in ("health", "welfare", "identifier")]
            if any(counts):
                told = (f"{number} kolom utuh" if number else "-" for number in counts)
                yield recipient.name, recipient.purpose.code, view.shown_as, *told, "TANYA: perlu?"


def _as_markdown(one: Table, level: int = 2) -> Iterator[str]:
    yield from ("", f"{'#' * level} {one.title}", "")
    yield f"| {' | '.join(one.head)} |"
    yield f"|{' --- |' * len(one.head)}"
    for row in one.rows:
        yield f"| {' | '.join(_cell(text) for text in row)} |"


def _cell(text: str) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _write_workbook(path: Path, tables: Iterable[Table]) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        plain = workbook.add_format({"text_wrap": True, "valign": "top"})
        for one in tables:
            sheet = workbook.add_worksheet(one.title)
            sheet.set_column(0, len(one.head) - 1, 32)
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(one.head):
                sheet.write_string(0, column, name, bold)
            for row, cells in enumerate(one.rows, start=1):
                for column, text in enumerate(cells):
                    sheet.write_string(row, column, str(text), plain)


def _class(name: str) -> str:
    said = law().classes[name]
    return f"{said['label']}{' (spesifik)' if said['specific'] else ''}"


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@cache
def _impact() -> Mapping[str, Any]:
    said: dict[str, Any] = read_yaml(Path(__file__).with_name("impact.yaml"))
    return said
