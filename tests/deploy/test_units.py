"""What `deploy/systemd` names is there: commands, paths, files; and systemd itself finds no fault, where it is."""

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from at_the_terminal import ROOT

from assets.command_line.__main__ import _COMMANDS

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
INSTALLED = "/opt/padan"


class _Lines(dict[str, str]):
    """Keeps every line of a key that is written more than once, as systemd does."""

    def __setitem__(self, key: str, value: object) -> None:
        if isinstance(value, list) and key in self:
            value = [*super().__getitem__(key), *value]  # type: ignore[list-item]
        super().__setitem__(key, value)  # type: ignore[assignment]


def read(unit: Path) -> dict[str, dict[str, list[str]]]:
    """Give sections, keys and the lines of each."""
    parser = configparser.ConfigParser(dict_type=_Lines, strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(unit, encoding="utf-8")
    return {name: {key: value.split("\n") for key, value in parser[name].items()} for name in parser.sections()}


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_every_service_starts_a_command_that_is_there(unit: Path) -> None:
    ((program, command, *_),) = [line.split() for line in read(unit)["Service"]["ExecStart"]]

    assert program == f"{INSTALLED}/padan"
    assert os.access(ROOT / "padan", os.X_OK)
    assert command in _COMMANDS


@pytest.mark.parametrize(
    "unit", [*SERVICES, *UNITS.glob("*.target"), *UNITS.glob("*.timer")], ids=lambda unit: unit.name
)
def test_every_document_and_unit_that_is_named_is_there(unit: Path) -> None:
    said = read(unit)["Unit"]
    keys = ("PartOf", "Wants", "After", "OnFailure")
    named = {word for key in keys for line in said.get(key, []) for word in line.split()}

    for word in (word for word in named if word.startswith("padan")):
        assert (UNITS / word).is_file()
    for line in said.get("Documentation", []):
        assert (ROOT / line.removeprefix(f"file:{INSTALLED}/")).is_file()


def test_no_service_may_take_back_what_all_of_them_must_not_do() -> None:
    denied = set(read(UNITS / "padan-.service.d" / "10-least-privilege.conf")["Service"])

    for unit in SERVICES:
        assert set(read(unit)["Service"]) & denied <= {"EnvironmentFile", "InaccessiblePaths"}  # those add up


def test_the_web_server_gets_neither_the_home_nor_the_secrets_of_the_night() -> None:
    web = read(UNITS / "padan-web.service")["Service"]

    assert "--host 127.0.0.1" in web["ExecStart"][0]
    assert "EnvironmentFile" not in web
    assert "StateDirectory" not in web
    assert web["TemporaryFileSystem"][0].startswith("/var/lib/padan:")
    assert web["BindPaths"] == ["/var/lib/padan/dagster"]


def test_of_a_night_that_was_killed_somebody_else_tells() -> None:
    night, tells = read(UNITS / "padan-night.service"), read(UNITS / "padan-tell.service")["Service"]

    assert night["Unit"]["OnFailure"] == ["padan-tell.service"]
    assert tells["ExecStart"] == [f"{INSTALLED}/padan alerts send"]
    for key in ("EnvironmentFile", "StateDirectory", "StateDirectoryMode"):  # the same mail server, the same home
        assert tells[key] == night["Service"][key]


def test_the_timer_is_the_schedule() -> None:
    assert read(UNITS / "padan-night.timer")["Timer"]["OnCalendar"] == ["*-*-* 02:00:00 Asia/Jakarta"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    for file in [*tmp_path.glob("*.*"), *tmp_path.glob("*.d/*")]:
        if file.is_file():
            file.write_text(file.read_text(encoding="utf-8").replace(INSTALLED, str(ROOT)), encoding="utf-8")

    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, [*tmp_path.glob("*.service"), *tmp_path.glob("*.timer")])],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert [line for line in said.stderr.splitlines() if "padan" in line] == []


def test_the_installer_is_a_sound_script() -> None:
    subprocess.run(["sh", "-n", UNITS / "install.sh"], check=True)
    for name in ("padan.sysusers", "padan.tmpfiles", "padan.env.example", "night.env.example"):
        assert (UNITS / name).is_file()
