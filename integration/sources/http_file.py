"""A file at an address of an HTTP server, one for each month where the address holds the month."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import requests

from integration.sources.peer import BLOCK, Look, RemoteFile
from integration.sources.places import HttpFile, Source
from integration.sources.web import WebClient, client_of


@contextmanager
def open_http_file(source: Source, place: HttpFile, months: list[str]) -> Iterator["HttpFilePeer"]:
    """Make ready to ask for the files of some months; raises `SourceFailed`."""
    with client_of(source, place) as client:
        yield HttpFilePeer(source, place, client, months)


class HttpFilePeer:
    """The months that are asked for, each as a file `<month>/<name>`; 404 means that it is not delivered yet."""

    def __init__(self, source: Source, place: HttpFile, client: WebClient, months: list[str]) -> None:
        self.source = source
        self.place = place
        self.client = client
        self.months = months

    def look(self) -> Look:
        """Ask for each month what its file looks like, without its bytes."""
        look = Look()
        for month in self.months:
            file = RemoteFile(f"{month}/{self.client_name(month)}")
            if seen := self.look_again(file):
                look.files.append(seen)
            else:
                look.passed_over.append(f"{file.shown}: nothing lies at its address yet (404).")
        return look

    def client_name(self, month: str) -> str:
        """Give the name that the file of a month has here."""
        return self.place.name.replace("{month}", month).replace("{yyyymm}", month.replace("-", ""))

    def look_again(self, file: RemoteFile) -> RemoteFile | None:
        """Ask what a file looks like; None when nothing lies there."""
        with self._head(file) as answer:
            if answer.status_code == requests.codes.not_found:
                return None
            return _as_shown(file.path, answer)

    def _head(self, file: RemoteFile) -> requests.Response:
        url = self.client.url_of(file.path.partition("/")[0])
        try:
            answer = self.client.get(url, method="HEAD")
        except Exception as error:  # a server that does not know HEAD says so in many ways
            if getattr(error, "passing", False):
                raise
            answer = self.client.get(url)
        return answer

    def read(self, file: RemoteFile, offset: int) -> tuple[int, Iterator[bytes]]:
        """Read a file from a byte on, if the server can do that and the file is still the same; else from the start."""
        url = self.client.url_of(file.path.partition("/")[0])
        mark = file.etag if file.etag and not file.etag.startswith("W/") else None
        if offset and mark:
            answer = self.client.get(url, Range=f"bytes={offset}-", If_Range=mark)
            if answer.status_code == requests.codes.partial_content:
                begins = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
                if begins == str(offset):
                    return offset, self._blocks(answer)
            elif answer.status_code == requests.codes.ok:
                return 0, self._blocks(answer)
            answer.close()
        answer = self.client.get(url)
        if answer.status_code != requests.codes.ok:
            answer.close()
            raise self.source.failed(f"{file.shown} is no longer there ({answer.status_code})", passing=True)
        if answer.headers.get("Content-Type", "").casefold().startswith("text/html"):
            answer.close()
            raise self.source.failed(
                "a web page came instead of a file, most likely one to log in; ask the agency for the right address"
            )
        return 0, self._blocks(answer)

    def _blocks(self, answer: requests.Response) -> Iterator[bytes]:
        with answer:
            blocks = answer.iter_content(BLOCK)
            while True:
                with self.client.told():
                    block = next(blocks, b"")
                if not block:
                    return
                yield block


def _as_shown(path: str, answer: requests.Response) -> RemoteFile:
    """Give a file as the headers show it; packed on the way, its length is not the file's, and 0 may mean unsaid."""
    length = answer.headers.get("Content-Length", "")
    packed = answer.headers.get("Content-Encoding", "identity") != "identity"
    modified = None
    try:
        modified = parsedate_to_datetime(answer.headers.get("Last-Modified", "")).timestamp()
    except (TypeError, ValueError):
        modified = None
    etag = answer.headers.get("ETag") or (f"modified {modified}" if modified is not None else None)
    return RemoteFile(path, (int(length) if length.isdecimal() and not packed else 0) or None, modified, etag)
