"""Fetching from a bucket: moto's server speaks S3, a small server before it breaks the line."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from source_servers import Fetch, WebServer, declare

from integration.sources import check_source, sources_of
from integration.sources.placing import FETCHED
from warehouse.settings import Home

CONTENT = bytes(range(256)) * 40_000


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    requests.post(f"{moto}/moto-api/reset", timeout=10)
    monkeypatch.setenv("S3_KEY", "padan")
    monkeypatch.setenv("S3_SECRET", "rahasia")
    made = boto3.resource(
        "s3", endpoint_url=moto, aws_access_key_id="agency", aws_secret_access_key="x", region_name="us-east-1"
    ).Bucket("kiriman")
    made.create()
    return made


def at(endpoint: str, **more: Any) -> dict[str, Any]:
    return {
        "from": "s3", "endpoint": endpoint, "unencrypted": True, "bucket": "kiriman", "prefix": "padan",
        "access_key_env": "S3_KEY", "secret_key_env": "S3_SECRET", **more,
    }  # fmt: skip


def inbox(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.inbox.rglob("*") if path.is_file() and path.name != FETCHED}


def test_objects_below_the_prefix_are_fetched(home: Home, moto: str, bucket: Any, fetch: Fetch) -> None:
    bucket.put_object(Key="padan/2026-10/balita 'x'.csv", Body=CONTENT)
    bucket.put_object(Key="padan/2026-10/", Body=b"")
    bucket.put_object(Key="padan/الرضع_202609.csv", Body=b"arabic")
    bucket.put_object(Key="padan/a/../../../x_202608.csv", Body=b"dots")
    bucket.put_object(Key="other/balita_202610.csv", Body=b"other")

    fetched = fetch(**at(moto))

    assert fetched.trouble is None
    assert inbox(home) == {"balita 'x'.csv": CONTENT, "الرضع_202609.csv": b"arabic"}
    assert len(list(bucket.objects.all())) == 5
    assert fetch(**at(moto)).months == []
    bucket.put_object(Key="padan/2026-10/balita 'x'.csv", Body=b"new")
    assert fetch(**at(moto)).months == ["2026-10"]
    assert inbox(home)["balita 'x'.csv"] == b"new"


def test_a_broken_download_is_gone_on_with(home: Home, moto: str, bucket: Any, web: WebServer, fetch: Fetch) -> None:
    bucket.put_object(Key="padan/balita_202610.csv", Body=CONTENT)
    cut = [9_000_000]

    def forward(request: BaseHTTPRequestHandler) -> None:
        answer = requests.request(request.command, f"{moto}{request.path}", headers=dict(request.headers), timeout=20)
        request.send_response(answer.status_code)
        length = answer.headers["Content-Length"] if request.command == "HEAD" else str(len(answer.content))
        for name, text in {**answer.headers, "Content-Length": length}.items():
            if name not in ("Connection", "Date", "Server"):
                request.send_header(name, text)
        request.end_headers()
        if "balita" in request.path and request.command == "GET" and cut:
            request.wfile.write(answer.content[: cut.pop()])
            request.close_connection = True
        elif request.command == "GET":
            request.wfile.write(answer.content)

    web.answer = forward
    broken = fetch(**at(web.url))
    fetched = fetch(**at(web.url))

    assert broken.trouble is not None
    assert broken.trouble.passing
    assert fetched.months == ["2026-10"]
    assert inbox(home) == {"balita_202610.csv": CONTENT}
    (resumed,) = [headers["range"] for _, _, headers in web.asked if "range" in headers]
    assert int(resumed.removeprefix("bytes=").rstrip("-")) > 4_000_000


def test_what_is_wrong_with_a_bucket_is_told(
    home: Home, moto: str, bucket: Any, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is no bucket nowhere" in str(fetch(**at(moto, bucket="nowhere")).trouble)

    assert "is none that can be asked" in str(fetch(**at("https://not_a_host:9000")).trouble)

    requests.post(f"{moto}/moto-api/reset-auth", data="0", timeout=10)
    refused = str(fetch(**at(moto)).trouble)
    requests.post(f"{moto}/moto-api/reset-auth", data="inf", timeout=10)
    assert "the keys in S3_KEY and S3_SECRET are refused" in refused
    assert "rahasia" not in refused

    monkeypatch.delenv("S3_SECRET")
    assert "S3_SECRET, which holds the secret key, is not set" in str(fetch(**at(moto)).trouble)


def test_check_tells_an_empty_prefix_from_a_full_one(home: Home, moto: str, bucket: Any) -> None:
    declare(home, {"health/dinkes_balita": at(moto)})
    (source,) = sources_of(home).values()
    assert "it is empty" in check_source(home, source).wrong[0]

    bucket.put_object(Key="padan/balita_202610.csv", Body=b"NIK")
    assert check_source(home, source).wrong == []
