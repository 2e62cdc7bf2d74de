"""Corrections are kept, passed on to the agency that owns the row, and closed with its answer."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from assets.command_line.correction import _OUTCOMES, command
from integration.explanation.subjects import UnknownSubject
from integration.privacy.corrections import (
    OUTCOMES,
    NoSuchCorrection,
    ask_correction,
    close_correction,
    corrections,
    export_corrections,
)
from integration.privacy.data_subject import data_subject
from tests.integration.privacy.privacy_world import CHILD, CHILD_NIK, MOTHER
from warehouse.access_log import entries
from warehouse.errors import HomeError
from warehouse.settings import Home


def ask(home: Home, wanted: str = "9,4", **said: str) -> None:
    words = {"dataset": "dinkes_balita", "column": "Berat", "reason": "KMS", **said}
    ask_correction(home, data_subject(home, CHILD), wanted=wanted, **words)


def sheet(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def test_a_request_holds_the_row_what_was_delivered_and_what_is_wanted(own_people: Home) -> None:
    ask(own_people)

    (one,) = corrections(own_people)
    assert (one.number, one.agency, one.dataset, one.row) == (1, "health", "dinkes_balita", 2)
    assert (one.column, one.delivered, one.wanted, one.reason) == ("Berat", "8,4", "9,4", "KMS")
    assert (own_people.path / "corrections.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("column", ["weight_kg", "berat", "Berat"])
def test_a_column_is_named_by_header_or_contract(own_people: Home, column: str) -> None:
    ask(own_people, column=column)

    assert corrections(own_people)[0].column == "Berat"


def test_what_is_not_there_is_told(own_people: Home) -> None:
    with pytest.raises(NoSuchCorrection, match="no column 'Agama'"):
        ask(own_people, column="Agama")
    with pytest.raises(NoSuchCorrection, match="dinkes_balita"):
        ask(own_people, dataset="dinas")
    with pytest.raises(UnknownSubject, match="nothing to correct"):
        ask(own_people, dataset="siga_krs", column="RT")
    with pytest.raises(UnknownSubject):
        ask_correction(
            own_people, data_subject(own_people, MOTHER), dataset="dinkes_balita", column="Nama", wanted="x", reason="x"
        )
    assert corrections(own_people) == []


def test_the_agency_gets_its_own_requests_only(own_people: Home, tmp_path: Path) -> None:
    ask(own_people, wanted="=HYPERLINK(1)")
    path = tmp_path / "dinkes.xlsx"

    assert export_corrections(own_people, "civil_registration", tmp_path / "none.xlsx") == 0
    assert not (tmp_path / "none.xlsx").exists()
    assert export_corrections(own_people, "health", path) == 1

    assert path.stat().st_mode & 0o777 == 0o600
    head, row = sheet(path)
    said = dict(zip(head, row, strict=True))
    assert (said["Baris"], said["Isi terkirim"], said["Isi yang benar"]) == ("2", "8,4", "=HYPERLINK(1)")
    assert corrections(own_people)[0].passed_on


def test_a_closed_request_is_exported_no_more_and_stays(own_people: Home, tmp_path: Path) -> None:
    ask(own_people)
    ask(own_people, wanted="7,4")
    closed = close_correction(own_people, 1, "refused", "sesuai KMS")

    assert (closed.outcome, closed.answer) == ("refused", "sesuai KMS")
    assert export_corrections(own_people, "health", tmp_path / "x.xlsx") == 1
    assert [one.number for one in corrections(own_people)] == [1, 2]
    with pytest.raises(NoSuchCorrection, match="No correction 1 is open"):
        close_correction(own_people, 1, "done", "x")
    with pytest.raises(NoSuchCorrection, match="health"):
        export_corrections(own_people, "dinkes", tmp_path / "x.xlsx")


def test_a_damaged_file_is_told_and_left(own_people: Home) -> None:
    (own_people.path / "corrections.json").write_text("[{")

    with pytest.raises(HomeError, match="backup"):
        ask(own_people)
    assert (own_people.path / "corrections.json").read_text() == "[{"


def test_the_commands_name_nobody_and_are_logged(own_people: Home, tmp_path: Path) -> None:
    home = ["--home", str(own_people.path)]
    path = str(tmp_path / "x.xlsx")
    words = ["--dataset", "dinkes_balita", "--column", "NIK", "--wanted", "3509275505230009", "--reason", "KK"]
    calls = [
        ["add", CHILD, *words],
        ["list"],
        ["export", path, "--agency", "health"],
        ["close", "1", "--outcome", "done", "--answer", "ok"],
        ["list"],
        ["list", "--all"],
    ]
    said = [CliRunner().invoke(command, [*call, *home]) for call in calls]

    assert [one.exit_code for one in said] == [0] * 6, [one.output for one in said]
    log = "".join(segment.read_text() for segment in own_people.access_log.glob("*.jsonl"))
    told = log + "".join(one.output for one in said)
    assert not any(text in told for text in (CHILD_NIK, "3509275505230009", "SITI"))
    assert [one.action for one in entries(own_people)][-3:] == ["correction"] * 3
    assert "None." in said[4].output
    assert "done" in said[5].output


def test_the_outcomes_of_the_command_are_those_of_the_requests() -> None:
    assert _OUTCOMES == OUTCOMES
