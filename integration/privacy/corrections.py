"""Corrections that people asked for: kept in the home, passed on to the agency that owns the row, and closed.

Padan changes no row of an agency: a wrong cell is mended where it comes from, and comes back with the next delivery.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import xlsxwriter

from integration.contracts import contracts
from integration.explanation.subjects import UnknownSubject
from integration.privacy.data_subject import DataSubject
from warehouse.database import home_error, literal, reader, rows
from warehouse.errors import HomeError, PadanError
from warehouse.settings import Home
from warehouse.wall_clock import today
from warehouse.whole_file import whole_file

Outcome = Literal["done", "refused", "withdrawn"]
OUTCOMES: tuple[Outcome, ...] = ("done", "refused", "withdrawn")
_FILE = "corrections.json"
_SHEET = {
    "number": "No.",
    "asked_on": "Tanggal permintaan",
    "dataset": "Dataset",
    "file": "Berkas",
    "row": "Baris",
    "column": "Kolom",
    "delivered": "Isi terkirim",
    "wanted": "Isi yang benar",
    "reason": "Alasan",
    "nik": "NIK",
    "name": "Nama",
}


class NoSuchCorrection(PadanError):
    """What was asked about a correction does not fit any."""


@dataclass(frozen=True)
class Correction:
    """A correction that somebody asked for: which cell of which row, what was delivered and what is wanted.

    `column` is the header as the agency writes it; `outcome` is None while it is open, `answer` what the agency said.
    """

    number: int
    person_id: str
    asked_on: str
    agency: str
    dataset: str
    file: str
    row: int
    column: str
    delivered: str | None
    wanted: str
    reason: str
    nik: str | None
    name: str | None
    passed_on: str | None = None
    closed_on: str | None = None
    outcome: Outcome | None = None
    answer: str | None = None


def corrections(home: Home) -> list[Correction]:
    """Give every correction, the oldest first; raises `HomeError` for a damaged file."""
    path = home.path / _FILE
    if not path.exists():
        return []
    try:
        return [Correction(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as error:
        raise HomeError(f"{path} cannot be read. Put it back from a backup.") from error


def ask_correction(
    home: Home, subject: DataSubject, *, dataset: str, column: str, wanted: str, reason: str
) -> list[Correction]:
    """Keep a request: one correction for each newest row of the dataset about the person.

    `column` is the header of the agency or the name in the contract. Raises `NoSuchCorrection` for a data set, column
    or row that is not there, `HomeBusy` while a run writes.
    """
    if dataset not in contracts():
        raise NoSuchCorrection(f"No data set is called {dataset!r}; there are {', '.join(contracts())}.")
    contract = contracts()[dataset]
    named = [one for one in contract.columns if column.casefold() in (one.name.casefold(), one.header.casefold())]
    if not named:
        headers = ", ".join(one.header for one in contract.columns)
        raise NoSuchCorrection(f"{dataset} has no column {column!r}; it has {headers}.")
    with reader(home) as con:
        found = rows(
            con,
            f"""SELECT s.source_file, s.source_row_no, d.{named[0].name}, r.nik, r.name_written
            FROM persons.person_source AS s
            JOIN clean_records.person_record AS r USING (dataset, source_file, source_row_no, role)
            JOIN {contract.table} AS d USING (source_file_id, source_row_no)
            WHERE s.dataset = {literal(dataset)} AND s.person_id IN ({", ".join(map(literal, subject.ids))})
            QUALIFY r.snapshot_date IS NOT DISTINCT FROM max(r.snapshot_date) OVER () ORDER BY 1, 2""",
        )
    if not found:
        raise UnknownSubject(
            f"No row of {dataset} in force speaks of {subject.name}: there is nothing to correct in it."
        )
    with _changed(home) as known:
        asked = [
            Correction(
                number=len(known) + n,
                person_id=subject.name,
                asked_on=_today(),
                agency=contract.agency,
                dataset=dataset,
                file=file,
                row=row,
                column=named[0].header,
                delivered=delivered,
                wanted=wanted,
                reason=reason,
                nik=nik,
                name=name,
            )
            for n, (file, row, delivered, nik, name) in enumerate(found, start=1)
        ]
        known.extend(asked)
    return asked


def close_correction(home: Home, number: int, outcome: Outcome, answer: str) -> Correction:
    """Close a correction with what the agency answered; raises `NoSuchCorrection` where none of that number is open."""
    with _changed(home) as known:
        for at, one in enumerate(known):
            if one.number == number and one.outcome is None:
                known[at] = Correction(**{**asdict(one), "closed_on": _today(), "outcome": outcome, "answer": answer})
                return known[at]
    raise NoSuchCorrection(f"No correction {number} is open; `./padan correction list` shows those that are.")


def export_corrections(home: Home, agency: str, path: Path) -> int:
    """Write the open corrections of an agency as XLSX for its owner alone, and give how many; none writes no file.

    They count as passed on from then. `agency` is one of the contracts' (`civil_registration`, `health`, …).
    """
    agencies = sorted({one.agency for one in contracts().values()})
    if agency not in agencies:
        raise NoSuchCorrection(f"No agency is called {agency!r}; there are {', '.join(agencies)}.")
    with _changed(home) as known:
        open_ones = [one for one in known if one.agency == agency and one.outcome is None]
        if open_ones:
            _write(path, open_ones)
        for one in open_ones:
            known[known.index(one)] = Correction(**{**asdict(one), "passed_on": one.passed_on or _today()})
    return len(open_ones)


def _write(path: Path, found: list[Correction]) -> None:
    """Write the sheet; a text that begins like a formula stays a text."""
    aside = path.with_name(f".{path.name}")
    try:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with xlsxwriter.Workbook(aside, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
            sheet = workbook.add_worksheet("Permintaan perbaikan")
            bold = workbook.add_format({"bold": True})
            for column, label in enumerate([*_SHEET.values(), "Jawaban lembaga"]):
                sheet.write_string(0, column, label, bold)
            for row, one in enumerate(found, start=1):
                for column, field in enumerate(_SHEET):
                    said = asdict(one)[field]
                    sheet.write_string(row, column, "" if said is None else str(said))
            sheet.set_column(0, len(_SHEET), 22)
            sheet.freeze_panes(1, 0)
        aside.replace(path)
    except OSError as error:
        raise PadanError(f"{path} cannot be written: {error.strerror}. Name another file.") from error


@contextmanager
def _changed(home: Home) -> Iterator[list[Correction]]:
    """Lend the corrections to be changed, one process at a time; they are written whole or not at all."""
    try:
        with os.fdopen(os.open(home.path / f".{_FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = corrections(home)
            yield known
            whole_file(home.path / _FILE, json.dumps([asdict(one) for one in known], ensure_ascii=False, indent=1))
    except OSError as error:
        raise home_error(home, error) from error


def _today() -> str:
    return today().isoformat()
