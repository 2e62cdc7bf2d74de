"""Reading `<home>/alerts.yaml`: who is told of what, and by which server. It holds no secret.

email:
  server: mail.example.go.id
  encryption: starttls             # starttls, tls, or none: only for a server on this very machine
  user: padan
  password_env: PADAN_MAIL_PASSWORD
  from: padan@example.go.id
  to:
    operator@example.go.id: [failure, warning]
    kepala@example.go.id: [summary]
webhooks:
  duty: {url_env: PADAN_DUTY_URL, about: [failure], secret_env: PADAN_DUTY_SECRET}
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warehouse.declared_file import DeclaredFile, Found
from warehouse.errors import AlertFailed
from warehouse.settings import Home

ABOUT = ("failure", "warning", "summary")
"""What can be told, the gravest first: a night that failed, one with warnings, and how any night went."""
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_HERE = ("localhost", "127.0.0.1", "::1")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ADDRESS = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+")


@dataclass(frozen=True)
class MailServer:
    """The server that takes e-mails; `encryption` is starttls, tls or none."""

    server: str
    port: int
    encryption: str
    user: str | None
    password_env: str | None
    sender: str
    ca_file: Path | None


@dataclass(frozen=True)
class Mailbox:
    """One who is told by e-mail."""

    address: str
    about: frozenset[str]

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"e-mail to {self.address}"


@dataclass(frozen=True)
class Webhook:
    """One who is told by a POST; the address may itself be a secret and then stands in the environment."""

    name: str
    about: frozenset[str]
    url: str | None
    url_env: str | None
    secret_env: str | None
    ca_file: Path | None

    @property
    def where(self) -> str:
        """How messages call it."""
        return f"webhook {self.name}"

    def address(self) -> str:
        """Give the URL; raises `AlertFailed` when the environment does not hold it."""
        return self.url or from_environment(self.where, str(self.url_env), "the address")


@dataclass(frozen=True)
class Alerts:
    """Who is told of what; nobody where the home has no `alerts.yaml`."""

    mail: MailServer | None = None
    mailboxes: tuple[Mailbox, ...] = ()
    webhooks: tuple[Webhook, ...] = ()


def alerts_of(home: Home) -> Alerts:
    """Give whom a home tells; raises `DeclarationError` that names the place in the file and what may stand there."""
    if not home.alerts.exists():
        return Alerts()
    file = _AlertsFile(f"The alerts {home.alerts.name}")
    return file.alerts(file.read(home.alerts))


def from_environment(where: str, variable: str, what: str) -> str:
    """Give what an environment variable holds; raises `AlertFailed` when it is not set or empty."""
    if held := os.environ.get(variable):
        return held
    raise AlertFailed(
        f"The {where} was not sent: the environment variable {variable}, which holds {what}, is not set; "
        "set it for the user that runs Padan (systemd: EnvironmentFile=)."
    )


class _AlertsFile(DeclaredFile):
    def alerts(self, declared: Found) -> Alerts:
        """Check what the file says and give it."""
        said = self.keys("the file", declared, (), {"email", "webhooks"})
        mail, mailboxes = self._email(said["email"]) if "email" in said else (None, ())
        hooks = self.table("webhooks", said["webhooks"]) if "webhooks" in said else {}
        webhooks = tuple(self._webhook(str(name), body) for name, body in hooks.items())
        return Alerts(mail, mailboxes, webhooks)

    def _email(self, declared: Found) -> tuple[MailServer, tuple[Mailbox, ...]]:
        self._no_secret("email", declared)
        said = self.keys(
            "email", declared, {"server", "from", "to"}, {"port", "encryption", "user", "password_env", "ca_file"}
        )
        if ("user" in said) != ("password_env" in said):
            raise self.error("email", "user and password_env must stand there both, or neither")
        server = self.text("email, server", said["server"])
        encryption = self.one_of("email, encryption", said.get("encryption", "starttls"), tuple(_PORTS))
        if encryption == "none" and server not in _HERE:
            raise self.error(
                "email, encryption", f"none was found for {server}; it may be only for a server on this very machine"
            )
        mail = MailServer(
            server=server,
            port=self.whole_number("email, port", said.get("port", _PORTS[encryption]), 1, 65535),
            encryption=encryption,
            user=self.text("email, user", said["user"]) if "user" in said else None,
            password_env=self._variable("email, password_env", said.get("password_env")),
            sender=self._address("email, from", said["from"]),
            ca_file=self._ca_file("email, ca_file", said.get("ca_file")),
        )
        told = self.table("email, to", said["to"])
        return mail, tuple(
            Mailbox(self._address("email, to", address), self._about(f"email, to, {address}", about))
            for address, about in told.items()
        )

    def _webhook(self, name: str, declared: Found) -> Webhook:
        place = f"webhooks, {name}"
        self._no_secret(place, declared)
        said = self.keys(place, declared, {"about"}, {"url", "url_env", "secret_env", "ca_file"})
        if ("url" in said) == ("url_env" in said):
            raise self.error(place, "there must be either url or url_env")
        if "url" in said:
            self._checked_url(f"{place}, url", self.text(f"{place}, url", said["url"]))
        return Webhook(
            name=name,
            about=self._about(f"{place}, about", said["about"]),
            url=said.get("url"),
            url_env=self._variable(f"{place}, url_env", said.get("url_env")),
            secret_env=self._variable(f"{place}, secret_env", said.get("secret_env")),
            ca_file=self._ca_file(f"{place}, ca_file", said.get("ca_file")),
        )

    def _about(self, place: str, found: Found) -> frozenset[str]:
        return frozenset(self.one_of(place, one, ABOUT) for one in self.items(place, found))

    def _address(self, place: str, found: Found) -> str:
        address = self.text(place, found)
        if not _ADDRESS.fullmatch(address):
            raise self.error(place, f"{address!r} was found; it must be an e-mail address")
        return address

    def _checked_url(self, place: str, url: str) -> None:
        if wrong := wrong_url(url):
            raise self.error(place, wrong)

    def _variable(self, place: str, found: Found) -> str | None:
        if found is None:
            return None
        name = self.text(place, found)
        if not _VARIABLE.fullmatch(name):
            raise self.error(place, "it must be the name of an environment variable, not the secret itself")
        return name

    def _ca_file(self, place: str, found: Found) -> Path | None:
        if found is None:
            return None
        path = Path(self.text(place, found))
        if not path.is_file():
            raise self.error(place, f"there is no file {path}")
        return path

    def _no_secret(self, place: str, declared: Found) -> None:
        """Refuse a secret that was written into the file: what it says is not repeated."""
        words: dict[str, Any] = declared if isinstance(declared, dict) else {}
        for word in ("password", "secret", "token"):
            if word in words:
                raise self.error(
                    place, f"a {word} stands there; put it into an environment variable, name that as {word}_env, "
                    "and change the secret, for it was written down"
                )  # fmt: skip


def wrong_url(url: str) -> str | None:
    """Say what is wrong with the address of a webhook without repeating it; None when nothing is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "it must be an address such as https://example.go.id/alerts"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "it must be an address such as https://example.go.id/alerts"
    if parts.scheme == "http" and parts.hostname not in _HERE:
        return "http may be only for a server on this very machine; use https"
    if parts.username or parts.password:
        return "it must hold no user or password; put the whole address into an environment variable (url_env)"
    return None
