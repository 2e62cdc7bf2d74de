"""The log for machines: one object a line, a file a day, old files gone, and never in the way of a night."""

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.structured_log import DailyFile, as_json, tell_error, wants_json

NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


def line(text: str, at: float = NOON) -> logging.LogRecord:
    record = logging.LogRecord("padan", logging.INFO, "", 0, "%s", (text,), None)
    record.created = at
    return record


@given(text=st.text())
def test_whatever_is_said_is_one_line(text: str) -> None:
    written = as_json(line(text))

    assert json.loads(written) == {"time": "2026-11-22T12:00:00.000Z", "level": "INFO", "message": text}
    assert len(written.encode().split(b"\n")) == 1


def test_half_a_sign_such_as_a_strange_file_name_holds_is_written(tmp_path: Path) -> None:
    handler = DailyFile(tmp_path)
    handler.emit(line("bal\udce9ta.pdf"))
    handler.close()

    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text())["message"] == "bal\udce9ta.pdf"


def test_each_day_has_its_file_and_old_ones_go(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("padan-2026-08-23.jsonl", "padan-2026-08-24.jsonl", "somebody-s.txt"):
        (folder / name).touch()
    handler = DailyFile(folder)

    for at in (NOON, NOON + 1, NOON + 86_400):
        handler.emit(line("said", at))
    handler.close()

    assert sorted(path.name for path in folder.iterdir()) == [
        "padan-2026-11-22.jsonl",
        "padan-2026-11-23.jsonl",
        "somebody-s.txt",
    ]
    assert len((folder / "padan-2026-11-22.jsonl").read_text().splitlines()) == 2


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("somebody's letter")
    handler = DailyFile(tmp_path / "logs")

    handler.emit(line("said"))

    assert (tmp_path / "logs").read_text() == "somebody's letter"


def test_an_error_is_a_sentence_or_an_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PADAN_LOG", raising=False)
    tell_error("100 % full.")
    monkeypatch.setenv("PADAN_LOG", "json")
    tell_error("100 % full.")

    plain, written = capsys.readouterr().err.splitlines()
    assert plain == "padan: 100 % full."
    assert json.loads(written)["message"] == "100 % full."
    assert wants_json()
