"""Telling people over real servers: who gets what, what is tried again, and what is said when it cannot be done."""

import hashlib
import hmac
import json
import socket
import threading
from contextlib import suppress
from typing import Any

import pytest
from alert_servers import HookServer, MailServer, declare
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.alerts import Message, Sent, alerts_of, first_to_tell, send, try_each
from warehouse.errors import DeclarationError
from warehouse.settings import Home

FAILURE = Message("failure", "Padan jember:\nFAILED", "What failed:\n  - Dinas Kesehatan: …\n", "jember", "run-1")
SUMMARY = Message("summary", "Padan jember", "All of it.\n", "jember", "run-1")
NIGHT = {"failure": FAILURE, "summary": SUMMARY}


def tell(home: Home, messages: dict[str, Message] = NIGHT) -> list[Sent]:
    return send(home, messages, pauses=(0, 0))


def wrong(sent: list[Sent]) -> str:
    (one,) = [one for one in sent if one.wrong]
    assert one.wrong is not None
    assert one.wrong.startswith("The ")
    assert one.wrong.endswith(".")
    return one.wrong


def test_each_gets_the_gravest_of_what_he_asked_for(home: Home, mail: MailServer, email: dict[str, Any]) -> None:
    sent = tell(declare(home, email=email))

    assert sent == [Sent("e-mail to operator@example.go.id", None), Sent("e-mail to kepala@example.go.id", None)]
    assert {str(one["To"]): one.get_content().replace("\r\n", "\n") for one in mail.received} == {
        "operator@example.go.id": FAILURE.text,
        "kepala@example.go.id": SUMMARY.text,
    }
    assert mail.received[0]["Subject"] == "Padan jember: FAILED"  # a line break is not a header of its own
    assert mail.received[0]["Auto-Submitted"] == "auto-generated"


def test_who_asked_for_nothing_of_it_hears_nothing(home: Home, mail: MailServer, email: dict[str, Any]) -> None:
    assert len(tell(declare(home, email=email), {"summary": SUMMARY})) == 1
    assert [str(one["To"]) for one in mail.received] == ["kepala@example.go.id"]


def test_a_home_without_the_file_tells_nobody(home: Home) -> None:
    assert tell(home) == []


def test_a_server_that_is_busy_is_asked_again(home: Home, mail: MailServer, email: dict[str, Any]) -> None:
    mail.answers = ["450 later", "451 later"]

    assert [one.wrong for one in tell(declare(home, email=email))] == [None, None]


def test_an_address_that_is_refused_is_not_tried_again(home: Home, mail: MailServer, email: dict[str, Any]) -> None:
    mail.answers = ["550 no such user"]

    said = wrong(tell(declare(home, email=email)))

    assert "it takes no mail for this address (550)" in said
    assert len(mail.received) == 1


def test_a_wrong_password_is_said_without_it(
    home: Home, email: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PADAN_MAIL_PASSWORD", "salah")
    email["to"].popitem()

    said = wrong(tell(declare(home, email=email)))

    assert "user or password is refused (535); see user and PADAN_MAIL_PASSWORD" in said
    assert "salah" not in said


def test_a_password_that_is_not_set_is_said(home: Home, email: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PADAN_MAIL_PASSWORD")
    email["to"].popitem()

    assert "PADAN_MAIL_PASSWORD, which holds the password, is not set" in wrong(tell(declare(home, email=email)))


def test_a_certificate_must_be_trusted(home: Home, mail: MailServer, email: dict[str, Any]) -> None:
    del email["ca_file"]
    email["to"].popitem()

    assert "its certificate is not one that is trusted" in wrong(tell(declare(home, email=email)))
    assert mail.received == []


def test_a_server_that_is_not_there_or_speaks_no_tls_is_said(home: Home, email: dict[str, Any]) -> None:
    email["to"].popitem()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = taken.getsockname()[1]
    assert "it cannot be reached" in wrong(tell(declare(home, email={**email, "port": gone})))
    assert "encryption" in wrong(tell(declare(home, email={**email, "encryption": "tls"})))


def test_a_webhook_gets_signed_json(home: Home, hook: HookServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUTY_URL", hook.url)
    monkeypatch.setenv("DUTY_SECRET", "kunci")
    declare(home, webhooks={"duty": {"url_env": "DUTY_URL", "secret_env": "DUTY_SECRET", "about": ["failure"]}})

    assert tell(home) == [Sent("webhook duty", None)]

    ((headers, body),) = hook.received
    told = json.loads(body)
    assert {**told, "at": ""} == {
        "about": "failure",
        "subject": "Padan jember: FAILED",
        "text": FAILURE.text,
        "home": "jember",
        "run_id": "run-1",
        "at": "",
    }
    assert headers["X-Padan-Signature"] == f"sha256={hmac.new(b'kunci', body, hashlib.sha256).hexdigest()}"


def test_a_server_that_answers_a_byte_now_and_then_holds_nobody(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.alerts.sending._DEADLINE", 1)
    over = threading.Event()

    def dribble(listening: socket.socket) -> None:
        answering, _ = listening.accept()
        with answering, suppress(OSError):
            answering.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
            while not over.wait(0.2):
                answering.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=dribble, args=(listening,), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        declare(home, webhooks={"slow": {"url": url, "about": ["failure"]}})

        (sent,) = send(home, {"failure": FAILURE}, pauses=())
        over.set()

    assert "had not taken the message after 1 seconds" in str(sent.wrong)
    assert "It is kept" in str(sent.wrong)


@pytest.mark.parametrize(
    ("answers", "posts", "words"),
    [
        ([503, 429], 3, None),
        ([404], 1, "it answered 404"),
        ([307], 1, "it answered 307"),
        ([500] * 3, 3, "answered 500"),
    ],
)
def test_a_webhook_is_asked_again_only_where_that_may_help(
    home: Home, hook: HookServer, answers: list[int], posts: int, words: str | None
) -> None:
    hook.answers = answers
    sent = tell(declare(home, webhooks={"duty": {"url": hook.url, "about": ["failure"]}}))

    assert len(hook.received) == posts
    if words is None:
        assert sent == [Sent("webhook duty", None)]
    else:
        assert words in wrong(sent)
        assert hook.url not in wrong(sent)


def test_one_who_cannot_be_told_keeps_nobody_else_from_it(
    home: Home, hook: HookServer, mail: MailServer, email: dict[str, Any]
) -> None:
    mail.answers = ["550 no", "550 no"]
    sent = tell(declare(home, email=email, webhooks={"duty": {"url": hook.url, "about": ["summary"]}}))

    assert [bool(one.wrong) for one in sent] == [True, True, False]


def test_a_test_reaches_everybody(home: Home, hook: HookServer, mail: MailServer, email: dict[str, Any]) -> None:
    declare(home, email=email, webhooks={"duty": {"url": hook.url, "about": ["failure"]}})

    sent = list(try_each(alerts_of(home), Message("test", "Padan", "A test.")))

    assert [one.wrong for one in sent] == [None, None, None]
    assert len(mail.received) == 2


@settings(max_examples=50)
@given(st.text(max_size=40), st.text(max_size=40))
def test_no_subject_adds_a_header(subject: str, text: str) -> None:
    message = Message("failure", subject, text)

    assert len(message.line.splitlines()) <= 1
    assert len(message.body) <= 60_100


def test_only_the_first_tells_of_a_run(home: Home) -> None:
    assert [first_to_tell(home, run) for run in ("a", "b", "a")] == [True, True, False]


def test_a_faulty_file_is_an_answer_and_no_error(home: Home) -> None:
    declare(home, email=3)

    (sent,) = tell(home)

    assert sent.where == "alerts.yaml"
    assert "email: int was found" in str(sent.wrong)


GOOD = {"server": "mail.example.go.id", "from": "padan@example.go.id", "to": {"a@example.go.id": ["failure"]}}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"mail": {}}, "mail was found; known are email, webhooks"),
        ({"email": {**GOOD, "to": {}}}, "email, to: {} was found"),
        ({"email": {**GOOD, "to": {"a@b": ["everything"]}}}, "must be one of failure, warning, summary"),
        ({"email": {**GOOD, "to": {"a b": ["failure"]}}}, "'a b' was found; it must be an e-mail address"),
        ({"email": {**GOOD, "from": "x@y\nBcc: z@y"}}, "it must be an e-mail address"),
        ({"email": {**GOOD, "encryption": "none"}}, "none was found for mail.example.go.id"),
        ({"email": {**GOOD, "user": "padan"}}, "user and password_env must stand there both, or neither"),
        ({"email": {**GOOD, "password": "rahasia"}}, "a password stands there; put it into an environment variable"),
        ({"email": {**GOOD, "ca_file": "/nowhere.pem"}}, "there is no file /nowhere.pem"),
        ({"email": {**GOOD, "port": 0}}, "whole number from 1 to 65535"),
        ({"webhooks": {"x": {"about": ["failure"]}}}, "there must be either url or url_env"),
        ({"webhooks": {"x": {"about": ["failure"], "url": "ftp://x"}}}, "it must be an address such as https"),
        ({"webhooks": {"x": {"about": ["failure"], "url": "http://example.go.id/rahasia"}}}, "use https"),
        ({"webhooks": {"x": {"about": ["failure"], "url": "https://[rahasia"}}}, "it must be an address such as https"),
        ({"webhooks": {"x": {"about": ["failure"], "url": "https://u:rahasia@x/"}}}, "no user or password"),
        ({"webhooks": {"x": {"about": ["failure"], "url_env": "my rahasia"}}}, "the name of an environment variable"),
        ({"webhooks": {"x": {"about": [], "url_env": "X"}}}, "list with at least one entry"),
    ],
)
def test_a_faulty_declaration_is_said_without_a_secret(home: Home, said: dict[str, Any], words: str) -> None:
    declare(home, **said)

    with pytest.raises(DeclarationError) as told:
        alerts_of(home)

    assert words in str(told.value)
    assert "rahasia" not in str(told.value)
    assert str(told.value).startswith("The alerts alerts.yaml, ")
