"""Where deliveries come from: one class for each kind of place, as `sources.yaml` declares it.

None holds a secret: a password, token or key is named by the environment variable that holds it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from warehouse.errors import SourceFailed


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, mounted ones among them."""

    path: Path

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"folder {self.path}"


@dataclass(frozen=True)
class Sftp:
    """A folder of an SSH server; either a key or a password opens it, and `known_hosts` says who the server is."""

    host: str
    port: int
    user: str
    folder: str
    known_hosts: Path
    key_file: Path | None
    passphrase_env: str | None
    password_env: str | None

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"sftp://{self.host}:{self.port}/{self.folder.lstrip('/')}"


@dataclass(frozen=True)
class S3:
    """The objects of a bucket below a prefix; `endpoint` is None for Amazon's own service."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    access_key_env: str
    secret_key_env: str
    ca_file: Path | None

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class Web:
    """An address below which an HTTP server answers; `url` may hold {month} (2026-10) and {yyyymm} (202610)."""

    url: str
    token_env: str | None
    ca_file: Path | None

    @property
    def where(self) -> str:
        """How messages call it: what stands after a question mark is left out."""
        return self.url.partition("?")[0]


@dataclass(frozen=True)
class HttpFile(Web):
    """One file for each month at an address; `name` is what it is called here."""

    name: str


@dataclass(frozen=True)
class HttpPages(Web):
    """Rows as pages of JSON.

    `rows` is where in a page the rows are, `total` where it says how many there are in all, each as names with dots
    between. `next`: where a page holds the address or the mark of the next one; `parameter`: the part of the address
    that takes the page's number (counted from `first`) or, with `next`, the mark. `columns`: header -> field.
    """

    rows: str
    total: str | None
    parameter: str | None
    first: int
    next: str | None
    columns: dict[str, str]


@dataclass(frozen=True)
class SqlTable:
    """A table or view of an SQL database; `columns`: header -> column.

    `month_column` is the date that says to which month a row belongs; without one, every row is of the current month.
    `tls`: `verify` the server's certificate, `require` encryption alone, or `none`.
    """

    server: Literal["postgres", "mysql"]
    host: str
    port: int
    database: str
    user: str
    password_env: str | None
    table: str
    columns: dict[str, str]
    month_column: str | None
    tls: Literal["verify", "require", "none"]
    ca_file: Path | None

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"{self.server} {self.host}:{self.port}/{self.database}, {self.table}"


Place = Folder | Sftp | S3 | HttpFile | HttpPages | SqlTable


@dataclass(frozen=True)
class Source:
    """Where the deliveries of one dataset come from.

    `files`: patterns of the names to take; empty for every file that can be read. `month`: of which month a file is
    whose name says none. `months`: how many months are asked for where each must be asked for, the current one and
    those before. `quiet_seconds`: how long a file must have been left alone before it is taken. `largest_gb`: what
    one file, or all that is in one archive, may be at most.
    """

    agency: str
    dataset: str
    kab_code: str
    place: Place
    files: tuple[str, ...] = ()
    month: Literal["named", "current", "previous"] = "named"
    months: int = 1
    quiet_seconds: int = 60
    zip_password_env: str | None = None
    largest_gb: float = 10.0

    @property
    def name(self) -> str:
        """`<agency>/<dataset>`: its key in the file, and its folder in the inbox."""
        return f"{self.agency}/{self.dataset}"

    @property
    def largest_bytes(self) -> int:
        """What one file may be at most."""
        return int(self.largest_gb * 1e9)

    def failed(self, said: str, *, passing: bool = False) -> SourceFailed:
        """Give the error for this source; `said` says what was found and what to do, without a full stop."""
        return SourceFailed(f"Source {self.name} ({self.place.where}): {said}.", passing=passing, found=said)
