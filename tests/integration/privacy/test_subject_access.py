"""What a person is told: all that is held of them, and of others no more than a mask."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from assets.command_line.subject_access import command
from integration.privacy.corrections import ask_correction
from integration.privacy.data_subject import data_subject
from integration.privacy.held import METHODS, held_of
from integration.privacy.subject_access import DATA, PAGE, write_subject_access
from tests.integration.privacy.privacy_world import (
    CHILD,
    CHILD_NIK,
    CHILD_TARGET,
    MOTHER,
    MOTHER_NIK,
    TWIN,
    TWIN_NIK,
)
from warehouse.access_log import entries
from warehouse.settings import Home
from warehouse.tables import table


def test_every_cell_as_delivered_is_told_with_file_and_row_and_why(people: Home) -> None:
    (row,) = held_of(people, data_subject(people, CHILD))["delivered"]

    assert (row["dataset"], row["row"]) == ("dinkes_balita", 2)
    assert row["file"].endswith("a.csv")
    assert row["cells"]["NIK"] == f"'{CHILD_NIK}"
    assert row["cells"]["Berat"] == "8,4"
    assert row["cells"]["Nama"] == "SITI NAYLA"


def test_what_was_published_of_the_person_is_told(people: Home) -> None:
    (one,) = held_of(people, data_subject(people, CHILD))["published"]

    assert set(one["rows"]) == {"targeting", "child_growth", "target_exit"}
    assert one["rows"]["targeting"][0]["target_id"] == CHILD_TARGET


def test_others_are_masked_wherever_they_stand(people: Home) -> None:
    told = json.dumps(held_of(people, data_subject(people, CHILD)), default=str)

    assert CHILD_NIK in told
    assert not any(text in told for text in (MOTHER_NIK, TWIN_NIK, TWIN, "HOLIFAH", "SITI NAILA"))
    assert "350927******0001" in told


def test_a_mother_sees_her_own_number_and_the_family_that_bears_her_name(people: Home) -> None:
    said = held_of(people, data_subject(people, MOTHER))

    assert {row["subject_type"] for row in said["published"][0]["rows"]["targeting"]} == {"ibu", "keluarga"}
    assert said["person"]["nik"] == MOTHER_NIK
    assert said["named_in_rows_of_others"] == {"dinkes_balita": 2}
    assert not any(nik in json.dumps(said, default=str) for nik in (CHILD_NIK, TWIN_NIK))


def test_who_received_it_why_and_how_long_it_is_kept(people: Home) -> None:
    said = held_of(people, data_subject(people, CHILD))

    assert {one["recipient"] for one in said["purposes"]} == {"Dinas Kesehatan", "Tim evaluasi"}
    assert {one["kind"] for one in said["retention"]} >= {"Berkas kiriman", "Catatan akses"}
    assert said["answers"]["Pejabat"]


def test_every_method_of_matching_is_told_in_words() -> None:
    (method,) = [one for one in table("matched_pairs.person_link").columns if one.name == "match_method"]

    assert set(METHODS) == set(method.values)


def test_the_folder_is_its_owners_alone_and_the_page_says_what_the_data_say(people: Home, tmp_path: Path) -> None:
    folder = write_subject_access(people, data_subject(people, CHILD), tmp_path)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    page = (folder / PAGE).read_text()
    assert "8,4" in page
    assert "Dinas Kesehatan" in page
    assert not any(text in page for text in (MOTHER_NIK, TWIN_NIK, "HOLIFAH"))
    assert json.loads((folder / DATA).read_text())["person_id"] == CHILD


def test_what_is_written_in_a_cell_is_never_markup(own_people: Home, tmp_path: Path) -> None:
    subject = data_subject(own_people, CHILD)
    ask_correction(
        own_people, subject, dataset="dinkes_balita", column="Nama", wanted="<script>x</script>", reason="akta & KK"
    )
    page = (write_subject_access(own_people, subject, tmp_path) / PAGE).read_text()

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "akta &amp; KK" in page


def test_the_command_logs_whom_and_names_nobody(own_people: Home) -> None:
    said = CliRunner().invoke(command, [CHILD_TARGET, "--home", str(own_people.path)])

    assert said.exit_code == 0, said.output
    last = list(entries(own_people))[-1]
    assert (last.action, last.subject) == ("subject_access", CHILD)
    log = "".join(path.read_text() for path in own_people.access_log.glob("*.jsonl"))
    assert not any(text in said.output + log for text in (CHILD_NIK, "SITI"))


@pytest.mark.parametrize("who", ["nobody", "PQQQQQQQQQQQQQQQQ"])
def test_nobody_leaves_no_folder(own_people: Home, who: str) -> None:
    assert CliRunner().invoke(command, [who, "--home", str(own_people.path)]).exit_code == 1
    assert not (own_people.path / "subject_access").exists()
