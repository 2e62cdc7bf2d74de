"""A restore of an older backup brings nobody back who was erased since, as far as a newer backup knows."""

import shutil
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner

from assets.command_line.erase import command as erase_command
from assets.command_line.restore import command as restore_command
from integration.examination.erasures import examine_erasures
from integration.examination.finding import Examined
from integration.privacy.data_subject import data_subject
from integration.privacy.erased_again import erase_again, still_published
from integration.privacy.erasure import erase
from integration.privacy.tombstones import bury
from tests.integration.privacy.privacy_world import (
    CHILD,
    CHILD_NIK,
    CHILD_TARGET,
    FAMILY_TARGET,
    MOTHER,
    MOTHER_NIK,
    MOTHER_TARGET,
    TWIN_NIK,
    cut,
    published,
    targets,
    with_policy,
)
from tests.integration.privacy.test_erasure import holding
from warehouse.backup import back_up
from warehouse.publication import publications
from warehouse.settings import Home

OF_CHILD = (CHILD, CHILD_NIK, CHILD_TARGET)


@pytest.fixture
def home(own_people: Home) -> Home:
    cut(own_people, published(own_people, "run-0002", "2026-11"))
    return own_people


def restored(source: Path, home: Home, *more: str) -> tuple[Home, str]:
    """Restore by the command line; gives the home and what was told."""
    to = Home(home.path.with_name(f"{home.path.name}-again"))
    told = CliRunner().invoke(restore_command, [str(source), "--home", str(to.path), *more])
    assert told.exit_code == 0, told.output
    return to, told.output


def test_who_was_erased_since_stays_erased(home: Home, tmp_path: Path) -> None:
    before = back_up(home, tmp_path / "kept").folder
    erase(home, data_subject(home, CHILD), "request 1")
    erase(home, data_subject(home, MOTHER), "request 2")
    back_up(home, tmp_path / "kept")

    again, told = restored(before, home)

    assert "\n2 people who were erased after that backup was made were taken out again.\n" in told
    assert holding(again, *OF_CHILD, MOTHER, MOTHER_NIK) == set()
    assert holding(again, TWIN_NIK)
    assert len(publications(again)) == 2
    assert (again.path / "erasures.jsonl").read_text() == (home.path / "erasures.jsonl").read_text()
    assert [one.state for one in examine_erasures(Examined(again))] == ["ok"]
    assert erase_again(again) == 0


def test_an_encrypted_backup_knows_it_too(home: Home, tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(str(key))
    before = back_up(home, tmp_path / "kept", encrypt_to=str(key.to_public())).folder
    erase(home, data_subject(home, CHILD), "request 1")
    back_up(home, tmp_path / "kept", encrypt_to=str(key.to_public()))

    again, _ = restored(before, home, "--identity", str(tmp_path / "key"))

    assert holding(again, *OF_CHILD) == set()


def test_another_home_s_backups_and_damaged_ones_are_not_asked(home: Home, tmp_path: Path) -> None:
    before = back_up(home, tmp_path / "kept").folder
    erase(home, data_subject(home, CHILD), "request 1")
    after = back_up(home, tmp_path / "kept").folder
    (after / "home" / "erasures.jsonl").write_text("cut sho")
    other = Home(tmp_path / "other")
    other.keys.mkdir(parents=True)
    (other.keys / "person.key").write_bytes(b"x" * 32)
    (other.path / "erasures.jsonl").write_text("of others\n")
    back_up(other, tmp_path / "kept")

    again, told = restored(before, home)

    assert "taken out again" not in told
    assert "is in it again: repeat that (./padan erase)" in told
    assert not (again.path / "erasures.jsonl").exists()
    assert holding(again, *OF_CHILD)


def test_a_memory_that_was_put_back_by_hand_is_told_and_honoured(home: Home, tmp_path: Path) -> None:
    before = back_up(home, tmp_path / "kept").folder
    erase(home, data_subject(home, MOTHER), "request 1")
    again, _ = restored(before, home)
    shutil.copyfile(home.path / "erasures.jsonl", again.path / "erasures.jsonl")
    shutil.copyfile(home.keys / "erasure.key", again.keys / "erasure.key")
    (again.keys / "erasure.key").chmod(0o600)

    assert [one.name for one in still_published(again)] == [MOTHER]
    (finding,) = examine_erasures(Examined(again))
    assert (finding.state, finding.says[:42]) == ("broken", "1 who were erased stand in publications. T")
    said = CliRunner().invoke(erase_command, ["--again", "--home", str(again.path)])
    assert said.output.startswith("1 people who were erased before stand in publications that are kept.\n\nNothing was")
    assert holding(again, MOTHER, MOTHER_NIK)

    CliRunner().invoke(erase_command, ["--again", "--confirm", "--home", str(again.path)])

    assert holding(again, MOTHER, MOTHER_NIK) == set()


def test_the_number_of_one_who_is_no_target_leaves_the_row_of_the_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    with_policy(home)
    others = [one for one in targets() if one["target_id"] != MOTHER_TARGET]
    monkeypatch.setattr("tests.integration.privacy.privacy_world.targets", lambda: others)
    published(home)
    bury(home, [], MOTHER_NIK, "request 1")
    assert holding(home, MOTHER_NIK)

    assert erase_again(home) == 1

    assert holding(home, MOTHER_NIK) == set()
    assert holding(home, FAMILY_TARGET)


@pytest.mark.parametrize("asked", [[], [CHILD], [CHILD, "--again", "--basis", "x"]])
def test_either_somebody_with_a_basis_or_all_again(home: Home, asked: list[str]) -> None:
    said = CliRunner().invoke(erase_command, [*asked, "--home", str(home.path)])
    assert said.exit_code == 2
    assert "or --again without either" in said.output
