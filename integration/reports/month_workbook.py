"""The monthly report as a workbook: one sheet for each table, ready to print on A4."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from integration.reports.print_ready import for_print
from integration.reports.sheet import Sheet, tab_name

_BORDER = {"border": 1, "border_color": "#D9D9D9", "valign": "top"}
_FORMATS = {
    "title": {"bold": True, "font_size": 14},
    "note": {"italic": True, "font_color": "#555555"},
    "head": {**_BORDER, "bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF", "text_wrap": True},
    "text": {**_BORDER, "text_wrap": True},
    "count": {**_BORDER, "num_format": "#,##0"},
    "rate": {**_BORDER, "num_format": "#,##0.0"},
    "share": {**_BORDER, "num_format": "0%"},
    "year": {**_BORDER, "num_format": "0"},
    "untold": {**_BORDER, "align": "right", "italic": True, "font_color": "#888888"},
}


def write_month_workbook(path: Path, sheets: Sequence[Sheet], heading: str) -> None:
    """Write the tables; every text as text, so that none becomes a formula. `heading` stands above each printed page.

    Numbers are the table's own, unrounded; only their look is rounded.
    """
    with xlsxwriter.Workbook(path, {"in_memory": True}) as workbook:
        formats = {name: workbook.add_format(look) for name, look in _FORMATS.items()}
        names: list[str] = []
        for sheet in sheets:
            names.append(tab_name(sheet.tab, names))
            _write(workbook.add_worksheet(names[-1]), sheet, heading, formats)


def _write(page: Any, sheet: Sheet, heading: str, formats: dict[str, Any]) -> None:  # noqa: ANN401 - xlsxwriter has no types
    page.write_string(0, 0, sheet.title, formats["title"])
    for line, note in enumerate(sheet.notes, 1):
        page.write_string(line, 0, note, formats["note"])
    head = len(sheet.notes) + 2
    for position, column in enumerate(sheet.columns):
        page.set_column(position, position, column.width)
        page.write_string(head, position, column.label, formats["head"])
    for line, row in enumerate(sheet.rows, head + 1):
        for position, (cell, column) in enumerate(zip(row, sheet.columns, strict=True)):
            if isinstance(cell, str):
                page.write_string(line, position, cell, formats["text" if column.kind == "text" else "untold"])
            elif isinstance(cell, int | float):
                page.write_number(line, position, cell, formats[column.kind])
            else:
                page.write_blank(line, position, None, formats["text"])
    if sheet.rows:
        page.autofilter(head, 0, head + len(sheet.rows), len(sheet.columns) - 1)
    page.freeze_panes(head + 1, 0)
    for_print(page, head, head, heading)
