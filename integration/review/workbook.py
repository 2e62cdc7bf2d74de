"""The workbook a clerk fills: one pair a row, A beside B, what differs marked, two columns to write in."""

import os
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import xlsxwriter

from integration.review.labels import Labels, labels
from integration.review.pair import KEY_COLUMNS, key_cells
from integration.review.questions import Question, Questions
from warehouse.errors import PadanError

_LEFT = ("number", "answer")
_RIGHT = ("note", "reason", "probability")
_WIDTHS = {"number": 5, "answer": 12, "note": 30, "reason": 32, "probability": 20}
_FACT = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#D9D9D9"}
_FORMATS = {
    "head": {**_FACT, "bold": True, "bg_color": "#E7E6E6"},
    "head_a": {**_FACT, "bold": True, "bg_color": "#DDEBF7", "left": 2},
    "head_b": {**_FACT, "bold": True, "bg_color": "#E2EFDA"},
    "to_fill_head": {**_FACT, "bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF"},
    "fact": _FACT,
    "fact_a": {**_FACT, "left": 2},
    "fact_b": _FACT,
    "differs_a": {**_FACT, "left": 2, "bold": True, "bg_color": "#FFD966"},
    "differs_b": {**_FACT, "bold": True, "bg_color": "#FFD966"},
    "to_fill": {**_FACT, "locked": False, "bg_color": "#FFFFE5"},
    "answered": {"bg_color": "#C6E0B4"},
    "heading": {"bold": True, "font_size": 13},
    "line": {"text_wrap": True, "valign": "top"},
}


class WorkbookNotWritten(PadanError):
    """The workbook could not be written where it was wanted."""


def write_workbook(path: Path, questions: Questions) -> None:
    """Write the questions to a new XLSX that only its owner may read: it holds names and NIKs.

    Everything but the columns for answer and note is locked (no password). Each row carries its pair in hidden columns,
    as text. Raises `WorkbookNotWritten` when the file is there already, for it may hold answers, or cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise WorkbookNotWritten(f"{path} is no name of an XLSX file. Name one that ends in .xlsx.")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise WorkbookNotWritten(
            f"{path} exists and may hold answers, so it was left as it is. Name another file, or move this one away."
        ) from error
    except OSError as error:
        raise WorkbookNotWritten(
            f"{path} cannot be written: {error.strerror}. Name a file in another folder."
        ) from error
    try:
        # In memory: personal data is not left in a temporary folder of the machine.
        with os.fdopen(descriptor, "wb") as file, xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
            _fill(workbook, questions, labels())
    except BaseException as error:
        path.unlink()
        if isinstance(error, OSError):
            raise WorkbookNotWritten(
                f"{path} cannot be written: {error.strerror}. Make room, or name another."
            ) from error
        raise


def _fill(workbook: Any, questions: Questions, words: Labels) -> None:  # noqa: ANN401 - xlsxwriter has no types
    # The properties say when a workbook was saved last; until somebody fills it, that is the export.
    workbook.set_properties({"created": questions.exported_at})
    formats = {name: workbook.add_format(look) for name, look in _FORMATS.items()}
    _write_pairs(workbook.add_worksheet(words.sheets["pairs"]), questions.rows, words, formats)
    _write_instructions(workbook.add_worksheet(words.sheets["instructions"]), words, formats)


def _write_pairs(sheet: Any, rows: Sequence[Question], words: Labels, formats: dict[str, Any]) -> None:  # noqa: ANN401
    name, *further = words.fields
    # The names stand beside the answer, in the part that stays when the sheet is scrolled.
    columns: list[tuple[str, float, str]] = [
        *((words.columns[one], _WIDTHS[one], "to_fill_head" if one == "answer" else "head") for one in _LEFT),
        *((f"{name.label} {side.upper()}", name.width, f"head_{side}") for side in "ab"),
        *((words.columns[one], _WIDTHS[one], "to_fill_head" if one == "note" else "head") for one in _RIGHT),
        *((f"{field.label} {side.upper()}", field.width, f"head_{side}") for field in further for side in "ab"),
    ]
    for position, (label, width, look) in enumerate(columns):
        sheet.set_column(position, position, width)
        sheet.write_string(0, position, label, formats[look])
    hidden = len(columns)
    sheet.set_column(hidden, hidden + len(KEY_COLUMNS) - 1, 10, None, {"hidden": True})
    for position, label in enumerate(KEY_COLUMNS, hidden):
        sheet.write_string(0, position, label)

    for row, question in enumerate(rows, 1):
        pair = question.pair
        facts = list(zip(question.shown_a, question.shown_b, question.differs, words.fields, strict=True))
        names, *others = (
            [
                (shown and field.words.get(shown, shown), f"{'differs' if differs else 'fact'}_{side}")
                for side, shown in (("a", a), ("b", b))
            ]
            for a, b, differs, field in facts
        )
        cells: list[tuple[str | None, str]] = [
            (str(row), "fact"),
            (None, "to_fill"),
            *names,
            (None, "to_fill"),
            (words.reason(pair.reason or pair.sampled_as), "fact"),
            (words.probability(pair.match_probability), "fact"),
            *chain.from_iterable(others),
        ]
        for position, (text, look) in enumerate(cells):
            if text is None:
                sheet.write_blank(row, position, None, formats[look])
            else:
                sheet.write_string(row, position, text, formats[look])
        for position, text in enumerate(key_cells(pair), hidden):
            sheet.write_string(row, position, text)

    last, answer = len(rows), _LEFT.index("answer")
    sheet.data_validation(
        1,
        answer,
        last,
        answer,
        {
            "validate": "list",
            "source": list(words.answers.values()),
            "input_title": words.columns["answer"],
            "input_message": words.answer_help,
            "error_title": words.columns["answer"],
            "error_message": words.answer_error,
        },
    )
    sheet.conditional_format(
        1, 0, last, answer, {"type": "formula", "criteria": '=$B2<>""', "format": formats["answered"]}
    )
    sheet.freeze_panes(1, len(_LEFT) + 2)
    sheet.autofilter(0, 0, last, hidden - 1)
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.repeat_rows(0)


def _write_instructions(sheet: Any, words: Labels, formats: dict[str, Any]) -> None:  # noqa: ANN401
    sheet.set_column(0, 0, 110)
    for row, line in enumerate(words.instructions):
        heading = line.startswith("# ")
        sheet.write_string(row, 0, line.removeprefix("# "), formats["heading" if heading else "line"])
    sheet.protect()
