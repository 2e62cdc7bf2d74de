"""Asking an HTTP server, and turning whatever comes instead of an answer into a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from integration.sources.places import Source, Web
from integration.sources.secret import secret

_CONNECTING, _ANSWER = 30, 120
"""Seconds for connecting, and between two bytes of an answer."""
_BUSY = (408, 425, 429, 500, 502, 503, 504)


class WebClient:
    """Asks one server: with the bearer token, certificates checked, never over http unless that was declared.

    Nothing but proxies is taken from the environment: `.netrc` would put another password in the token's place. A
    token never follows a redirect to another host.
    """

    def __init__(self, source: Source, place: Web) -> None:
        if place.ca_file and not place.ca_file.is_file():
            raise source.failed(f"there is no file of certificates {place.ca_file}")
        self.source = source
        self.place = place
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.max_redirects = 5
        self.session.proxies.update(get_environ_proxies(place.url))
        self.session.verify = str(place.ca_file) if place.ca_file else True
        if place.url.startswith("https://"):
            self.session.adapters.pop("http://")  # a redirect out of the encryption is no answer
        self.session.mount("https://", HTTPAdapter(max_retries=0))
        self.token = secret(source, place.token_env, "the token").strip() if place.token_env else None
        if self.token and not (self.token.isascii() and self.token.isprintable()):
            raise source.failed(f"the token in {place.token_env} holds signs that no token has; copy it anew")

    def get(self, url: str, *, method: str = "GET", **headers: str) -> requests.Response:
        """Ask and give the answer, whose body is still to be read.

        Raises `SourceFailed` unless it is 2xx, 304, 404 or 416: what those mean only who asked can say.
        `headers` are named with `_` for `-`.
        """
        sent = {"Accept-Encoding": "identity", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        with self.told():
            answer = self.session.request(method, url, headers=sent, stream=True, timeout=(_CONNECTING, _ANSWER))
        if answer.ok or answer.status_code in (304, 404, 416):
            return answer
        status = answer.status_code
        answer.close()
        if status in (401, 403):
            held = (
                f"the token in {self.place.token_env} is refused" if self.token else "it asks for a token (token_env)"
            )
            raise self.source.failed(f"{held} ({status}); ask the agency whether it is still valid and may read this")
        if status in _BUSY:
            raise self.source.failed(f"the server cannot answer now ({status})", passing=True)
        raise self.source.failed(f"the server does not answer as it should ({status}); ask the agency")

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what goes wrong on the line into a sentence; the library's words may hold secrets."""
        try:
            yield
        except requests.exceptions.SSLError as error:
            raise self.source.failed(
                "the certificate of the server is not one that is trusted (expired, of another name, or of an office's "
                "own authority: then name its file with ca_file); see also whether this machine's clock is right"
            ) from error
        except requests.exceptions.ProxyError as error:
            raise self.source.failed("the proxy of this machine does not let it through", passing=True) from error
        except requests.exceptions.Timeout as error:
            raise self.source.failed("no answer came in time", passing=True) from error
        except (requests.exceptions.InvalidSchema, requests.exceptions.TooManyRedirects) as error:
            raise self.source.failed(
                "the server sends on to an unencrypted address, or in a circle; ask the agency for the right address"
            ) from error
        except requests.exceptions.ConnectionError as error:
            raise self.source.failed(
                "it cannot be reached, or broke off; see whether the line and the server are up", passing=True
            ) from error
        except requests.exceptions.RequestException as error:
            raise self.source.failed(f"the answer broke off ({type(error).__name__})", passing=True) from error

    def url_of(self, month: str) -> str:
        """Give the address of a month."""
        return self.place.url.replace("{month}", month).replace("{yyyymm}", month.replace("-", ""))


@contextmanager
def client_of(source: Source, place: Web) -> Iterator[WebClient]:
    """Give a client and close its connections in the end."""
    client = WebClient(source, place)
    with client.session:
        yield client


def certificate_file(path: Path | None) -> str | bool:
    """Say by which certificates a server is judged: those of a file, else those every machine has."""
    return str(path) if path else True
