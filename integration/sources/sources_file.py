"""Reading `<home>/sources.yaml`, and saying exactly where it is wrong."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from integration.contracts import Contract, contracts
from integration.contracts.contract import comparable_header
from integration.reading.delivered_file import EXTENSIONS
from integration.sources.places import S3, Folder, HttpFile, HttpPages, Place, Sftp, Source, SqlTable
from warehouse.declared_file import DeclaredFile, Found
from warehouse.settings import Home

ARCHIVES = (".zip", ".gz")
_OF_ANY = {"quiet_seconds", "largest_gb"}
_OF_FILES = {"files", "month", "zip_password_env"}
_ASKED = {"months"}
_WEB = {"token_env", "ca_file", "unencrypted"}
_DATABASE = {"port", "password_env", "month_column", "tls", "ca_file"}
_PORTS = {"postgres": 5432, "mysql": 3306}
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?")
_TOLD = re.compile(r"password|passwd|pwd|token|secret|key|signature|credential", re.IGNORECASE)


def sources_of(home: Home) -> dict[str, Source]:
    """Give the sources of a home by `<agency>/<dataset>`; none where it has no `sources.yaml`.

    Raises `DeclarationError` that names the place in the file, what was found and what may stand there.
    """
    if not home.sources.exists():
        return {}
    reader = SourcesFile(f"The sources {home.sources.name}", home)
    return reader.sources(reader.read(home.sources))


class SourcesFile(DeclaredFile):
    """Turns the parsed YAML into sources; files it names are meant below the home."""

    def __init__(self, file: str, home: Home) -> None:
        super().__init__(file)
        self.home = home
        self._kinds: dict[str, tuple[set[str], set[str], Callable[[str, dict[str, Any], Contract], Place]]] = {
            # kind: (keys that must be there, keys that may be there, how it is read)
            "folder": ({"path"}, _OF_FILES, self._folder),
            "sftp": (
                {"host", "user", "folder", "known_hosts"},
                _OF_FILES | {"port", "key_file", "passphrase_env", "password_env"},
                self._sftp,
            ),
            "s3": (
                {"bucket", "access_key_env", "secret_key_env"},
                _OF_FILES | {"prefix", "endpoint", "region", "ca_file", "unencrypted"},
                self._s3,
            ),
            "http_file": ({"url"}, _WEB | _ASKED | {"name", "zip_password_env"}, self._http_file),
            "http_pages": ({"url", "rows", "columns"}, _WEB | _ASKED | {"total", "page", "next"}, self._http_pages),
            "postgres": ({"host", "database", "user", "table", "columns"}, _DATABASE | _ASKED, self._database),
            "mysql": ({"host", "database", "user", "table", "columns"}, _DATABASE | _ASKED, self._database),
        }

    def sources(self, declared: Found) -> dict[str, Source]:
        """Check what the file says and give it; raises `DeclarationError`."""
        self.keys("the file", declared, {"kabupaten", "sources"})
        kab_code = self.text("kabupaten", declared["kabupaten"])
        if not re.fullmatch(r"\d{2}\.\d{2}", kab_code):
            raise self.error("kabupaten", f"{kab_code!r} was found; it must be a code such as '35.09', in quotes")
        named = self.table("sources", declared["sources"])
        return {str(name): self._source(str(name), body, kab_code) for name, body in named.items()}

    def _source(self, name: str, body: Found, kab_code: str) -> Source:
        place = f"sources, {name}"
        agency, _, dataset = name.partition("/")
        contract = contracts().get(dataset)
        if contract is None or contract.agency != agency:
            known = ", ".join(f"{one.agency}/{one.dataset}" for one in contracts().values())
            raise self.error(place, f"no dataset is called so; there are {known}")
        if isinstance(body, dict):
            self._no_secret(place, body)
        self.keys(place, body, {"from"}, None)
        kind = self.one_of(f"{place}, from", body["from"], tuple(self._kinds))
        needed, further, read = self._kinds[kind]
        self.keys(place, body, {"from", *needed}, further | _OF_ANY)
        return Source(
            agency=agency,
            dataset=dataset,
            kab_code=kab_code,
            place=read(place, body, contract),
            files=tuple(self.text(f"{place}, files", one) for one in self._list(f"{place}, files", body.get("files"))),
            month=self.one_of(f"{place}, month", body.get("month", "named"), ("named", "current", "previous")),  # type: ignore[arg-type]
            months=self.whole_number(f"{place}, months", body.get("months", 1), 1, 24),
            quiet_seconds=self.whole_number(f"{place}, quiet_seconds", body.get("quiet_seconds", 60), 2, 86_400),
            zip_password_env=self._variable(place, body, "zip_password_env"),
            largest_gb=self.number(f"{place}, largest_gb", body.get("largest_gb", 10), 0.001, 1000),
        )

    def _no_secret(self, place: str, body: dict[str, Any]) -> None:
        """Refuse a secret that was written into the file: what it says is not repeated."""
        for key in body:
            word = str(key)
            if word in ("password", "token", "secret", "secret_key", "access_key", "passphrase", "zip_password"):
                raise self.error(
                    place, f"a {word} stands there; a secret never stands in this file: put it into an environment "
                    f"variable, name that as {word}_env, and change the secret, for it was written down"
                )  # fmt: skip

    def _folder(self, place: str, body: dict[str, Any], _contract: Contract) -> Folder:
        path = Path(self.text(f"{place}, path", body["path"]))
        if not path.is_absolute():
            raise self.error(f"{place}, path", f"{str(path)!r} was found; it must be a whole path from /")
        return Folder(path)

    def _sftp(self, place: str, body: dict[str, Any], _contract: Contract) -> Sftp:
        if ("key_file" in body) == ("password_env" in body):
            raise self.error(place, "there must be either key_file or password_env")
        return Sftp(
            host=self._host(place, body),
            port=self.whole_number(f"{place}, port", body.get("port", 22), 1, 65535),
            user=self.text(f"{place}, user", body["user"]),
            folder=self.text(f"{place}, folder", body["folder"]),
            known_hosts=self._file(f"{place}, known_hosts", body["known_hosts"]),
            key_file=self._file(f"{place}, key_file", body["key_file"]) if "key_file" in body else None,
            passphrase_env=self._variable(place, body, "passphrase_env"),
            password_env=self._variable(place, body, "password_env"),
        )

    def _s3(self, place: str, body: dict[str, Any], _contract: Contract) -> S3:
        endpoint = self._url(place, "endpoint", body) if "endpoint" in body else None
        prefix = str(body.get("prefix") or "").lstrip("/")
        return S3(
            bucket=self._plain(f"{place}, bucket", body["bucket"]),
            prefix=prefix if not prefix or prefix.endswith("/") else f"{prefix}/",
            endpoint=endpoint,
            region=self._plain(f"{place}, region", body.get("region", "us-east-1")),
            access_key_env=str(self._variable(place, body, "access_key_env")),
            secret_key_env=str(self._variable(place, body, "secret_key_env")),
            ca_file=self._ca_file(place, body),
        )

    def _http_file(self, place: str, body: dict[str, Any], _contract: Contract) -> HttpFile:
        url = self._url(place, "url", body)
        name = self.text(f"{place}, name", body.get("name", PurePosixPath(urlsplit(url).path).name or "?"))
        if PurePosixPath(name).suffix.casefold() not in (*EXTENSIONS, *ARCHIVES) or "/" in name:
            raise self.error(
                f"{place}, name", f"{name!r} was found; say with name what the file is called, such as balita.xlsx"
            )
        return HttpFile(url, self._variable(place, body, "token_env"), self._ca_file(place, body), name)

    def _http_pages(self, place: str, body: dict[str, Any], contract: Contract) -> HttpPages:
        page = self.keys(f"{place}, page", body.get("page", {}), (), {"parameter", "first"})
        if "parameter" not in page and "next" not in body:
            raise self.error(place, "page, parameter or next must say how the next page is asked for")
        return HttpPages(
            url=self._url(place, "url", body),
            token_env=self._variable(place, body, "token_env"),
            ca_file=self._ca_file(place, body),
            rows=self.text(f"{place}, rows", body["rows"]),
            total=self.text(f"{place}, total", body["total"]) if "total" in body else None,
            parameter=self.text(f"{place}, page, parameter", page["parameter"]) if "parameter" in page else None,
            first=self.whole_number(f"{place}, page, first", page.get("first", 1), 0, 1),
            next=self.text(f"{place}, next", body["next"]) if "next" in body else None,
            columns=self._columns(place, body["columns"], contract),
        )

    def _database(self, place: str, body: dict[str, Any], contract: Contract) -> SqlTable:
        host = self._host(place, body)
        at_home = host.startswith("/") or host in ("localhost", "127.0.0.1", "::1")
        return SqlTable(
            server=body["from"],
            host=host,
            port=self.whole_number(f"{place}, port", body.get("port", _PORTS[body["from"]]), 1, 65535),
            database=self.text(f"{place}, database", body["database"]),
            user=self.text(f"{place}, user", body["user"]),
            password_env=self._variable(place, body, "password_env"),
            table=self.text(f"{place}, table", body["table"]),
            columns=self._columns(place, body["columns"], contract),
            month_column=self.text(f"{place}, month_column", body["month_column"]) if "month_column" in body else None,
            tls=self.one_of(
                f"{place}, tls", body.get("tls", "none" if at_home else "verify"), ("verify", "require", "none")
            ),  # type: ignore[arg-type]
            ca_file=self._ca_file(place, body),
        )

    def _columns(self, place: str, found: Found, contract: Contract) -> dict[str, str]:
        """Give header -> column; a list means columns that are called as their headers."""
        here = f"{place}, columns"
        if isinstance(found, list):
            found = {self.text(here, one): one for one in self.items(here, found)}
        columns = {str(header): self.text(here, column) for header, column in self.table(here, found).items()}
        known = {comparable_header(header) for header in columns}
        if forbidden := known & {comparable_header(header) for header in contract.never_store}:
            raise self.error(
                here, f"{', '.join(sorted(forbidden))} was found, which must not be delivered; leave it out"
            )
        lacking = [one.header for one in contract.needed_columns if not known & set(one.spellings)]
        if lacking:
            raise self.error(here, f"{', '.join(lacking)} is missing, without which no delivery is taken in")
        return columns

    def _url(self, place: str, key: str, body: dict[str, Any]) -> str:
        here, url = f"{place}, {key}", self.text(f"{place}, {key}", body[key])
        unencrypted = self.yes_or_no(f"{place}, unencrypted", body.get("unencrypted", False))
        try:
            parts = urlsplit(url)
            host = parts.hostname
            _ = parts.port  # raises for what is none
        except ValueError:
            host = None
        if not host or parts.scheme not in ("http", "https"):
            raise self.error(here, "it must be an address such as https://host/path")
        if parts.username or parts.password or any(_TOLD.search(name) for name, _ in parse_qsl(parts.query)):
            raise self.error(here, "a secret seems to stand in the address; name the variable that holds it instead")
        if parts.scheme == "http" and not unencrypted:
            raise self.error(
                here, "it begins with http://, so that anybody on the way could read people's data; "
                "use https://, or say unencrypted: true where the line is one's own"
            )  # fmt: skip
        for name in re.findall(r"{(.*?)}", url):
            self.one_of(f"{here}, the name in {{}}", name, ("month", "yyyymm"))
        return url

    def _plain(self, place: str, found: Found) -> str:
        """Give a name as those of buckets and regions are; botocore says of others what nobody understands."""
        text = self.text(place, found)
        if not _PLAIN.fullmatch(text):
            raise self.error(place, f"{text!r} was found; it must be letters, digits, dots, hyphens and underscores")
        return text

    def _host(self, place: str, body: dict[str, Any]) -> str:
        host = self.text(f"{place}, host", body["host"])
        if re.search(r"[\s@?#]|://", host):
            raise self.error(f"{place}, host", "it must be the name or number of a machine, and nothing else")
        return host

    def _file(self, place: str, found: Found) -> Path:
        return self.home.path / self.text(place, found)

    def _ca_file(self, place: str, body: dict[str, Any]) -> Path | None:
        return self._file(f"{place}, ca_file", body["ca_file"]) if "ca_file" in body else None

    def _list(self, place: str, found: Found) -> list[Any]:
        return [] if found is None else [found] if isinstance(found, str) else self.items(place, found)

    def _variable(self, place: str, body: dict[str, Any], key: str) -> str | None:
        """Give the name of an environment variable; what is no name may be the secret itself and is not repeated."""
        if key not in body:
            return None
        if not isinstance(body[key], str) or not _VARIABLE.fullmatch(body[key]):
            raise self.error(f"{place}, {key}", "it must be the name of an environment variable, such as DINKES_TOKEN")
        return str(body[key])
