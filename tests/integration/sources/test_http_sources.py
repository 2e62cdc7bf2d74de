"""Fetching over HTTP: files that break off, tokens, certificates, and pages that do not go on as they should."""

import datetime as dt
import json
import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pytest
from certificate import certify
from source_servers import Fetch, WebServer, declare, put

from integration.contracts import contracts
from integration.sources import check_source, sources_of
from integration.sources.placing import FETCHED
from warehouse.settings import Home

CONTENT = bytes(range(256)) * 40_000
COLUMNS = {column.header: column.name for column in contracts()["dinkes_balita"].needed_columns}
MONTH = ["2026-10"]


def inbox(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.inbox.rglob("*") if path.is_file() and path.name != FETCHED}


class FileServer:
    """Answers with one file: ranges, entity tags, and as many bytes as it is told to before it breaks off."""

    def __init__(self, content: bytes = CONTENT, **headers: str) -> None:
        self.content = content
        self.headers = {"ETag": '"one"', **headers}
        self.breaks_after: int | None = None
        self.ranges = True

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        start, asked = 0, request.headers.get("Range")
        if asked and self.ranges and request.headers.get("If-Range") == self.headers.get("ETag"):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        for name, text in {"Content-Length": str(len(self.content) - start), **self.headers}.items():
            request.send_header(name, text)
        request.end_headers()
        if request.command == "HEAD":
            return
        if self.breaks_after is not None:
            request.wfile.write(self.content[start : start + self.breaks_after])
            self.breaks_after, request.close_connection = None, True
            return
        request.wfile.write(self.content[start:])


def a_file(web: WebServer, **more: Any) -> dict[str, Any]:
    url = f"{web.url}/kirim/{{yyyymm}}/balita.csv"
    return {"from": "http_file", "url": url, "unencrypted": True, **more}


def test_a_file_is_fetched_for_each_month_that_is_there(home: Home, web: WebServer, fetch: Fetch) -> None:
    serve = FileServer()
    web.answer = lambda request: serve(request) if "/202610/" in request.path else request.send_error(404)

    fetched = fetch(**a_file(web), months=["2026-11", "2026-10"])

    assert fetched.trouble is None
    assert "2026-11/balita.csv: nothing lies at its address yet" in fetched.passed_over[0]
    assert inbox(home) == {"balita.csv": CONTENT}
    asked = len(web.asked)
    assert fetch(**a_file(web), months=["2026-11", "2026-10"]).months == []
    assert [method for method, *_ in web.asked[asked:] if method == "GET"] == []


def test_a_broken_download_is_gone_on_with_by_range(home: Home, web: WebServer, fetch: Fetch) -> None:
    web.answer = serve = FileServer()
    serve.breaks_after = 9_000_000

    broken = fetch(**a_file(web), months=MONTH)
    assert broken.trouble is not None
    assert broken.trouble.passing
    assert fetch(**a_file(web), months=MONTH).months == MONTH
    assert inbox(home) == {"balita.csv": CONTENT}
    ranges = [headers["range"] for _, _, headers in web.asked if "range" in headers]
    assert len(ranges) == 1
    assert int(ranges[0].removeprefix("bytes=").rstrip("-")) > 4_000_000


@pytest.mark.parametrize("why", ["it cannot do ranges", "it is another file by now"])
def test_a_download_that_cannot_be_gone_on_with_begins_anew(home: Home, web: WebServer, fetch: Fetch, why: str) -> None:
    web.answer = serve = FileServer()
    serve.breaks_after = 9_000_000
    fetch(**a_file(web), months=MONTH)
    if why == "it cannot do ranges":
        serve.ranges = False
    else:
        serve.content, serve.headers["ETag"] = CONTENT[::-1], '"two"'

    fetch(**a_file(web), months=MONTH)

    assert inbox(home) == {"balita.csv": serve.content}


def test_a_file_without_any_mark_is_fetched_and_compared(home: Home, web: WebServer, fetch: Fetch) -> None:
    web.answer = serve = FileServer(b"NIK")
    serve.headers.clear()

    assert fetch(**a_file(web), months=MONTH).months == MONTH
    assert fetch(**a_file(web), months=MONTH).months == []
    serve.content = b"NAMA"
    assert fetch(**a_file(web), months=MONTH).months == MONTH
    assert inbox(home) == {"balita.csv": b"NAMA"}


def test_the_token_goes_to_this_server_alone_and_is_told_nowhere(
    home: Home, web: WebServer, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DINKES_TOKEN", "rahasia-123")
    serve = FileServer(b"NIK")
    with WebServer() as other:
        other.answer = serve

        def redirect(request: BaseHTTPRequestHandler) -> None:
            request.send_response(302)
            request.send_header("Location", f"{other.url.replace('127.0.0.1', 'localhost')}/x.csv?signature=abc")
            request.send_header("Content-Length", "0")
            request.end_headers()

        web.answer = redirect
        assert fetch(**a_file(web, token_env="DINKES_TOKEN"), months=MONTH).months == MONTH
        assert all(headers["authorization"] == "Bearer rahasia-123" for *_, headers in web.asked)
        assert not [headers for *_, headers in other.asked if "authorization" in headers]

    web.answer = lambda request: request.send_error(403)
    said = str(fetch(**a_file(web, token_env="DINKES_TOKEN"), months=MONTH).trouble)
    assert "the token in DINKES_TOKEN is refused (403)" in said
    written = b"".join(path.read_bytes() for path in home.path.rglob("*") if path.is_file())
    assert b"rahasia" not in written + said.encode()


@pytest.mark.parametrize(
    ("answer", "words", "passing"),
    [
        (lambda r: r.send_error(503), "cannot answer now (503)", True),
        (lambda r: r.send_error(429), "cannot answer now (429)", True),
        (lambda r: r.send_error(410), "does not answer as it should (410)", False),
        (lambda r: r.connection.shutdown(2), "broke off", True),
    ],
)
def test_what_comes_instead_of_a_file_is_told(
    home: Home, web: WebServer, fetch: Fetch, answer: Callable[..., None], words: str, passing: bool
) -> None:
    web.answer = answer

    trouble = fetch(**a_file(web), months=MONTH).trouble

    assert trouble is not None
    assert words in str(trouble)
    assert trouble.passing is passing
    assert inbox(home) == {}


@pytest.mark.parametrize("kind", ["text/html", "Text/HTML; charset=utf-8"])
def test_a_web_page_is_no_delivery(home: Home, web: WebServer, fetch: Fetch, kind: str) -> None:
    web.answer = FileServer(b"<html>", **{"Content-Type": kind})

    assert "a web page came instead of a file" in fetch(**a_file(web), months=MONTH).refused[0]
    assert inbox(home) == {}


def test_a_length_of_nothing_may_be_unsaid(home: Home, web: WebServer, fetch: Fetch) -> None:
    serve = FileServer(b"NIK")

    def answer(request: BaseHTTPRequestHandler) -> None:
        serve.headers["Content-Length"] = "0" if request.command == "HEAD" else "3"
        serve(request)

    web.answer = answer

    assert fetch(**a_file(web), months=MONTH).months == MONTH
    assert inbox(home) == {"balita.csv": b"NIK"}


def test_a_certificate_must_be_trusted(home: Home, web: WebServer, fetch: Fetch, tmp_path: Path) -> None:
    web.answer = FileServer(b"NIK")
    certificate = certify(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, tmp_path / "key.pem")
    web.server.socket = context.wrap_socket(web.server.socket, server_side=True)
    address = a_file(web)["url"].replace("http://127.0.0.1", "https://localhost")

    trouble = fetch(from_="http_file", url=address, months=MONTH).trouble
    assert trouble is not None
    assert "the certificate of the server is not one that is trusted" in str(trouble)

    assert fetch(from_="http_file", url=address, ca_file=str(certificate), months=MONTH).months == MONTH


# --- pages ---------------------------------------------------------------------------------------------------------


def row(number: int, **more: object) -> dict[str, object]:
    return {**dict.fromkeys(COLUMNS.values(), "x"), "nik": 3509270000000000 + number, **more}


class PageServer:
    """Answers with pages of rows, by number; a test changes what comes."""

    def __init__(self, *pages: list[dict[str, object]]) -> None:
        self.pages = pages
        self.total: object = sum(map(len, pages))

    def page(self, number: int) -> dict[str, Any]:
        rows = self.pages[number - 1] if number <= len(self.pages) else []
        return {"data": {"items": rows}, "meta": {"total": self.total}}

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        asked = parse_qs(urlsplit(request.path).query)
        body = json.dumps(self.page(int(asked.get("page", ["1"])[0]))).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


def pages(web: WebServer, **more: Any) -> dict[str, Any]:
    return {
        "from": "http_pages",
        "url": f"{web.url}/balita?bulan={{month}}",
        "unencrypted": True,
        "rows": "data.items",
        "total": "meta.total",
        "page": {"parameter": "page"},
        "columns": COLUMNS,
        **more,
    }


def test_pages_become_one_file_with_every_digit(home: Home, web: WebServer, fetch: Fetch) -> None:
    web.answer = PageServer([row(1, nama='SITI "A"\nB'), row(2, nama=None)], [row(3)])

    fetched = fetch(**pages(web), months=MONTH)

    assert fetched.trouble is None
    (name,) = inbox(home)
    assert name == "dinkes_balita_3509_202610.parquet"
    table = pq.read_table(next(home.inbox.rglob("*.parquet"))).to_pydict()
    assert table["NIK"] == ["3509270000000001", "3509270000000002", "3509270000000003"]
    assert next(path for _, path, _ in web.asked) == "/balita?bulan=2026-10&page=1"
    assert fetch(**pages(web), months=MONTH).unchanged == 1

    web.answer = PageServer([row(3)], [row(2, nama=None), row(1, nama='SITI "A"\nB')])
    assert fetch(**pages(web), months=MONTH).unchanged == 1  # the same rows in another order
    web.answer = PageServer([row(3)])
    assert fetch(**pages(web), months=MONTH).months == MONTH


def test_half_of_a_character_keeps_no_row_away(home: Home, web: WebServer, fetch: Fetch) -> None:
    web.answer = PageServer([row(1, name="SITI \ud83d"), row(2, name="SITI \U0001f600")])  # a name cut within a sign

    assert fetch(**pages(web), months=MONTH).trouble is None

    table = pq.read_table(next(home.inbox.rglob("*.parquet"))).to_pydict()
    assert dict(zip(table["NIK"], table["Nama"], strict=True)) == {
        "3509270000000001": "SITI \ufffd",
        "3509270000000002": "SITI \U0001f600",
    }


def test_pages_that_name_the_next_one(home: Home, web: WebServer, fetch: Fetch) -> None:
    class Linked(PageServer):
        def page(self, number: int) -> dict[str, Any]:
            following = f"/balita?page={number + 1}" if number < len(self.pages) else None
            return {**super().page(number), "links": {"next": following}}

    web.answer = Linked([row(1)], [row(2)])

    assert fetch(**pages(web, next="links.next", page={}), months=MONTH).trouble is None
    assert len(web.asked) == 2
    assert pq.read_metadata(next(home.inbox.rglob("*.parquet"))).num_rows == 2


def test_a_page_that_repeats_is_noticed(home: Home, web: WebServer, fetch: Fetch) -> None:
    web.answer = PageServer([row(1)], [row(2)], [row(1)], [row(3)])

    trouble = fetch(**pages(web), months=MONTH).trouble

    assert "page 3 repeats page 1" in str(trouble)
    assert inbox(home) == {}
    assert list(home.fetching.glob("*.part")) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"total": "meta.count"}, "nothing at meta.count"),
        ({"rows": "meta"}, "holds no list at meta"),
        ({"columns": {**COLUMNS, "Posyandu": "posyandu_2"}}, "a row lacks the field posyandu_2"),
    ],
)
def test_pages_that_are_not_as_agreed_are_told(
    home: Home, web: WebServer, fetch: Fetch, change: dict[str, Any], words: str
) -> None:
    web.answer = PageServer([row(1)])

    assert words in str(fetch(**pages(web, **change), months=MONTH).trouble)
    assert inbox(home) == {}


def test_an_end_that_is_404_is_an_end_when_all_rows_came(home: Home, web: WebServer, fetch: Fetch) -> None:
    serve = PageServer([row(1)], [row(2)])
    web.answer = lambda request: request.send_error(404) if "page=3" in request.path else serve(request)

    assert fetch(**pages(web), months=MONTH).trouble is None
    assert pq.read_metadata(next(home.inbox.rglob("*.parquet"))).num_rows == 2


def test_rows_take_the_place_of_the_files_that_a_source_gave_before(
    home: Home, drop: Path, web: WebServer, fetch: Fetch
) -> None:
    put(drop, "balita_202610.csv", b"one")
    fetch(from_="folder", path=str(drop))
    web.answer = PageServer([row(1)])

    fetch(**pages(web), months=MONTH)
    assert list(inbox(home)) == ["dinkes_balita_3509_202610.parquet"]
    fetch(from_="folder", path=str(drop))
    assert list(inbox(home)) == ["balita_202610.csv"]


def test_what_cannot_be_asked_for_a_month_is_not(home: Home, web: WebServer, fetch: Fetch) -> None:
    web.answer = PageServer([row(1)])
    url = f"{web.url}/balita"

    assert "it cannot be asked for a month" in str(fetch(**pages(web, url=url), months=MONTH).trouble)
    assert inbox(home) == {}
    assert fetch(**pages(web, url=url), day=dt.date(2026, 11, 20)).months == ["2026-11"]


def test_a_token_may_end_with_its_line_and_holds_nothing_strange(
    web: WebServer, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.answer = PageServer([row(1)])
    monkeypatch.setenv("DINKES_TOKEN", "abc\n")
    assert fetch(**pages(web, token_env="DINKES_TOKEN"), months=MONTH).trouble is None
    monkeypatch.setenv("DINKES_TOKEN", "abcé")
    assert "DINKES_TOKEN holds signs that no token has" in str(
        fetch(**pages(web, token_env="DINKES_TOKEN"), months=MONTH).trouble
    )


def test_a_total_that_differs_takes_nothing_and_may_pass(web: WebServer, fetch: Fetch) -> None:
    web.answer = serve = PageServer([row(1)])
    serve.total = 7

    trouble = fetch(**pages(web), months=MONTH).trouble

    assert trouble is not None
    assert "1 rows came and the server speaks of 7" in str(trouble)
    assert trouble.passing


def test_a_page_that_leads_to_another_server_is_not_followed(web: WebServer, fetch: Fetch) -> None:
    class Elsewhere(PageServer):
        def page(self, number: int) -> dict[str, Any]:
            return {**super().page(number), "next": "https://elsewhere.example/x"}

    web.answer = Elsewhere([row(1)])

    assert "sends on to another server" in str(fetch(**pages(web, next="next", page={}), months=MONTH).trouble)


def test_what_is_no_json_is_told_without_a_word_of_it(web: WebServer, fetch: Fetch) -> None:
    web.answer = FileServer(b"SITI 3509", **{"Content-Type": "text/html; x"})

    said = str(fetch(**pages(web), months=MONTH).trouble)

    assert "no JSON but text/html" in said
    assert "SITI" not in said


def test_a_month_without_rows_is_no_delivery(home: Home, web: WebServer, fetch: Fetch) -> None:
    web.answer = PageServer([])

    assert "there is no row yet" in fetch(**pages(web), months=MONTH).waiting[0]
    assert inbox(home) == {}


def test_check_asks_for_one_page(home: Home, web: WebServer) -> None:
    web.answer = PageServer([row(1)], [row(2)])
    declare(home, {"health/dinkes_balita": pages(web)})
    (source,) = sources_of(home).values()

    checked = check_source(home, source, dt.date(2026, 10, 20))

    assert (checked.wrong, checked.found) == ([], "it answers; 1 rows on the first page of 2026-10 of 2")
    assert len(web.asked) == 1
