"""Rows as pages of JSON that an HTTP server gives one after another."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests

from integration.sources.places import HttpPages, Source
from integration.sources.rows import Row
from integration.sources.web import WebClient, client_of

_MOST_PAGES = 200_000
_LARGEST_PAGE = 64 * 1024 * 1024
_BLOCK = 1024 * 1024


@contextmanager
def open_pages(source: Source, place: HttpPages) -> Iterator["PagedRows"]:
    """Make ready to ask for pages; raises `SourceFailed`."""
    with client_of(source, place) as client:
        yield PagedRows(source, place, client)


class PagedRows:
    """The rows of all pages; a page that repeats, a field that is gone or a total that differs takes them all back."""

    def __init__(self, source: Source, place: HttpPages, client: WebClient) -> None:
        self.source = source
        self.place = place
        self.client = client
        self.headers = list(place.columns)

    def chunks(self, month: str) -> Iterator[list[Row]]:
        """Give the rows of a month, a page at a time."""
        seen: dict[str, int] = {}
        came, total, url = 0, None, self._first(month)
        for number in range(1, _MOST_PAGES + 1):
            page = self._page(url)
            if page is None:
                if number == 1:
                    return  # the month is not there yet
                if came == total:
                    return  # the server ends so where others give an empty page
                raise self.source.failed(
                    f"page {number} is gone (404) though the one before it led there", passing=True
                )
            items = self._at(page, self.place.rows)
            if not isinstance(items, list):
                raise self.source.failed(
                    f"page {number} holds no list at {self.place.rows}; correct rows in sources.yaml"
                )
            mark = hashlib.sha256(json.dumps(items, sort_keys=True).encode()).hexdigest()
            if items and mark in seen:
                raise self.source.failed(
                    f"page {number} repeats page {seen[mark]}: the server does not go on as it was asked to, and rows "
                    "would be missing or double. Nothing was taken; ask the agency how its pages are asked for"
                )
            seen[mark] = number
            total = self._total(page, total)
            came += len(items)
            yield [self._row(item, number) for item in items]
            following = self._next(url, page, number, len(items))
            if following is None:
                break
            url = following
        else:
            raise self.source.failed(f"there is no end after {_MOST_PAGES:,} pages")
        if total is not None and came != total:
            raise self.source.failed(
                f"{came:,} rows came and the server speaks of {total:,}; they may have changed meanwhile", passing=True
            )

    def describe(self, month: str) -> str:
        """Ask for the first page and say what is on it."""
        page = self._page(self._first(month))
        if page is None:
            return f"it answers; nothing for {month} yet (404)"
        items = self._at(page, self.place.rows)
        if not isinstance(items, list):
            raise self.source.failed(f"the first page holds no list at {self.place.rows}; correct rows in sources.yaml")
        for item in items:
            self._row(item, 1)
        total = self._total(page, None)
        return f"it answers; {len(items):,} rows on the first page of {month}{f' of {total:,}' if total else ''}"

    def of_no_month(self) -> None:
        """Every row is of the month for which it was given."""

    def _first(self, month: str) -> str:
        url = self.client.url_of(month)
        if self.place.parameter and self.place.next is None:
            return _with(url, self.place.parameter, str(self.place.first))
        return url

    def _next(self, url: str, page: Any, number: int, items: int) -> str | None:  # noqa: ANN401
        """Give the address of the next page: what this one says, or the next number until a page is empty."""
        place = self.place
        if place.next is None:
            return _with(url, str(place.parameter), str(place.first + number)) if items else None
        said = self._at(page, place.next, may_lack=True)
        if said in (None, "", False):
            return None
        if place.parameter:
            return _with(url, place.parameter, str(said))
        following = urljoin(url, str(said))
        if urlsplit(following)[:2] != urlsplit(url)[:2]:
            raise self.source.failed(f"page {number} sends on to another server, which is not asked; ask the agency")
        return following

    def _page(self, url: str) -> Any:  # noqa: ANN401 - what JSON may be
        """Ask for one page; None when it is not there. Numbers stay the text they were sent as."""
        with self.client.get(url, Accept="application/json") as answer:
            if answer.status_code == requests.codes.not_found:
                return None
            body = bytearray()
            blocks = answer.iter_content(_BLOCK)
            while True:
                with self.client.told():
                    block = next(blocks, b"")
                if not block:
                    break
                body += block
                if len(body) > _LARGEST_PAGE:
                    raise self.source.failed("a page is larger than 64 MB; ask for fewer rows in a page")
        try:
            return _whole_characters(json.loads(body, parse_float=str, parse_int=str), body)
        except (ValueError, RecursionError) as error:
            kind = answer.headers.get("Content-Type", "something without a name").partition(";")[0]
            raise self.source.failed(
                f"what came is no JSON but {kind}; ask the agency for the right address"
            ) from error

    def _at(self, page: Any, where: str, *, may_lack: bool = False) -> Any:  # noqa: ANN401
        """Give what stands at a place such as `data.items`; `.` is the page itself."""
        found = page
        for name in [] if where == "." else where.split("."):
            if not isinstance(found, dict) or name not in found:
                if may_lack:
                    return None
                raise self.source.failed(
                    f"a page has nothing at {where}; correct it in sources.yaml, or ask the agency"
                )
            found = found[name]
        return found

    def _total(self, page: Any, before: int | None) -> int | None:  # noqa: ANN401
        if self.place.total is None:
            return before
        said = str(self._at(page, self.place.total))
        if not said.isdecimal():
            raise self.source.failed(f"what stands at {self.place.total} is no number of rows")
        return int(said)

    def _row(self, item: Any, number: int) -> Row:  # noqa: ANN401
        if not isinstance(item, dict):
            raise self.source.failed(f"a row of page {number} has no named fields")
        if lacking := [field for field in self.place.columns.values() if field not in item]:
            raise self.source.failed(
                f"page {number}: a row lacks the field {', '.join(lacking)}; ask the agency what became of it, and "
                "correct columns in sources.yaml"
            )
        return tuple(_text(item[field]) for field in self.place.columns.values())


def _whole_characters(page: Any, body: bytearray) -> Any:  # noqa: ANN401 - what JSON may be
    """Put U+FFFD for each half of a character (a name cut within a sign), which no file can hold."""
    if b"\\ud" not in body.lower():
        return page
    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", json.dumps(page, ensure_ascii=False)))


def _with(url: str, parameter: str, text: str) -> str:
    """Set one parameter of an address."""
    parts = urlsplit(url)
    others = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != parameter]
    return urlunsplit(parts._replace(query=urlencode([*others, (parameter, text)])))


def _text(found: Any) -> str | None:  # noqa: ANN401
    """Give a value of JSON as text: what was sent as a number is one already (`_page`)."""
    if found is None or isinstance(found, str):
        return found
    return json.dumps(found, ensure_ascii=False)
