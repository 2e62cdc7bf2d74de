"""Telling somebody by e-mail: one message to one mailbox, over an encrypted line to a server that is checked."""

import datetime as dt
import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime

from integration.alerts.alerts_file import Mailbox, MailServer, from_environment
from integration.alerts.message import Message
from warehouse.errors import AlertFailed

_SECONDS = 20
"""That a server may take to answer each word."""


def send_email(mail: MailServer, mailbox: Mailbox, message: Message) -> None:
    """Send a message to a mailbox; raises `AlertFailed` that says what is wrong and what to do."""
    written = EmailMessage()
    written["From"] = mail.sender
    written["To"] = mailbox.address
    written["Subject"] = message.line
    written["Date"] = format_datetime(dt.datetime.now(dt.UTC))
    written["Message-ID"] = f"<{_one_of_a_kind(mailbox, message)}@{mail.sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"  # so that no absence note answers it
    written.set_content(message.body)
    with _told(mail, mailbox), _connected(mail) as server:
        if mail.user and mail.password_env:
            server.login(mail.user, from_environment(mailbox.where, mail.password_env, "the password"))
        server.send_message(written)


def _one_of_a_kind(mailbox: Mailbox, message: Message) -> str:
    """Give the same id each time a message is tried: of two that arrive, as the answer was lost, one may be hidden."""
    told = f"{mailbox.address} {message.about} {message.run_id} {message.at.isoformat()}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


@contextmanager
def _connected(mail: MailServer) -> Iterator[smtplib.SMTP]:
    trusted = ssl.create_default_context(cafile=str(mail.ca_file) if mail.ca_file else None)
    if mail.encryption == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.server, mail.port, timeout=_SECONDS, context=trusted)
    else:
        server = smtplib.SMTP(mail.server, mail.port, timeout=_SECONDS)
    with server:
        if mail.encryption == "starttls":
            server.starttls(context=trusted)
        yield server


@contextmanager
def _told(mail: MailServer, mailbox: Mailbox) -> Iterator[None]:
    """Turn what goes wrong into a sentence; of what a server says only its number is repeated."""

    def failed(what: str, *, passing: bool = False) -> AlertFailed:
        return AlertFailed(f"The {mailbox.where} was not sent by {mail.server}:{mail.port}: {what}.", passing=passing)

    try:
        yield
    except ssl.SSLError as error:
        raise failed(
            "its certificate is not one that is trusted, or it does not speak TLS on this port; see encryption, port "
            "and, for an office's own authority, ca_file"
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise failed(f"user or password is refused ({error.smtp_code}); see user and {mail.password_env}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise failed("it offers no STARTTLS or no login; see encryption and port, or ask who runs it") from error
    except smtplib.SMTPRecipientsRefused as error:
        code = max((code for code, _ in error.recipients.values()), default=0)
        raise failed(
            f"it takes no mail for this address ({code}); see the address, or log in", passing=code < 500
        ) from error
    except smtplib.SMTPSenderRefused as error:
        raise failed(
            f"it takes no mail from {mail.sender} ({error.smtp_code}); see from, or log in",
            passing=error.smtp_code < 500,
        ) from error
    except smtplib.SMTPResponseException as error:
        raise failed(f"it answered {error.smtp_code}; ask who runs it", passing=error.smtp_code < 500) from error
    except (smtplib.SMTPException, OSError) as error:
        raise failed(
            "it cannot be reached or broke off; see server and port, and whether the line is up", passing=True
        ) from error
