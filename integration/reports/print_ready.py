"""How every sheet comes out of the printer."""

from typing import Any


def for_print(page: Any, first: int, last: int, heading: str) -> None:  # noqa: ANN401 - xlsxwriter has no types
    """Set A4 landscape, as wide as the page, rows `first` to `last` on every page, pages numbered."""
    page.set_landscape()
    page.set_paper(9)  # A4
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(first, last)
    page.set_header("&L&8" + heading.replace("&", "&&")[:200])  # Excel takes 255 characters
    page.set_footer("&L&8&A&R&8&P / &N")
