"""What could not be told waits in the home, says of nobody who he is, and is told late, once, and not for ever."""

import datetime as dt
from typing import Any

import pytest
from alert_servers import HookServer, MailServer, declare

from integration.alerts import Message, send, send_late, waiting
from integration.alerts.outbox import KEPT_DAYS, alone, keep, untold
from warehouse.settings import Home

FAILURE = Message("failure", "Padan jember: FAILED", "Dinas Kesehatan: the disk is full.\n", "jember", "run-1")
OPERATOR = {"to": {"operator@example.go.id": ["failure"]}}


def tell(home: Home, message: Message = FAILURE) -> list[str | None]:
    return [one.wrong for one in send(home, {message.about: message}, pauses=(0, 0))]


def late(home: Home) -> list[str | None]:
    return [one.wrong for one in send_late(home)]


def numbered(number: int) -> Message:
    return Message("failure", f"number {number}", "…", at=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=number))


@pytest.fixture
def duty(home: Home, hook: HookServer) -> HookServer:
    declare(home, webhooks={"duty": {"url": hook.url, "about": ["failure"]}})
    return hook


def test_a_mail_that_no_try_brought_there_comes_late_once_and_is_the_same_mail(
    home: Home, mail: MailServer, email: dict[str, Any]
) -> None:
    declare(home, email={**email, **OPERATOR})
    mail.answers = ["451 later"] * 4

    assert "It is kept" in str(tell(home))
    (file,) = untold(home).glob("*.json")
    assert "operator" not in file.read_text() + file.name
    assert file.stat().st_mode & 0o077 == 0
    assert "It is kept" in str(late(home))
    assert late(home) == [None]
    assert late(home) == []

    *before, came = mail.received
    assert {one["Message-ID"] for one in before} <= {came["Message-ID"]}
    assert came["Subject"] == FAILURE.subject
    assert came.get_content().startswith("(Told late: this is of ")
    assert "the disk is full." in came.get_content()


def test_a_run_that_is_killed_while_it_tells_the_first_has_the_alert_of_all_others(
    home: Home, hook: HookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"url": hook.url, "about": ["failure"]}
    declare(home, webhooks={"duty": one, "office": one})

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("integration.alerts.sending._sent", killed)
        with pytest.raises(Killed):
            tell(home)

    assert late(home) == [None, None]
    assert len(hook.received) == 2


def test_nothing_waits_of_what_arrived(home: Home, duty: HookServer) -> None:
    assert tell(home) == [None]
    assert waiting(home) == []
    assert len(duty.received) == 1


def test_the_oldest_comes_first_and_whoever_is_not_there_is_tried_once(home: Home, duty: HookServer) -> None:
    duty.answers = [404, 404, 500]
    for number in range(2):
        tell(home, numbered(number))

    assert len(late(home)) == 1
    assert late(home) == [None, None]
    assert [b"number 0" in body for _, body in duty.received[-2:]] == [True, False]


def test_one_that_is_refused_keeps_no_other_from_coming(home: Home, duty: HookServer) -> None:
    duty.answers = [404, 404, 404]
    for number in range(2):
        tell(home, numbered(number))

    assert [bool(wrong) for wrong in late(home)] == [True, False]
    assert [one.message.subject for one in waiting(home)] == ["number 0"]


def test_who_is_told_of_such_things_no_longer_is_not_told_late(home: Home, duty: HookServer) -> None:
    duty.answers = [404]
    tell(home)
    declare(home, webhooks={"duty": {"url": duty.url, "about": ["summary"]}})

    assert late(home) == []
    assert waiting(home) == []


def test_a_file_that_cannot_be_read_costs_no_alert(home: Home, duty: HookServer) -> None:
    home.alerts.write_text("webhooks: 3")
    assert "It is kept" in str(tell(home))
    assert "it must have named entries" in str(late(home))
    declare(
        home,
        webhooks={"duty": {"url": duty.url, "about": ["failure"]}, "other": {"url": duty.url, "about": ["summary"]}},
    )

    assert late(home) == [None]
    assert waiting(home) == []


def test_what_waits_is_bounded_in_number_and_age(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.alerts.outbox.KEPT", 5)
    for number in range(8):
        keep(home, "webhook duty", numbered(number))
    assert [one.message.subject for one in waiting(home)][:1] == ["number 3"]
    assert len(waiting(home)) == 5

    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=KEPT_DAYS, seconds=2)
    old = keep(home, "webhook duty", Message("failure", "old", "…", at=long_ago))
    assert old
    assert old.path not in {one.path for one in waiting(home)}


def test_a_file_of_something_else_is_no_alert(home: Home) -> None:
    untold(home).mkdir(parents=True)
    moment = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    for name, text in {"a": "{", "b": "[]", "c": "{}", "d": '{"to": "x", "at": "noon"}'}.items():
        (untold(home) / f"{moment}-{name}.json").write_text(text)

    assert waiting(home) == []


def test_two_at_once_tell_it_once(home: Home, duty: HookServer) -> None:
    duty.answers = [404]
    tell(home)
    with alone(home) as free:
        assert free
        assert late(home) == []
    assert late(home) == [None]


def test_a_home_that_cannot_be_written_is_told_of_all_the_same(home: Home, duty: HookServer) -> None:
    home.dagster.write_text("no folder can be made here")

    assert tell(home) == [None]
    duty.answers = [404]
    assert "It is kept" not in str(tell(home))


def test_a_process_that_ends_while_it_tells_loses_nothing(
    home: Home, duty: HookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty.answers = [503]

    def killed(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("integration.alerts.sending.time.sleep", killed)
    with pytest.raises(KeyboardInterrupt):
        tell(home)

    assert late(home) == [None]
