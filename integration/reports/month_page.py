"""The monthly report as one HTML file that needs nothing from elsewhere, made for the screen and for A4."""

import string
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from integration.reports.charts import Value, bars, tile_map, trend
from integration.reports.figures import Figure
from integration.reports.month_sheets import MonthSource, is_one_of, open_gaps
from integration.reports.month_words import month_words
from integration.reports.sheet import Sheet
from integration.reports.written import Cell, month, number, words

_FOLDER = Path(__file__).parent


def month_page(source: MonthSource, sheets: Sequence[Sheet], facts: Mapping[str, str]) -> str:
    """Give the page: facts, the main numbers, charts, and the tables whose sheets are meant for it."""
    said = month_words()
    shown = [sheet for sheet in sheets if sheet.on_page]
    template = string.Template((_FOLDER / "month_page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(said.title),
        style=(_FOLDER / "month_page.css").read_text(encoding="utf-8"),
        facts="".join(f"<dt>{escape(name)}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items()),
        tiles="\n".join(map(_tile, _headline(source))),
        contents=escape(said.contents),
        links="".join(f'<li><a href="#s{n}">{escape(sheet.tab)}</a></li>' for n, sheet in enumerate(shown)),
        only_in_workbook=escape(said.only_in_workbook),
        charts="\n".join(_charts(source)),
        sections="\n".join(_section(n, sheet) for n, sheet in enumerate(shown)),
    )


def _headline(source: MonthSource) -> list[Figure]:
    return [one for one in source.figures if one.region_level == "kab" and is_one_of(one, month_words().tiles)]


def _tile(figure: Figure) -> str:
    numbers = (figure.numerator, figure.denominator)
    counted = "" if None in numbers else " / ".join(number(one) for one in numbers if one is not None)
    return (
        f'<div class="tile"><small>{escape(figure.place)}</small><b>{escape(value_told(figure))}</b>'
        f"{escape(figure.indicator)}<br><small>{escape(counted)}</small></div>"
    )


def value_told(figure: Figure) -> str:
    """Give the value with its unit, or why there is none."""
    told = figure.told(figure.value)
    if isinstance(told, str) or told is None:
        return told or ""
    if figure.unit == "percent":
        return f"{number(told, 1)}%"
    return number(told) if figure.unit == "count" else f"{number(told, 1)} {words().units[figure.unit]}"


def _charts(source: MonthSource) -> list[str]:
    said = month_words().charts
    drawn = []
    for code in said["of"]:
        of_code = [one for one in source.figures if one.indicator_code == code and one.region_level == "kec"]
        if of_code:
            values: list[Value] = [(one.place, one.value, value_told(one)) for one in of_code]
            drawn.append(tile_map(said["map"].format(indicator=of_code[0].indicator), values))
            drawn.append(f'<p class="note">{escape(said["map_note"])}</p>')
            drawn.append(bars(said["bars"].format(indicator=of_code[0].indicator), values))
    drawn += _trends(source)
    of_agency: Counter[str] = Counter()
    agencies = {gap.code: gap.agency for gap in source.rules.gaps}
    for region in open_gaps(source):
        for code, count in region.counts.items():
            if region.parent is None and count is not None:
                of_agency[agencies[code]] += count
    if of_agency:
        drawn.append(bars(said["gaps"], [(words().agencies[one], n, number(n)) for one, n in of_agency.items()]))
    return drawn or [f'<p class="note">{escape(said["no_value"])}</p>']


def _trends(source: MonthSource) -> list[str]:
    said, periods = month_words().charts, sorted(source.past)
    if not periods:
        return [f'<p class="note">{escape(said["no_trend"])}</p>']
    now = str(source.now.publication.facts["period"])
    drawn = []
    for code in said["trends"]:
        lines = {
            one.place: [
                *(
                    was.value if (was := source.past[period].get((one.region_code, code))) else None
                    for period in periods
                ),
                one.value,
            ]
            for one in source.figures
            if one.indicator_code == code and one.region_level == "kab"
        }
        if lines:
            indicator = next(one.indicator for one in source.figures if one.indicator_code == code)
            drawn.append(trend(said["trend"].format(indicator=indicator), list(map(month, (*periods, now))), lines))
    return drawn


def _section(place: int, sheet: Sheet) -> str:
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in sheet.notes)
    head = "".join(f"<th>{escape(column.label)}</th>" for column in sheet.columns)
    kinds = [column.kind for column in sheet.columns]
    body = "\n".join(
        f"<tr>{''.join(_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True))}</tr>" for row in sheet.rows
    )
    table = f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'
    return f'<section id="s{place}"><h2>{escape(sheet.title)}</h2>{notes}{table if sheet.rows else ""}</section>'


def _cell(cell: Cell, kind: str) -> str:
    """Give one cell; `data-value` is the number itself, unrounded."""
    if isinstance(cell, int | float):
        shown = {"rate": number(cell, 1), "share": f"{number(cell * 100)}%", "year": str(cell)}.get(kind, number(cell))
        return f'<td class="number" data-value="{cell!r}">{shown}</td>'
    text = escape("" if cell is None else str(cell))
    return f"<td>{text}</td>" if kind == "text" else f'<td class="untold">{text}</td>'
