"""Real servers on this machine that take what is told: SMTP (aiosmtpd) and HTTP (the standard library's)."""

import socket
import ssl
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Received
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from certificate import certify

from warehouse.settings import Home

PASSWORD = "rahasia sekali"  # noqa: S105 - of the server below


class MailServer:
    """Takes mail over STARTTLS from the user `padan`; `answers` are given to recipients before it goes on as usual."""

    def __init__(self, folder: Path) -> None:
        self.certificate = certify(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, folder / "key.pem")
        self.port = 0
        self.answers: list[str] = []
        self.received: list[Received] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(handled=False, success=(data.login, data.password) == (b"padan", PASSWORD.encode()))


class HookServer:
    """Takes posts; `answers` are the codes it gives before it goes on with 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.received: list[tuple[dict[str, str], bytes]] = []
        taking = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taking.received.append((dict(self.headers), body))
                self.send_response(taking.answers.pop(0) if taking.answers else 200)
                self.send_header("Location", "http://localhost:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/x"


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer(tmp_path)
    with socket.socket() as free:  # aiosmtpd tries its own door before it says which one it got
        free.bind(("127.0.0.1", 0))
        server.port = free.getsockname()[1]
    controller = Controller(
        server,
        hostname="localhost",
        port=server.port,
        tls_context=server.context,
        require_starttls=True,
        auth_required=True,
        authenticator=server.authenticate,
    )
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def hook() -> Iterator[HookServer]:
    taking = HookServer()
    thread = threading.Thread(target=taking.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield taking
    taking.server.shutdown()
    taking.server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "jember")
    made.path.mkdir()
    return made


@pytest.fixture
def email(mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give what the file says of a server that takes mail."""
    monkeypatch.setenv("PADAN_MAIL_PASSWORD", PASSWORD)
    return {
        "server": "localhost",
        "port": mail.port,
        "user": "padan",
        "password_env": "PADAN_MAIL_PASSWORD",
        "from": "padan@example.go.id",
        "ca_file": str(mail.certificate),
        "to": {"operator@example.go.id": ["failure", "warning"], "kepala@example.go.id": ["summary"]},
    }


def declare(home: Home, **said: Any) -> Home:
    home.alerts.write_text(yaml.safe_dump(said, sort_keys=False))
    return home
