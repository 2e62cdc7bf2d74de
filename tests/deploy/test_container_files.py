"""What `deploy/container` names is there, and every service of it may do as little as the units may."""

import re
import subprocess
from typing import Any

import pytest
import yaml
from at_the_terminal import ROOT

from assets.command_line.__main__ import _COMMANDS

FOLDER = ROOT / "deploy" / "container"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return said


def test_what_goes_into_the_image_is_there_and_let_in() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (FOLDER / "Containerfile").read_text(encoding="utf-8"), re.M)
    let_in = (ROOT / ".containerignore").read_text(encoding="utf-8")

    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert f"!{name}\n" in let_in


def test_the_image_runs_as_nobody_that_is_root() -> None:
    said = (FOLDER / "Containerfile").read_text(encoding="utf-8")

    assert re.findall(r"^USER (.+)$", said, re.M) == ["padan"]


def test_services_start_and_ask_with_commands_that_are_there(compose: dict[str, Any]) -> None:
    for name in ("web", "daemon"):
        service = compose["services"][name]
        assert service["command"][0] in _COMMANDS
        assert service["healthcheck"]["test"][:2] == ["CMD", "/opt/padan/padan"]
        assert service["healthcheck"]["test"][2:] == [service["command"][0], "--check"]


def test_what_compose_names_is_there_or_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service["volumes"]:
            place = volume.partition(":")[0]
            assert (FOLDER / place).is_file() if place.startswith(".") else place in compose["volumes"]
        assert set(service["networks"]) <= set(compose["networks"])
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
    build = compose["services"]["web"]["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).is_file()


def test_every_service_may_do_as_little_as_it_needs(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"mem_limit", "pids_limit", "healthcheck", "restart"} <= set(service)
    assert compose["services"]["web"]["ports"] == ["127.0.0.1:3000:3000"]
    assert all("ports" not in compose["services"][name] for name in ("daemon", "database"))
    assert compose["services"]["web"]["volumes"] == ["dagster:/home/padan/dagster"]
    assert compose["networks"]["records"] == {"internal": True}


def test_no_password_stands_in_a_file(compose: dict[str, Any]) -> None:
    assert "password=" not in str(compose)
    subprocess.run(["bash", "-n", FOLDER / "database.sh"], check=True)
