"""A workbook of lists by name: a first sheet that says who may hold it, then a sheet for each place."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from integration.reports.print_ready import for_print
from integration.reports.sheet import tab_name
from integration.reports.week_words import ListColumn, week_words
from integration.reports.worklist import Line

_BORDER = {"border": 1, "border_color": "#BFBFBF", "valign": "top", "text_wrap": True, "font_size": 9}
_FORMATS = {
    "title": {"bold": True, "font_size": 13},
    "subtitle": {"font_size": 9, "font_color": "#555555"},
    "secret": {"bold": True, "font_color": "#9C0006", "text_wrap": True, "valign": "top"},
    "line": {"text_wrap": True, "valign": "top"},
    "head": {**_BORDER, "bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF"},
    "cell": _BORDER,
    "gone": {**_BORDER, "font_color": "#7F7F7F", "italic": True},
    "number": {**_BORDER, "num_format": "#,##0"},
    "P1": {**_BORDER, "bold": True, "bg_color": "#F8CBAD"},
    "P2": {**_BORDER, "bold": True, "bg_color": "#FFE699"},
}
_LINES_ACROSS = 8


@dataclass(frozen=True)
class ListSheet:
    """One place's sheet: `lines` gives tier and printed columns, asked for when the sheet is written."""

    name: str
    title: str
    lines: Callable[[], Sequence[Line]]


@dataclass(frozen=True)
class ListBook:
    """A workbook: its title, what its first sheet says, a row of numbers for each place, and the places' sheets."""

    title: str
    subtitle: str
    first_page: Sequence[str]
    columns: Sequence[ListColumn]
    summary_head: Sequence[str]
    summary: Sequence[Sequence[str | int]]
    sheets: Iterable[ListSheet]


def write_list_book(path: Path, book: ListBook) -> int:
    """Write the workbook row by row, so that memory does not grow with it; gives how many lines it has.

    Its scratch files stay in the folder of `path`, for they hold names too.
    """
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(path, options) as workbook:
        formats = {name: workbook.add_format(look) for name, look in _FORMATS.items()}
        names = [tab_name(week_words().read_first, [])]
        _write_first(workbook.add_worksheet(names[0]), book, formats)
        lines = 0
        for sheet in book.sheets:
            names.append(tab_name(sheet.name, names))
            lines += _write_list(workbook.add_worksheet(names[-1]), book, sheet, formats)
    return lines


def _write_first(page: Any, book: ListBook, formats: dict[str, Any]) -> None:  # noqa: ANN401 - xlsxwriter has no types
    page.set_column(0, 0, 34)
    page.set_column(1, _LINES_ACROSS, 11)
    page.write_string(0, 0, book.title, formats["title"])
    for row, line in enumerate(book.first_page, 1):
        page.set_row(row, 32)
        page.merge_range(row, 0, row, _LINES_ACROSS, "", formats["line"])
        page.write_string(row, 0, line, formats["secret" if row == 1 else "line"])
    head = len(book.first_page) + 2
    for column, label in enumerate(book.summary_head):
        page.write_string(head, column, label, formats["head"])
    for row, cells in enumerate(book.summary, head + 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, int):
                page.write_number(row, column, cell, formats["number"])
            else:
                page.write_string(row, column, cell, formats["cell"])
    for_print(page, head, head, book.subtitle)


def _write_list(page: Any, book: ListBook, sheet: ListSheet, formats: dict[str, Any]) -> int:  # noqa: ANN401
    for position, column in enumerate(book.columns):
        page.set_column(position, position, column.width)
    lines = sheet.lines()
    page.freeze_panes(3, 0)
    for_print(page, 0, 2, book.first_page[0])
    if lines:
        page.autofilter(2, 0, 2 + len(lines), len(book.columns) - 1)
    page.write_string(0, 0, sheet.title, formats["title"])
    page.write_string(1, 0, book.subtitle, formats["subtitle"])
    for position, column in enumerate(book.columns):
        page.write_string(2, position, column.label, formats["head"])
    write, blank, cell_look, gone = page.write_string, page.write_blank, formats["cell"], formats["gone"]
    for row, (tier, cells) in enumerate(lines, 3):
        look = gone if tier == week_words().exit_tier else cell_look
        for position, cell in enumerate(cells):
            look_here = look if position else formats.get(tier, look)
            if cell:
                write(row, position, cell, look_here)
            else:
                blank(row, position, None, look_here)
    if not lines:
        page.write_string(3, 0, week_words().no_targets.format(place=sheet.name), formats["subtitle"])
    return len(lines)
