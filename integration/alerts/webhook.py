"""Telling a program by a POST of JSON, signed if both sides know a secret.

    {"about": "failure", "subject": …, "text": …, "home": …, "run_id": …, "at": "2026-11-22T02:03:04+00:00"}

`X-Padan-Signature: sha256=…` is the HMAC-SHA256 of the body, in hex; `at` in the body says whether it is an old one.
"""

import hashlib
import hmac
import json

import requests
from requests.utils import get_environ_proxies

from integration.alerts.alerts_file import Webhook, from_environment, wrong_url
from integration.alerts.message import Message
from warehouse.errors import AlertFailed

SIGNATURE = "X-Padan-Signature"
_CONNECTING, _ANSWER = 10, 20
_BUSY = (408, 425, 429)


def post(webhook: Webhook, message: Message) -> None:
    """Post a message; raises `AlertFailed` that says what is wrong and what to do, without the address.

    A redirect is not followed: what was meant for one server must not go to another.
    """

    def failed(what: str, *, passing: bool = False) -> AlertFailed:
        return AlertFailed(f"The {webhook.where} was not told: {what}.", passing=passing)

    url = webhook.address()
    if wrong := wrong_url(url):
        raise failed(f"{webhook.url_env} is wrong: {wrong}")
    said = {
        "about": message.about,
        "subject": message.line,
        "text": message.body,
        "home": message.home,
        "run_id": message.run_id,
        "at": message.at.isoformat(timespec="seconds"),
    }
    body = json.dumps(said, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "padan"}
    if webhook.secret_env:
        secret = from_environment(webhook.where, webhook.secret_env, "the secret of its signature")
        headers[SIGNATURE] = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    with requests.Session() as session:
        session.trust_env = False  # .netrc would add a password
        session.proxies.update(get_environ_proxies(url))
        session.verify = str(webhook.ca_file) if webhook.ca_file else True
        try:
            answer = session.post(
                url, data=body, headers=headers, timeout=(_CONNECTING, _ANSWER), allow_redirects=False, stream=True
            )
        except requests.exceptions.SSLError as error:
            raise failed("the certificate of its server is not one that is trusted; see ca_file") from error
        except requests.exceptions.RequestException as error:
            raise failed(
                "it cannot be reached or broke off; see whether line and server are up", passing=True
            ) from error
        status = answer.status_code
        answer.close()
    if not 200 <= status < 300:
        raise failed(f"it answered {status}; see its address and who runs it", passing=status >= 500 or status in _BUSY)
