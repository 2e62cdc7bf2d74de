"""Deliveries as they come again, corrected: one row in a hundred is another, all else is the same bytes."""

import hashlib
import json
import os
import shutil
from pathlib import Path

from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

_ABOVE = 15
"""Rows at the top of a file that are left alone: titles and header."""


def correct_rows(extracts: Path, corrected: Path, every: int = 100) -> tuple[int, int]:
    """Write `corrected`: every file of `extracts`, in each of them one row of `every` with a letter of a text changed.

    Gives how many rows were changed and how many files. Every file is another one afterwards: the hardest such night.
    """
    changed = files = 0
    for path in sorted(extracts.rglob("*")):
        if path.is_dir() or "truth" in path.relative_to(extracts).parts:
            continue
        target = corrected / path.relative_to(extracts)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            rows = _correct_csv(path, target, every)
        elif path.suffix == ".xlsx":
            rows = _correct_workbook(path, target, every)
        else:
            shutil.copyfile(path, target)
            continue
        changed, files = changed + rows, files + 1
    _promise_anew(corrected)
    return changed, files


def correct_files(extracts: Path, corrected: Path, every: int = 100) -> tuple[int, int]:
    """Write `corrected`: some files of `extracts` sent again, all rows of them corrected, and the rest the same bytes.

    Workbooks are sent again, by lot that falls the same each time, until their rows are one of `every` of all. Gives
    how many rows were changed and in how many files: what a night brings on which some puskesmas sent again.
    """
    found = [path for path in sorted(extracts.rglob("*")) if path.is_file() and "truth" not in path.parts]
    wanted = sum(_rows(path) for path in found) // every
    lot = sorted(
        (path for path in found if path.suffix == ".xlsx"), key=lambda path: hashlib.sha256(path.name.encode()).digest()
    )
    changed = files = 0
    for path in found:
        target = corrected / path.relative_to(extracts)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.name == "manifest.json":
            shutil.copyfile(path, target)
        else:
            os.link(path, target)
    for path in lot:
        if changed >= wanted:
            break
        target = corrected / path.relative_to(extracts)
        target.unlink()
        changed, files = changed + _correct_workbook(path, target, 1), files + 1
    _promise_anew(corrected)
    return changed, files


def _rows(path: Path) -> int:
    if path.suffix == ".csv":
        with path.open("rb") as file:
            return sum(1 for _ in file)
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).total_height if path.suffix == ".xlsx" else 0


def _correct_csv(path: Path, target: Path, every: int) -> int:
    changed = 0
    with path.open("rb") as lines, target.open("wb") as out:
        for number, line in enumerate(lines):
            other = line.replace(b"A", b"E", 1) if number > _ABOVE and number % every == 0 else line
            changed += other != line
            out.write(other)
    return changed


def _correct_workbook(path: Path, target: Path, every: int) -> int:
    """Write the first sheet anew, each cell with its own type."""
    changed = 0
    with Workbook(target, {"constant_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()):
            corrected = number > _ABOVE and number % every == 0
            for position, cell in enumerate(row):
                if corrected and isinstance(cell, str) and "A" in cell:
                    sheet.write_string(number, position, cell.replace("A", "E", 1))
                    corrected, changed = False, changed + 1
                elif isinstance(cell, str):
                    if cell:
                        sheet.write_string(number, position, cell)
                else:
                    sheet.write(number, position, cell)
    return changed


def _promise_anew(corrected: Path) -> None:
    """Let each manifest promise the files that lie beside it now."""
    for manifest in corrected.rglob("manifest.json"):
        said = json.loads(manifest.read_text(encoding="utf-8"))
        before = [file["sha256"] for file in said["files"]]
        for file in said["files"]:
            file["sha256"] = hashlib.sha256((manifest.parent / file["name"]).read_bytes()).hexdigest()
        if before != [file["sha256"] for file in said["files"]]:  # a manifest of other bytes is another delivery
            manifest.write_text(json.dumps(said), encoding="utf-8")
