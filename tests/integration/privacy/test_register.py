"""The register says what the policy, contracts and retention rules in force say, and marks what is open."""

from pathlib import Path

import yaml
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from assets.command_line.register import command
from integration.contracts import contracts
from integration.contracts.contract import AGENCIES
from integration.privacy.law import law
from integration.privacy.register import IMPACT, REGISTER, SHEET, register, write_register
from tests.integration.privacy.privacy_world import CHILD_NIK, MOTHER_NIK
from warehouse.entitlements import policy_in_force
from warehouse.settings import Home
from warehouse.tables.declaration import PRIVACY


def table(home: Home, title: str) -> list[dict[str, str]]:
    (found,) = [one for one in register(home) if one.title == title]
    return [dict(zip(found.head, row, strict=True)) for row in found.rows]


def test_every_recipient_stands_with_purpose_basis_and_term(people: Home) -> None:
    said = {one["Penerima"]: one for one in table(people, "Penerima")}

    assert set(said) == set(policy_in_force(people).recipients)
    dinkes = policy_in_force(people).recipients["dinkes"]
    assert said["dinkes"]["Dasar hukum"] == dinkes.legal_basis
    assert said["dinkes"]["Disimpan penerima"] == "31 hari"
    assert said["dinkes"]["Tujuan"].startswith("NUTRITION_KIA")


def test_every_column_a_recipient_sees_stands_in_its_class(people: Home) -> None:
    said = {(one["Penerima"], one["Tampilan"]): one for one in table(people, "Data yang diterima")}

    numbers = "Pengenal (NIK, nomor KK)"
    assert said["dinkes", "targeting_bnba"][numbers] == "utuh: nik, mother_nik; disamarkan: no_kk"
    assert said["evaluasi", "targeting_pseudo"][numbers] == "-"


def test_every_source_and_class_and_agency_is_spoken_of(people: Home) -> None:
    assert {one["Dataset"] for one in table(people, "Sumber data")} == set(contracts())
    assert set(law().agencies) == set(AGENCIES)
    assert set(law().classes) == {one for one in PRIVACY if one != "none"}


def test_a_changed_policy_changes_the_register(own_people: Home) -> None:
    said = yaml.safe_load(own_people.policy.read_text())
    said["recipients"]["dinkes"] |= {"purpose": {"code": "NEW", "says": "Sesuatu | lain"}, "keep_days": 7}
    own_people.policy.write_text(yaml.safe_dump(said))

    (dinkes,) = [one for one in table(own_people, "Penerima") if one["Penerima"] == "dinkes"]

    assert (dinkes["Tujuan"], dinkes["Disimpan penerima"]) == ("NEW: Sesuatu | lain", "7 hari")


def test_the_documents_mark_what_is_open_and_hold_nobody(people: Home, tmp_path: Path) -> None:
    folder, questions = write_register(people, tmp_path / "register")

    texts = {name: (folder / name).read_text() for name in (REGISTER, IMPACT)}
    assert questions == sum(
        text.count(mark) for text in texts.values() for mark in ("[hukum", "isi nomornya", "TANYA:")
    )
    assert questions > 10
    assert "| Sasaran balita | 2 |" in texts[IMPACT]
    assert not any(nik in text for text in texts.values() for nik in (CHILD_NIK, MOTHER_NIK))
    for text in texts.values():
        widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("| ")}
        assert widths
    assert "Penerima" in CalamineWorkbook.from_path(folder / SHEET).sheet_names


def test_a_home_without_a_publication_has_a_register(tmp_path: Path) -> None:
    said = CliRunner().invoke(command, ["--home", str(tmp_path)])

    assert said.exit_code == 0, said.output
    assert "belum ada" in (tmp_path / "register" / REGISTER).read_text()
    assert CliRunner().invoke(command, ["--home", str(tmp_path)]).exit_code == 0, "it replaces its own folder"
