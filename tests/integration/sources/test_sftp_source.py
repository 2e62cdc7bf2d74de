"""Fetching from a real SFTP server: who it must be, who one must be, and what breaks on the way."""

import os
from pathlib import Path

import asyncssh
import pytest
from source_servers import Fetch, SftpServer, declare, put

from integration.sources import check_source, sources_of
from integration.sources.placing import FETCHED
from warehouse.settings import Home

CONTENT = os.urandom(3_000_000)


def inbox(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.inbox.rglob("*") if path.is_file() and path.name != FETCHED}


def test_a_key_opens_it_and_files_come_whole(home: Home, drop: Path, sftp: SftpServer, fetch: Fetch) -> None:
    put(drop, "balita_202610.csv", CONTENT)
    put(drop, "2026-09/late 'x'.csv", b"late")
    put(drop, "الرضع_202608.csv", b"arabic")

    fetched = fetch(**sftp.as_declared())

    assert fetched.trouble is None
    assert inbox(home) == {"balita_202610.csv": CONTENT, "late 'x'.csv": b"late", "الرضع_202608.csv": b"arabic"}
    assert fetch(**sftp.as_declared()).months == []


def test_a_password_opens_it_and_is_told_nowhere(
    home: Home, drop: Path, sftp: SftpServer, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(drop, "balita_202610.csv")
    monkeypatch.setenv("SFTP_PASSWORD", "rahasia")
    assert fetch(**sftp.as_declared(password_env="SFTP_PASSWORD")).months == ["2026-10"]

    monkeypatch.setenv("SFTP_PASSWORD", "wrong-rahasia")
    refused = fetch(**sftp.as_declared(password_env="SFTP_PASSWORD"))
    monkeypatch.delenv("SFTP_PASSWORD")
    unset = fetch(**sftp.as_declared(password_env="SFTP_PASSWORD"))

    assert "does not let padan in with this password" in str(refused.trouble)
    assert "SFTP_PASSWORD, which holds the password, is not set" in str(unset.trouble)
    written = b"".join(path.read_bytes() for path in home.path.rglob("*") if path.is_file())
    assert b"rahasia" not in written + str(refused.trouble).encode()


def test_a_changed_host_key_is_refused_before_anything_is_sent(drop: Path, sftp: SftpServer, fetch: Fetch) -> None:
    put(drop, "balita_202610.csv")
    sftp.trust(asyncssh.generate_private_key("ssh-ed25519"))

    trouble = fetch(**sftp.as_declared()).trouble

    assert trouble is not None
    assert not trouble.passing
    assert "has changed" in str(trouble)
    assert sftp.host_key.get_fingerprint() in str(trouble)


def test_a_host_key_that_was_called_back_is_refused(drop: Path, sftp: SftpServer, fetch: Fetch) -> None:
    put(drop, "balita_202610.csv")
    line = sftp.known_hosts.read_text()
    sftp.known_hosts.write_text(f"{line}@revoked {line}")

    trouble = fetch(**sftp.as_declared()).trouble

    assert trouble is not None
    assert not trouble.passing
    assert "has been called back" in str(trouble)


def test_an_unknown_host_is_refused(drop: Path, sftp: SftpServer, fetch: Fetch) -> None:
    sftp.known_hosts.write_text("")

    assert "does not know 127.0.0.1, which shows ssh-ed25519 SHA256:" in str(fetch(**sftp.as_declared()).trouble)


def test_a_key_that_others_can_read_is_refused(sftp: SftpServer, fetch: Fetch) -> None:
    sftp.key.chmod(0o644)

    assert "chmod 600" in str(fetch(**sftp.as_declared()).trouble)


def test_a_broken_download_is_gone_on_with(home: Home, drop: Path, sftp: SftpServer, fetch: Fetch) -> None:
    put(drop, "balita_202610.csv", CONTENT)
    sftp.break_after = 2_000_000

    broken = fetch(**sftp.as_declared())
    (part,) = home.fetching.rglob("*.part")
    came = part.stat().st_size
    sftp.sent = 0
    fetched = fetch(**sftp.as_declared())

    assert broken.trouble is not None
    assert broken.trouble.passing
    assert came > 0
    assert fetched.months == ["2026-10"]
    assert inbox(home) == {"balita_202610.csv": CONTENT}
    assert sftp.sent <= len(CONTENT) - came + 200_000


def test_a_broken_download_of_what_has_changed_since_begins_anew(
    home: Home, drop: Path, sftp: SftpServer, fetch: Fetch
) -> None:
    put(drop, "balita_202610.csv", CONTENT)
    sftp.break_after = 2_000_000
    fetch(**sftp.as_declared())
    put(drop, "balita_202610.csv", CONTENT[::-1], age=1800)

    fetch(**sftp.as_declared())

    assert inbox(home) == {"balita_202610.csv": CONTENT[::-1]}


def test_a_link_out_of_the_folder_is_not_followed(home: Home, drop: Path, sftp: SftpServer, fetch: Fetch) -> None:
    put(drop, "elsewhere/secret_202610.csv")
    put(drop, "out/balita_202610.csv", b"inside")
    (drop / "out/link_202610.csv").symlink_to("../elsewhere/secret_202610.csv")

    fetched = fetch(**sftp.as_declared(folder="/out"))

    assert inbox(home) == {"balita_202610.csv": b"inside"}
    assert "leads out of the folder" in fetched.passed_over[0]


def test_a_server_that_is_down_may_come_back(sftp: SftpServer, fetch: Fetch) -> None:
    declared = sftp.as_declared()
    sftp.__exit__()

    trouble = fetch(**declared).trouble

    assert trouble is not None
    assert trouble.passing
    assert "see whether the line and the server are up" in str(trouble)


def test_check_says_what_lies_there_and_what_is_wrong(home: Home, drop: Path, sftp: SftpServer) -> None:
    declare(home, {"health/dinkes_balita": sftp.as_declared()})
    (source,) = sources_of(home).values()
    assert "it is empty" in check_source(home, source).wrong[0]

    put(drop, "balita_202610.csv")
    checked = check_source(home, source)
    assert (checked.wrong, checked.found) == ([], "1 of 1 file(s) are deliveries, months named: 2026-10")

    put(drop, "ahead_202610.csv", age=-86_400)
    assert "of the future; one of the two clocks is wrong" in check_source(home, source).wrong[0]

    declare(home, {"health/dinkes_balita": sftp.as_declared(folder="/nowhere")})
    (source,) = sources_of(home).values()
    assert "the folder does not exist there" in check_source(home, source).wrong[0]
    assert not home.inbox.exists()
