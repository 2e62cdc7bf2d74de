"""Sending messages to all who asked for them, again where the line failed, late where it stays so, never failing."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from integration.alerts.alerts_file import ABOUT, Alerts, Mailbox, Webhook, alerts_of
from integration.alerts.email import send_email
from integration.alerts.message import Message
from integration.alerts.outbox import EVERYBODY, Waiting, alone, keep, waiting
from integration.alerts.webhook import post
from warehouse.errors import AlertFailed, PadanError
from warehouse.settings import Home

SECONDS_BEFORE_AGAIN = (2.0, 10.0)
"""What is waited before one who could not be reached is tried for the second and the third time."""
_PATIENCE = 60.0
"""Seconds after which nobody is tried more than once, and nobody is told late: a run has ended and wants to go."""
_DEADLINE = 120.0
"""Seconds that telling one may take in all: a server that gives a byte now and then would hold a run for ever."""
_KEPT = " It is kept, and told late by the next run, or by `./padan alerts send`."


@dataclass(frozen=True)
class Sent:
    """What became of telling one: `where` is whom, `wrong` a sentence, None when it was taken.

    `passing`: line or server failed; the next message would fare no better now.
    """

    where: str
    wrong: str | None
    passing: bool = False


def send(
    home: Home, messages: Mapping[str, Message], *, pauses: tuple[float, ...] = SECONDS_BEFORE_AGAIN
) -> list[Sent]:
    """Tell each whom `alerts.yaml` names the gravest of the messages that he asked for; `messages` are by `ABOUT`.

    What could not be sent is kept for `send_late`. Never raises: an alert that cannot be sent must not cost a night.
    A faulty `alerts.yaml` is itself an answer.
    """
    try:
        alerts = alerts_of(home)
    except PadanError as error:
        kept = [keep(home, EVERYBODY, message) for message in messages.values()]
        return [Sent("alerts.yaml", f"{error}{_KEPT if all(kept) else ''}")]
    sent: list[Sent] = []
    until = time.monotonic() + _PATIENCE
    asked = [
        (told, tell, about)
        for told, tell in _everybody(alerts)
        if (about := next((one for one in ABOUT if one in messages and one in told.about), None))
    ]
    if asked:  # a run that began nothing leaves no folder behind, where nobody is to be told
        with alone(home):
            # Kept for all before the first is asked: this process may be killed while it waits for somebody's answer.
            kept_for = [keep(home, told.where, messages[about]) for told, _, about in asked]
            for (told, tell, about), kept_one in zip(asked, kept_for, strict=True):
                pauses = pauses if time.monotonic() < until else ()
                sent.append(_concluded(_sent(told.where, tell, messages[about], pauses), kept_one))
    return sent


def send_late(home: Home) -> list[Sent]:
    """Tell what could not be told before, the oldest first, each once; nothing while another process does so.

    Never raises. Whoever cannot be reached is tried with one message and left until the next time.
    """
    if not waiting(home):
        return []
    try:
        alerts = alerts_of(home)
    except PadanError as error:
        return [Sent("alerts.yaml", str(error))]
    with alone(home) as free:
        return _late(home, alerts) if free else []


def _late(home: Home, alerts: Alerts) -> list[Sent]:
    everybody = list(_everybody(alerts))
    for one in waiting(home):
        if one.to == EVERYBODY and all(
            keep(home, told.where, one.message) for told, _ in everybody if one.message.about in told.about
        ):
            one.over()
    sent = []
    until = time.monotonic() + _PATIENCE
    left = [one for one in waiting(home) if one.to != EVERYBODY]
    for told, tell in everybody:
        wanted = [one for one in left if one.is_for(told.where) and one.message.about in told.about]
        left = [one for one in left if one not in wanted]
        for one in wanted:
            if time.monotonic() >= until:
                break
            became = _concluded(_sent(told.where, tell, one.late, ()), one)
            sent.append(became)
            if became.passing:
                break
    for one in left:  # whoever they were for is told of such things no longer
        one.over()
    return sent


def _concluded(sent: Sent, kept: Waiting | None) -> Sent:
    """Forget what arrived; say of what did not that it is kept."""
    if kept is None:
        return sent
    if sent.wrong is None:
        kept.over()
        return sent
    return replace(sent, wrong=sent.wrong + _KEPT)


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


def _sent(where: str, tell: Callable[[Message], None], message: Message, pauses: tuple[float, ...]) -> Sent:
    for seconds in (*pauses, None):
        try:
            _in_time(where, tell, message)
        except AlertFailed as error:
            if error.passing and seconds is not None:
                time.sleep(seconds)
                continue
            return Sent(where, str(error), error.passing)
        except Exception as error:  # whatever a server made a library do, the night has ended as it has
            return Sent(where, f"The {where} was not told: an unforeseen {type(error).__name__}.")
        break
    return Sent(where, None)


def _in_time(where: str, tell: Callable[[Message], None], message: Message) -> None:
    """Tell one, and give up whoever has not taken the message in time: what he does with it then is his."""
    became: list[Exception | None] = []

    def telling() -> None:
        try:
            tell(message)
        except Exception as error:
            became.append(error)
        else:
            became.append(None)

    thread = threading.Thread(target=telling, daemon=True)
    thread.start()
    thread.join(_DEADLINE)
    if not became:
        raise AlertFailed(f"The {where} had not taken the message after {_DEADLINE:.0f} seconds.", passing=True)
    if became[0] is not None:
        raise became[0]
