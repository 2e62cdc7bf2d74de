"""Sending messages to all who asked for them, again where the line failed, and never failing itself."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from integration.alerts.alerts_file import ABOUT, Alerts, Mailbox, Webhook, alerts_of
from integration.alerts.email import send_email
from integration.alerts.message import Message
from integration.alerts.webhook import post
from warehouse.errors import AlertFailed, PadanError
from warehouse.settings import Home

SECONDS_BEFORE_AGAIN = (2.0, 10.0)
"""What is waited before one who could not be reached is tried for the second and the third time."""


@dataclass(frozen=True)
class Sent:
    """What became of telling one: `where` is whom, `wrong` a sentence, None when it was taken."""

    where: str
    wrong: str | None


def send(
    home: Home, messages: Mapping[str, Message], *, waiting: tuple[float, ...] = SECONDS_BEFORE_AGAIN
) -> list[Sent]:
    """Tell each whom `alerts.yaml` names the gravest of the messages that he asked for; `messages` are by `ABOUT`.

    Never raises: an alert that cannot be sent must not cost a night. A faulty `alerts.yaml` is itself an answer.
    """
    try:
        alerts = alerts_of(home)
    except PadanError as error:
        return [Sent("alerts.yaml", str(error))]
    sent = []
    for told, tell in _everybody(alerts):
        about = next((one for one in ABOUT if one in messages and one in told.about), None)
        if about is not None:
            sent.append(_sent(told.where, tell, messages[about], waiting))
    return sent


def try_each(alerts: Alerts, message: Message) -> Iterator[Sent]:
    """Send one message to everybody, whatever he asked for, once."""
    for told, tell in _everybody(alerts):
        yield _sent(told.where, tell, message, ())


def _everybody(alerts: Alerts) -> Iterator[tuple[Mailbox | Webhook, Callable[[Message], None]]]:
    for mailbox in alerts.mailboxes:
        if alerts.mail is not None:
            yield mailbox, partial(send_email, alerts.mail, mailbox)
    for webhook in alerts.webhooks:
        yield webhook, partial(post, webhook)


def _sent(where: str, tell: Callable[[Message], None], message: Message, waiting: tuple[float, ...]) -> Sent:
    for seconds in (*waiting, None):
        try:
            tell(message)
        except AlertFailed as error:
            if error.passing and seconds is not None:
                time.sleep(seconds)
                continue
            return Sent(where, str(error))
        except Exception as error:  # whatever a server made a library do, the night has ended as it has
            return Sent(where, f"The {where} was not told: an unforeseen {type(error).__name__}.")
        break
    return Sent(where, None)
