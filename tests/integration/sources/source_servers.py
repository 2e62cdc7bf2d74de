"""Real servers on this machine, started by tests: SFTP (asyncssh) and HTTP (the standard library's)."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import asyncssh
import yaml

from integration.sources import Fetched
from warehouse.settings import Home

AN_HOUR = 3600
Fetch = Callable[..., Fetched]


def declare(home: Home, sources: dict[str, Any]) -> None:
    for said in sources.values():
        if "from_" in said:
            said["from"] = said.pop("from_")
    home.sources.write_text(
        yaml.safe_dump({"kabupaten": "35.09", "sources": sources}, sort_keys=False), encoding="utf-8"
    )


def put(folder: Path, name: str | bytes, content: bytes = b"NIK,Nama\n1,x\n", age: float = AN_HOUR) -> Path:
    """Write a file that was left alone for some time."""
    path = folder / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    written = path.stat().st_mtime
    os.utime(path, (written - age, written - age))
    return path


class SftpServer:
    """An SFTP server in a thread: user `padan`, password `rahasia` or the key in `key`; serves a folder as its root."""

    def __init__(self, root: Path, keys: Path) -> None:
        self.root = root
        self.keys = keys
        self.break_after: int | None = None
        """Bytes after which the next connection is cut, once."""
        self.sent = 0
        self.port = 0
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")

    def __enter__(self) -> Self:
        self.keys.mkdir(exist_ok=True)
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.key = self.keys / "padan"
        key.write_private_key(self.key)
        self.key.chmod(0o600)
        key.write_public_key(self.keys / "authorized")
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        self.port = ready.result(20)
        self.known_hosts = self.keys / "known_hosts"
        self.trust(self.host_key)
        return self

    def trust(self, key: asyncssh.SSHKey) -> None:
        public = key.export_public_key().decode().strip()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}\n")

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(20)

    def _serve(self, ready: "Future[int]") -> None:
        asyncio.run(self._listen(ready))

    async def _listen(self, ready: "Future[int]") -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        outer = self

        class Login(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("padan", "rahasia")

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                self._channel = channel
                super().__init__(channel, chroot=os.fsencode(outer.root))

            def read(self, file_obj: object, offset: int, size: int) -> Any:
                if outer.break_after is not None and outer.sent > outer.break_after:
                    outer.break_after = None
                    self._channel.get_connection().abort()
                block = super().read(file_obj, offset, size)
                outer.sent += len(block)
                return block

        async with asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Login,
            server_host_keys=[self.host_key],
            authorized_client_keys=str(self.keys / "authorized"),
            sftp_factory=Files,
        ) as listener:
            ready.set_result(listener.get_port())
            await self._stop.wait()

    def as_declared(self, **more: Any) -> dict[str, Any]:
        return {
            "from": "sftp",
            "host": "127.0.0.1",
            "port": self.port,
            "user": "padan",
            "folder": "/",
            "known_hosts": str(self.known_hosts),
            **({} if "password_env" in more else {"key_file": str(self.key)}),
            **more,
        }


Answer = Callable[[BaseHTTPRequestHandler], None]


class WebServer:
    """An HTTP server in a thread; a test says with `answer` what it does with each request."""

    def __init__(self) -> None:
        self.answer: Answer = lambda request: request.send_error(404)
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                outer.answer(self)

            do_HEAD = do_GET  # noqa: N815 - what the library calls

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(10)
