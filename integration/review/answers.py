"""A filled workbook becomes answers, or one sentence for each cell that cannot be taken as one."""

import datetime as dt
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from integration.reading.workbook import Sheet, UnreadableWorkbookError, visible_sheets
from integration.review.labels import labels
from integration.review.pair import KEY_COLUMNS, AskedPair, asked_pair
from warehouse.errors import PadanError

TOLD = 20
"""So many wrong rows are told one by one, the others counted."""


CLOCK_AHEAD = dt.timedelta(days=1)
"""A clerk's clock may be so far ahead of ours; a decision from further on would outvote all others for as long."""


class WorkbookRefused(PadanError):
    """A filled workbook cannot be taken as it is; nothing of it was imported."""


@dataclass(frozen=True)
class Answer:
    """One filled row: `verdict` is same, different or unknown; `note` None where nothing was written.

    `decided_at` (UTC) is when the workbook was saved, and never before its export.
    """

    row: int
    pair: AskedPair
    verdict: str
    note: str | None
    decided_at: dt.datetime


@dataclass(frozen=True)
class Answers:
    """The filled rows of a workbook, and how many were left empty."""

    file: str
    given: tuple[Answer, ...]
    empty: int


def read_answers(path: Path) -> Answers:
    """Read a workbook that `review export` wrote and somebody filled; a row without an answer decides nothing.

    Raises `WorkbookRefused`, naming file, sheet and row, when it is no such workbook, or when any row holds another
    answer than the list offers, has lost its hidden cells, or repeats a pair. What a cell holds is never told.
    """
    try:
        sheets = {sheet.name: sheet for sheet in visible_sheets(path)}
        saved = _saved(path)
    except UnreadableWorkbookError as error:
        raise WorkbookRefused(f"{path}: {error}. Wanted is the XLSX of `./padan review export`, filled.") from error
    except OSError as error:
        raise WorkbookRefused(f"{path} cannot be read: {error.strerror}. Name the filled workbook.") from error
    if saved > _utc(dt.datetime.now(dt.UTC)) + CLOCK_AHEAD:
        raise WorkbookRefused(
            f"{path}: found that it was saved on {saved:%Y-%m-%d %H:%M} UTC, which is still to come; wanted is a time "
            "in the past, for the newest decision counts. Put the computer's clock right, save it again, import it."
        )
    wanted = labels().sheets["pairs"]
    if wanted not in sheets:
        raise WorkbookRefused(
            f"{path}: found no sheet {wanted!r} among its {len(sheets)} sheets; wanted is the workbook of "
            "`./padan review export` with its sheets named as they were."
        )
    place = f"{path}, sheet {wanted}"
    return _answers(path.name, sheets[wanted], place, saved)


def _answers(file: str, sheet: Sheet, place: str, saved: dt.datetime) -> Answers:
    words = labels()
    answer_at, note_at, *key_at = _columns(sheet, place, [words.columns["answer"], words.columns["note"], *KEY_COLUMNS])
    verdicts = {_comparable(label): verdict for verdict, label in words.answers.items()}
    offered = ", ".join(words.answers.values())
    given: list[Answer] = []
    wrong: list[str] = []
    first_row: dict[frozenset[int], int] = {}
    empty = 0
    for row, cells in enumerate(sheet.rows(), 1):
        if row == 1 or not any(cell.strip() for cell in cells):
            continue
        pair = asked_pair([cells[position] for position in key_at])
        said = _comparable(cells[answer_at])
        if pair is None:
            wrong.append(
                f"{place}, row {row}: found hidden cells {KEY_COLUMNS[0]} to {KEY_COLUMNS[-1]} that were changed or "
                "emptied; wanted is the row as it was exported. Copy the answer into the workbook as exported."
            )
            continue
        ids = frozenset((pair.description_a, pair.description_b))
        if first_row.setdefault(ids, row) != row:
            wrong.append(
                f"{place}, row {row}: found the pair of row {first_row[ids]} again; wanted is each pair once. "
                "Delete one of the two rows."
            )
        elif not said:
            empty += 1
        elif said not in verdicts:
            wrong.append(
                f"{place}, row {row}: found a text of {len(said)} characters as the answer; wanted is one of "
                f"{offered}, or nothing. Choose from the list; what else is to be said goes into the note."
            )
        else:
            note = cells[note_at].strip() or None
            given.append(Answer(row, pair, verdicts[said], note, max(saved, pair.exported_at)))
    if wrong:
        more = [f"{len(wrong) - TOLD} more rows are wrong in the same ways."] if len(wrong) > TOLD else []
        raise WorkbookRefused("\n  ".join(["Nothing was imported.", *wrong[:TOLD], *more]))
    return Answers(file, tuple(given), empty)


def _columns(sheet: Sheet, place: str, wanted: Sequence[str]) -> list[int]:
    """Find the columns by their headers, wherever they stand."""
    header = [cell.strip() for row in sheet.head(1) for cell in row]
    if missing := [name for name in wanted if header.count(name) != 1]:
        raise WorkbookRefused(
            f"{place}, row 1: found the header {', '.join(map(repr, missing))} not at all or more than once; wanted is "
            "the header row as exported, hidden columns included. Copy the answers into the workbook as exported."
        )
    return [header.index(name) for name in wanted]


def _comparable(text: str) -> str:
    return " ".join(text.split()).casefold()


def _saved(path: Path) -> dt.datetime:
    """Say when a workbook was saved (UTC): what the program that saved it wrote inside, else the time of the file.

    The time inside survives mail and copying. One that says no more than when it was made is no time of saving.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.read("docProps/core.xml").decode()
        times = dict(re.findall(r"<dcterms:(created|modified)[^>]*>([^<]+)<", inside))
        if times["modified"] != times.get("created"):
            return _utc(dt.datetime.fromisoformat(times["modified"]))
    except (zipfile.BadZipFile, KeyError, ValueError):
        pass  # a workbook of another kind, or one that does not say
    return _utc(dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC))


def _utc(moment: dt.datetime) -> dt.datetime:
    """Give a moment as Padan keeps it: in UTC, and without saying so."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
