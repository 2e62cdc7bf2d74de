"""The charts of the monthly report as SVG: bars, a map of tiles, a trend."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from integration.explanation.drawing import BLUE, FAINT, GREEN, GREY, INK, ORANGE, PURPLE, RED, Drawing
from integration.reports.written import number

Value = tuple[str, float | None, str]
"""A label, its number (None: none may or can be shown), and what is written for it."""

_SHADES = ("#FFF5EB", "#FDD0A2", "#FDAE6B", "#F16913", "#D94801")
_LINES = (BLUE, ORANGE, GREEN, RED, PURPLE, INK)
_WIDTH = 720


def bars(title: str, values: Sequence[Value]) -> str:
    """Draw one bar for each value, the largest first, the ones without a number last."""
    ordered = sorted(values, key=lambda one: (one[1] is None, -(one[1] or 0), one[0]))
    most = max((value for _, value, _ in values if value is not None), default=0) or 1
    drawing = Drawing(_WIDTH, 44 + 18 * len(ordered), title)
    for line, (label, value, told) in enumerate(ordered):
        y = 36 + 18 * line
        drawing.text(190, y + 11, _shortened(label, 32), anchor="end")
        length = 0 if value is None else (_WIDTH - 310) * value / most
        drawing.bar(196, y, length, 13, BLUE)
        drawing.text(202 + length, y + 11, told, colour=INK if value is not None else GREY)
    return drawing.svg()


def tile_map(title: str, values: Sequence[Value]) -> str:
    """Draw one tile for each region in the order given, darker where the number is higher, grey where there is none."""
    across = max(1, math.ceil(math.sqrt(len(values) * 0.9)))
    width, height = _WIDTH / across, 58
    known = [value for _, value, _ in values if value is not None]
    drawing = Drawing(_WIDTH, 40 + height * math.ceil(len(values) / across) + 24, title)
    for place, (label, value, told) in enumerate(values):
        x, y = place % across * width, 36 + place // across * height
        drawing.bar(x + 1, y + 1, width - 2, height - 2, FAINT if value is None else _shade(value, known))
        drawing.text(x + width / 2, y + 24, _shortened(label, int(width / 6.2)), anchor="middle")
        drawing.text(x + width / 2, y + 42, told, anchor="middle", bold=value is not None)
    y = 40 + height * math.ceil(len(values) / across) + 14
    drawing.legend(4, y, {f"{number(low, 1)} - {number(high, 1)}": shade for low, high, shade in _classes(known)})
    return drawing.svg()


def trend(title: str, periods: Sequence[str], lines: Mapping[str, Sequence[float | None]]) -> str:
    """Draw one line for each region over the periods; a period without a number breaks it."""
    numbers = [value for line in lines.values() for value in line if value is not None]
    most = max(numbers, default=0) or 1
    left, right, top, bottom = 60, _WIDTH - 20, 50, 230
    step = (right - left) / max(1, len(periods) - 1)
    drawing = Drawing(_WIDTH, 280, title)
    for part in range(5):
        y = bottom - (bottom - top) * part / 4
        drawing.line(left, y, right, y)
        drawing.text(left - 6, y + 4, number(most * part / 4, 1), anchor="end")
    for place, period in enumerate(periods):
        drawing.text(left + place * step, bottom + 18, period, anchor="start" if place == 0 else "end")
    for (_, values), colour in zip(lines.items(), _LINES * len(lines), strict=False):
        points = [
            None if value is None else (left + place * step, bottom - (bottom - top) * value / most)
            for place, value in enumerate(values)
        ]
        for one, other in pairwise(points):
            if one and other:
                drawing.line(*one, *other, colour, width=2)
        for point, value in zip(points, values, strict=True):
            if point and value is not None:
                drawing.dot(*point, 3.5, colour)
                drawing.text(point[0], point[1] - 8, number(value, 1), anchor="middle")
    drawing.legend(left, bottom + 40, dict(zip(lines, _LINES * len(lines), strict=False)))
    return drawing.svg()


def _classes(known: Sequence[float]) -> list[tuple[float, float, str]]:
    """Cut what is known into classes of equal width: lowest, highest, shade."""
    if not known:
        return []
    low, step = min(known), (max(known) - min(known)) / len(_SHADES)
    if not step:
        return [(low, low, _SHADES[2])]
    return [(low + n * step, low + (n + 1) * step, shade) for n, shade in enumerate(_SHADES)]


def _shade(value: float, known: Sequence[float]) -> str:
    return next((shade for _, high, shade in _classes(known) if value <= high), _SHADES[-1])


def _shortened(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: max(1, letters - 1)]}…"
