"""Telling people how a night ended: by e-mail and webhook, to whom `<home>/alerts.yaml` says. Never about a person."""

from integration.alerts.alerts_file import ABOUT, Alerts, Mailbox, MailServer, Webhook, alerts_of
from integration.alerts.message import Message
from integration.alerts.outbox import Waiting, waiting
from integration.alerts.sending import Sent, send, send_late, try_each
from integration.alerts.told_once import first_to_tell

__all__ = [
    "ABOUT",
    "Alerts",
    "MailServer",
    "Mailbox",
    "Message",
    "Sent",
    "Waiting",
    "Webhook",
    "alerts_of",
    "first_to_tell",
    "send",
    "send_late",
    "try_each",
    "waiting",
]
