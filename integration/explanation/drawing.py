"""Drawings as SVG text: a few shapes on a canvas, which is all that the charts and graphs of Padan need.

Written by hand rather than with a plotting library: a chart here is a handful of bars, as text it is a tenth of the
size of a bitmap and sharp at any zoom, and the smallest library that draws as well weighs 50 MB in every installation.
"""

from base64 import b64encode
from html import escape

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#888888"
"""Colours that colour-blind people can tell apart (Okabe and Ito 2008)."""
INK, FAINT = "#222222", "#DDDDDD"

_READABLE = "<style>text{paint-order:stroke;stroke:#fff;stroke-width:3px}</style>"
"""A white edge round every letter, for labels that stand on a line."""


class Drawing:
    """A canvas of `width` x `height` pixels, white so that it can be read on a dark page too; y grows downwards."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self._size = (round(width), round(height))
        self._shapes = [f"<title>{escape(title)}</title>", '<rect width="100%" height="100%" fill="white"/>']
        self.text(10, 20, title, bold=True)

    def text(
        self, x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, bold: bool = False
    ) -> None:
        """Write one line; `anchor` is start, middle or end."""
        weight = ' font-weight="bold"' if bold else ""
        self._shapes.append(
            f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'
        )

    def bar(self, x: float, y: float, width: float, height: float, colour: str, *, opacity: float = 1) -> None:
        """Fill a rectangle; a negative width reaches to the left."""
        self._shapes.append(
            f'<rect x="{min(x, x + width):.1f}" y="{y:.1f}" width="{abs(width):.1f}" height="{height:.1f}" '
            f'fill="{colour}" fill-opacity="{opacity:g}"/>'
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = FAINT, *, width: float = 1, dashed: bool = False
    ) -> None:
        """Draw a straight line."""
        dashes = ' stroke-dasharray="4 3"' if dashed else ""
        self._shapes.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width:.1f}"{dashes}/>'
        )

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Draw a filled circle."""
        self._shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"/>')

    def legend(self, x: float, y: float, entries: dict[str, str]) -> None:
        """Say what the colours mean, one beside the other: label to colour."""
        for label, colour in entries.items():
            self.bar(x, y - 9, 10, 10, colour)
            self.text(x + 14, y, label)
            x += 30 + 6.2 * len(label)

    def svg(self) -> str:
        """Give the SVG document."""
        width, height = self._size
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="Helvetica, Arial, sans-serif" font-size="11">{_READABLE}{"".join(self._shapes)}</svg>\n'
        )


def as_markdown(svg: str, title: str) -> str:
    """Give a drawing as an image inside Markdown, as the Dagster UI shows it."""
    return f"![{title}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"
