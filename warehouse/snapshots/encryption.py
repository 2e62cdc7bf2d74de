"""Encrypting the files of a snapshot for its recipient, with age."""

from pathlib import Path
from typing import TypeAlias

import pyrage
from pyrage import ssh, x25519

from warehouse.errors import PadanError
from warehouse.snapshots.layout import ENCRYPTED, MANIFEST, README

Recipient: TypeAlias = ssh.Recipient | x25519.Recipient


class NotDecrypted(PadanError):
    """The identity given opens no file of the snapshot."""


def recipient_of(public_key: str) -> Recipient:
    """Give who can open what is encrypted to a public key (age1…, ssh-…); raises `ValueError` where it is none."""
    try:
        found: Recipient = (ssh.Recipient if public_key.startswith("ssh-") else x25519.Recipient).from_str(public_key)
    except pyrage.RecipientError as error:
        raise ValueError(str(error)) from error
    return found


def encrypt_files(folder: Path, public_key: str) -> None:
    """Put `<file>.age` in place of each file but the manifest and the README, which hold nothing of people.

    Anybody who holds the private key of `public_key` can open them (`age -d -i KEY FILE.age`), and nobody else, the
    house that made them included.
    """
    recipient = recipient_of(public_key)
    for path in sorted(folder.iterdir()):
        if path.name not in (MANIFEST, README):
            pyrage.encrypt_file(str(path), f"{path}{ENCRYPTED}", [recipient])
            path.unlink()


def decrypt_file(encrypted: Path, identity: Path, clear: Path) -> None:
    """Decrypt one file with the identity (private key) in a file; raises `NotDecrypted`."""
    try:
        lines = identity.read_text(encoding="utf-8")
        if "OPENSSH PRIVATE KEY" in lines:
            identities = [ssh.Identity.from_buffer(lines.encode())]
        else:
            identities = [x25519.Identity.from_str(line) for line in lines.split() if line.startswith("AGE-SECRET-KEY")]
        pyrage.decrypt_file(str(encrypted), str(clear), identities)
    except (OSError, ValueError, pyrage.IdentityError, pyrage.DecryptError) as error:
        raise NotDecrypted(
            f"{encrypted.name} was not opened with the key in {identity.name} ({type(error).__name__}). "
            "Give the file that holds the private key (AGE-SECRET-KEY-…) of the public key in the policy."
        ) from error
