"""Zip and gzip become the files in them: nothing outside the folder, no links, and no more than was agreed."""

import gzip
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyzipper

from integration.reading.shown_names import shown_path
from integration.sources.local_names import TakenNames, local_name
from integration.sources.places import Source
from integration.sources.secret import secret

_BLOCK = 1024 * 1024
_HIGHEST_RATIO = 250
"""Unpacked bytes for each packed one, beyond the first 100 MB: tables pack 5 to 50 to 1, a bomb 1,000 to 1."""
_UNSUSPICIOUS = 100_000_000
_MOST_MEMBERS = 5_000
_LONGEST_PATH = 1_000
"""Bytes of a path in an archive; systems take 4,096 with the home's own."""
_LOCKED = 1
_PACKINGS = (pyzipper.ZIP_STORED, pyzipper.ZIP_DEFLATED)
"""How a member may be packed: others let the archive say how much memory unpacking takes."""
_ARCHIVES = (".zip", ".gz", ".7z", ".rar", ".tar", ".tgz")


class UnusableArchiveError(ValueError):
    """The archive cannot be unpacked; the message says what was found and what to do, without a full stop."""


@dataclass
class _Allowance:
    """How many bytes may still come out of an archive."""

    packed: int
    largest: int
    unpacked: int = 0

    def take(self, size: int) -> None:
        self.unpacked += size
        if self.unpacked > self.largest:
            raise UnusableArchiveError(
                f"it unpacks to more than {self.largest / 1e9:g} GB; if it is meant to, raise largest_gb"
            )
        if self.unpacked > _UNSUSPICIOUS and self.unpacked > _HIGHEST_RATIO * self.packed:
            raise UnusableArchiveError(
                f"it unpacks to more than {_HIGHEST_RATIO} times its size, as a bomb does; send the file unpacked"
            )


def is_archive(name: str) -> bool:
    """Say whether a file is unpacked when it is fetched."""
    return PurePosixPath(name).suffix.casefold() in (".zip", ".gz")


def unpack(source: Source, archive: Path, name: PurePosixPath, folder: Path, taken: TakenNames) -> list[PurePosixPath]:
    """Unpack an archive called `name` below a folder; gives the paths of its files there.

    `x.csv.gz` becomes `x.csv`; the files of `x.zip` come into a folder `x`. Raises `UnusableArchiveError`, and
    `SourceFailed` when the variable that holds the password is not set. Each file takes its name in `taken`; raises
    `NameTakenError`.
    """
    allowance = _Allowance(archive.stat().st_size, source.largest_bytes)
    path = name.with_suffix("")
    if name.suffix.casefold() == ".gz":
        taken.take(path, shown_path(str(name)))
        with _reading():
            packed: Any = gzip.open(archive)  # noqa: SIM115 - opening, reading and writing each fail in their way
        with packed:
            _write(packed, folder / path, allowance)
        return [path]
    unpacked = []
    for member, write in _unzip(source, archive, allowance):
        taken.take(path / member, shown_path(str(name)))
        write(folder / path / member)
        unpacked.append(path / member)
    if not unpacked:
        raise UnusableArchiveError("no file is in it, but for hidden ones; pack the data file and send it again")
    return unpacked


def _unzip(
    source: Source, archive: Path, allowance: _Allowance
) -> Iterator[tuple[PurePosixPath, Callable[[Path], None]]]:
    """Give each file of an archive: its path, and what writes it to a path of this machine."""
    with _reading():
        packed = pyzipper.AESZipFile(archive)
    with packed:
        members = [one for one in packed.infolist() if not one.orig_filename.endswith(("/", "\\"))]
        if len(members) > _MOST_MEMBERS:
            raise UnusableArchiveError(f"it holds {len(members):,} files; more than {_MOST_MEMBERS:,} are not unpacked")
        allowance.take(sum(one.file_size for one in members))  # what it says of itself, before a byte is written
        allowance.unpacked = 0
        locked = any(one.flag_bits & _LOCKED for one in members)
        if locked and source.zip_password_env is None:
            raise UnusableArchiveError(
                "it is locked with a password; name the variable that holds it with zip_password_env"
            )
        if locked and source.zip_password_env:
            packed.setpassword(secret(source, source.zip_password_env, "the password of the archive").encode())
        for one in members:
            if path := _inside(one):
                variable = source.zip_password_env if one.flag_bits & _LOCKED else None
                yield path, partial(_write_member, packed, one, allowance, variable)


def _write_member(
    packed: pyzipper.AESZipFile, member: pyzipper.ZipInfo, allowance: _Allowance, password_env: str | None, path: Path
) -> None:
    with _reading(password_env):
        opened = packed.open(member)
    with opened:
        _write(opened, path, allowance, password_env)


@contextmanager
def _reading(password_env: str | None = None) -> Iterator[None]:
    """Turn whatever a library says of a damaged archive into one sentence: damage has as many errors as bytes.

    A wrong password is found out at once or, once in 256 times, by the bytes that come of it.
    """
    try:
        yield
    except UnusableArchiveError:
        raise
    except Exception as error:
        if password_env:
            raise UnusableArchiveError(
                f"the password in {password_env} does not open it, or it is damaged; ask the agency"
            ) from error
        raise UnusableArchiveError(
            "it is damaged, cut short, or packed in a way that is not known; send it again"
        ) from error


def _inside(member: pyzipper.ZipInfo) -> PurePosixPath | None:
    """Give the path of a member as it may be used here; None for what systems add by themselves.

    Raises `UnusableArchiveError` for one that would leave the folder, is a link, or is an archive itself.
    """
    name = member.orig_filename.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or (parts and len(parts[0]) > 1 and parts[0][1] == ":"):
        raise UnusableArchiveError(
            "a name in it leads out of its folder (.. or a whole path); no honest program packs so: ask who sent it"
        )
    if member.compress_type not in _PACKINGS:
        raise UnusableArchiveError("it is packed in a way that is not known; pack it as plain zip (deflate)")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UnusableArchiveError("a link is in it; send the file itself")
    if not parts or any(part.startswith((".", "~$", "__MACOSX")) for part in parts):
        return None
    if PurePosixPath(parts[-1]).suffix.casefold() in _ARCHIVES:
        raise UnusableArchiveError("another archive is in it; send the files packed once")
    path = PurePosixPath(*[local_name(part) for part in parts])
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise UnusableArchiveError(
            f"a path in it is longer than {_LONGEST_PATH:,} bytes; pack its files into fewer folders"
        )
    return path


def _write(packed: IO[bytes], path: Path, allowance: _Allowance, password_env: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as unpacked:
        while True:
            with _reading(password_env):
                block = packed.read(_BLOCK)
            if not block:
                break
            allowance.take(len(block))
            unpacked.write(block)
        unpacked.flush()
        os.fsync(unpacked.fileno())
