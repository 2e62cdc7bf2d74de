"""Files in a folder of an SSH server, which must prove by its host key that it is the one meant."""

import asyncio
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from integration.reading.shown_names import shown_path
from integration.sources.peer import DEEPEST, MOST_FILES, Look, RemoteFile, leads_out, too_deep
from integration.sources.places import Sftp, Source
from integration.sources.secret import secret
from warehouse.errors import SourceFailed

_CONNECTING = 30
_ANSWER = 120
"""Seconds that connecting may take, and that an answer may: a block over a line of 9 kB a second still comes."""
_BLOCK = 1024 * 1024
Answer = TypeVar("Answer")


@contextmanager
def open_sftp(source: Source, place: Sftp) -> Iterator["SftpPeer"]:
    """Connect to a server that `known_hosts` knows; raises `SourceFailed`. Nothing of `~/.ssh` is read."""
    known = _known_hosts(source, place)
    credentials = _credentials(source, place)
    with asyncio.Runner() as runner:
        try:
            connection = runner.run(_connect(place, known, credentials))
        except asyncssh.HostKeyNotVerifiable as error:
            raise source.failed(_not_who_was_meant(place, known, runner)) from error
        except asyncssh.PermissionDenied as error:
            held = "password" if place.password_env else "key"
            raise source.failed(
                f"the server does not let {place.user} in with this {held}; ask the agency whether it is still valid"
            ) from error
        except (asyncssh.Error, OSError) as error:
            raise source.failed(f"{_why(error)}; see whether the line and the server are up", passing=True) from error
        peer = SftpPeer(source, place, runner)
        try:
            peer.start(connection)
            yield peer
        finally:
            connection.abort()
            with suppress(Exception):
                runner.run(connection.wait_closed())


async def _connect(
    place: Sftp, known: asyncssh.SSHKnownHosts, credentials: dict[str, Any]
) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        place.host,
        place.port,
        username=place.user,
        known_hosts=known,
        agent_path=None,
        config=None,
        connect_timeout=_CONNECTING,
        login_timeout=_CONNECTING,
        **credentials,
    )


class SftpPeer:
    """An open folder of an SSH server."""

    def __init__(self, source: Source, place: Sftp, runner: asyncio.Runner) -> None:
        self.source = source
        self.root = os.fsencode(place.folder.rstrip("/") or "/")
        self._runner = runner
        self._sftp: asyncssh.SFTPClient

    def start(self, connection: asyncssh.SSHClientConnection) -> None:
        """Open the folder on a connection."""
        self._sftp = self._answer("the server", connection.start_sftp_client())
        self.root = self._answer("the folder", self._sftp.realpath(self.root))

    def look(self) -> Look:
        """List every file below the folder."""
        look = Look()
        self._answer("the folder", self._walk(b"", look, 0), seconds=20 * _ANSWER)
        return look

    async def _walk(self, folder: bytes, look: Look, depth: int) -> None:
        entries = [entry async for entry in self._sftp.scandir(self._full(folder) or b"/")]
        for entry in sorted(entries, key=lambda one: os.fsencode(one.filename)):
            name = os.fsencode(entry.filename)
            if name in (b".", b".."):
                continue
            if b"/" in name:
                raise self.source.failed("the server shows a file name with / in it, which none can have")
            path, attributes = folder + name, entry.attrs
            if stat.S_ISLNK(attributes.permissions or 0):
                linked = await self._followed(path)
                if linked is None:
                    look.passed_over.append(leads_out(os.fsdecode(path)))
                    continue
                attributes = linked
            if stat.S_ISDIR(attributes.permissions or 0):
                if name.startswith(b".") or attributes is not entry.attrs:
                    continue
                if depth < DEEPEST:
                    await self._walk(path + b"/", look, depth + 1)
                else:
                    look.passed_over.append(too_deep(os.fsdecode(path)))
            elif stat.S_ISREG(attributes.permissions or stat.S_IFREG):
                look.files.append(_remote(path, attributes))
            else:
                look.passed_over.append(f"{shown_path(os.fsdecode(path))}: no plain file.")
        if len(look.files) > MOST_FILES:
            raise self.source.failed(f"more than {MOST_FILES:,} files lie there; name a folder that holds deliveries")

    async def _followed(self, path: bytes) -> asyncssh.SFTPAttrs | None:
        """Give what a link leads to, if that is inside the folder."""
        try:
            target = await self._sftp.realpath(self._full(path))
            inside = os.path.commonpath([bytes(target), self.root]) == self.root
            return await self._sftp.stat(target) if inside else None
        except asyncssh.SFTPError:
            return None

    def look_again(self, file: RemoteFile) -> RemoteFile | None:
        """Look at one file again; None when it is gone."""
        path = os.fsencode(file.path)
        try:
            return _remote(path, self._answer(file.shown, self._sftp.stat(self._full(path)), missing_is_error=False))
        except asyncssh.SFTPError:
            return None

    def read(self, file: RemoteFile, offset: int) -> tuple[int, Iterator[bytes]]:
        """Read a file from a byte on."""
        return offset, self._blocks(file, offset)

    def _blocks(self, file: RemoteFile, offset: int) -> Iterator[bytes]:
        opened = self._answer(file.shown, self._sftp.open(self._full(os.fsencode(file.path)), "rb", encoding=None))
        try:
            while block := self._answer(file.shown, opened.read(_BLOCK, offset)):
                offset += len(block)
                yield bytes(block)
        finally:
            with suppress(SourceFailed):
                self._answer(file.shown, opened.close())

    def _full(self, path: bytes) -> bytes:
        return b"/".join((self.root.rstrip(b"/"), path)).rstrip(b"/")

    def _answer(
        self,
        what: str,
        asked: Any,  # noqa: ANN401 - whatever can be awaited
        *,
        seconds: int = _ANSWER,
        missing_is_error: bool = True,
    ) -> Any:  # noqa: ANN401 - whatever was asked for
        """Wait for an answer and turn what goes wrong into a sentence."""

        async def waited() -> Any:  # noqa: ANN401
            async with asyncio.timeout(seconds):
                return await asked

        try:
            return self._runner.run(waited())
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
            if not missing_is_error:
                raise
            raise self.source.failed(f"{what} does not exist there; ask the agency, or correct it") from error
        except asyncssh.SFTPPermissionDenied as error:
            raise self.source.failed(
                f"{what} cannot be read by this user; ask the agency for permission to read it"
            ) from error
        except (asyncssh.Error, OSError) as error:
            raise self.source.failed(f"{what}: {_why(error)}", passing=True) from error


def _remote(path: bytes, attributes: asyncssh.SFTPAttrs) -> RemoteFile:
    modified = None if attributes.mtime is None else float(attributes.mtime)
    return RemoteFile(os.fsdecode(path), attributes.size, modified)


def _known_hosts(source: Source, place: Sftp) -> asyncssh.SSHKnownHosts:
    try:
        return asyncssh.read_known_hosts(str(place.known_hosts))
    except (OSError, ValueError) as error:
        raise source.failed(
            f"the file of known hosts {place.known_hosts} cannot be read; it needs a line for {place.host}, "
            "as `ssh-keyscan` writes it, compared with what the agency says its key is"
        ) from error


def _credentials(source: Source, place: Sftp) -> dict[str, Any]:
    if place.password_env:
        return {"password": secret(source, place.password_env, "the password"), "client_keys": None}
    path = place.key_file or Path()
    phrase = secret(source, place.passphrase_env, "the passphrase of the key") if place.passphrase_env else None
    try:
        if path.stat().st_mode & 0o077:
            raise source.failed(f"others than its owner can read the key {path}; chmod 600 it")
        return {"client_keys": [asyncssh.read_private_key(path, phrase)], "password": None}
    except OSError as error:
        raise source.failed(f"the key {path} cannot be read ({error.strerror})") from error
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise source.failed(
            f"the key {path} is no private key, or its passphrase is wrong or lacks passphrase_env"
        ) from error


def _not_who_was_meant(place: Sftp, known: asyncssh.SSHKnownHosts, runner: asyncio.Runner) -> str:
    """Say whether the host is unknown or its key has changed, and which key it shows when asked without logging in."""
    key, shown = None, "a key that could not be asked for"
    with suppress(asyncssh.Error, OSError):
        key = runner.run(
            asyncio.wait_for(asyncssh.get_server_host_key(place.host, place.port, config=None), _CONNECTING)
        )
        shown = f"{key.get_algorithm()} {key.get_fingerprint()}" if key else shown
    trusted, _, called_back, *_ = known.match(place.host, "", None if place.port == 22 else place.port)
    if key and key.get_fingerprint() in {one.get_fingerprint() for one in called_back}:
        return (
            f"the host key of {place.host}, {shown}, has been called back (@revoked in {place.known_hosts.name}); "
            "nothing was sent. Ask the agency for its new key"
        )
    if trusted:
        return (
            f"the host key of {place.host} has changed: it shows {shown}, and {place.known_hosts.name} holds another; "
            "somebody may be in between. Nothing was sent. Ask the agency, by another way than this line, which key is "
            "right, and only then replace the line"
        )
    return (
        f"{place.known_hosts.name} does not know {place.host}, which shows {shown}; compare that with what the agency "
        "says its key is, and add the line"
    )


def _why(error: BaseException) -> str:
    """Say what went wrong on the line, without the words of the server."""
    if isinstance(error, TimeoutError):
        return "no answer came in time"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    if isinstance(error, OSError):
        return f"it cannot be reached ({error.strerror or type(error).__name__})"
    return f"the server broke off ({type(error).__name__})"
