"""`./padan ui`, started somewhere else, shows what `./padan run` did, warns of nothing, and stops when told to."""

import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from at_the_terminal import PATIENCE, NightRun, command, environment

QUERY = """
{
  workspaceOrError { ... on Workspace { locationEntries {
    name loadStatus locationOrLoadError { __typename ... on PythonError { message } } } } }
  runsOrError { ... on Runs { results { jobName status } } }
  assetNodes {
    assetKey { path }
    assetMaterializations(limit: 1) { metadataEntries { label ... on IntMetadataEntry { intValue } } }
    assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status } } } }
  }
  schedulesOrError(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "padan"}) {
    ... on Schedules { results { name cronSchedule executionTimezone scheduleState { status } } } }
}
"""


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def answer(port: int) -> dict[str, Any] | None:
    """Ask the web server; None while it does not answer or has not loaded the code yet."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": QUERY}).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310 - our own server
            said = json.load(response)
    except OSError:
        return None
    data: dict[str, Any] = said["data"]
    loaded = data["workspaceOrError"]["locationEntries"][0]["loadStatus"] == "LOADED"
    return data if loaded else None


def eventually(ask: Callable[[], dict[str, Any] | None], seconds: float) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := ask()) is not None:
            return found
        time.sleep(0.5)
    raise AssertionError(f"no answer within {seconds} s")


@pytest.fixture(scope="module")
def shown(night_run: NightRun, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, int]:
    """Give what the UI answers on the home of the night, what it wrote to the terminal, and how it ended."""
    said = tmp_path_factory.mktemp("ui") / "stderr"
    home = night_run.copy(said.parent / "home")
    port = free_port()
    with said.open("w") as file:
        ui = subprocess.Popen(
            command("ui", "--home", home.path, "--port", port),
            cwd="/",
            env=environment(),
            stdout=file,
            stderr=file,
            preexec_fn=_listen_to_the_keyboard,
        )
        try:
            data = eventually(lambda: answer(port), PATIENCE)
        finally:
            ui.send_signal(signal.SIGINT)
            try:
                ui.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                ui.kill()
                raise
    return data, said.read_text(), ui.returncode


def _listen_to_the_keyboard() -> None:
    """Let Ctrl-C reach it also where the tests run in the background, whose processes are born deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


Shown = tuple[dict[str, Any], str, int]


def test_the_code_loads_from_any_folder(shown: Shown) -> None:
    ((entry,),) = [shown[0]["workspaceOrError"]["locationEntries"]]

    assert entry["name"] == "padan"
    assert entry["locationOrLoadError"] == {"__typename": "RepositoryLocation"}


def test_the_run_of_the_command_line_is_there(shown: Shown) -> None:
    (run,) = shown[0]["runsOrError"]["results"]

    assert (run["jobName"], run["status"]) == ("nightly", "SUCCESS")


NO_TABLES = (
    *("targeting/agency_snapshots", "targeting/postgres"),
    *("agency_sources/", "agency_promises/", "agency_extracts/late_months"),
)
"""Assets that fetch what is delivered, compare it with what was promised, or hand on what is published."""


def test_every_asset_shows_its_rows_and_checks(shown: Shown) -> None:
    nodes = {"/".join(node["assetKey"]["path"]): node for node in shown[0]["assetNodes"]}

    assert nodes["targeting/targeting"]
    for name, node in nodes.items():
        if not name.startswith(NO_TABLES):
            (made,) = node["assetMaterializations"]
            rows = {entry["label"]: entry.get("intValue") for entry in made["metadataEntries"]}
            assert rows["dagster/row_count"] is not None
        for check in node["assetChecksOrError"].get("checks", []):
            assert check["executionForLatestMaterialization"]["status"] in ("SUCCEEDED", "FAILED")
    assert len(nodes["targeting/targeting"]["assetChecksOrError"]["checks"]) > 20


def test_the_schedules_are_off(shown: Shown) -> None:
    schedules = shown[0]["schedulesOrError"]["results"]

    assert sorted(schedule["cronSchedule"] for schedule in schedules) == ["0 2 * * *", "0 4 * * *"]
    for schedule in schedules:
        assert schedule["scheduleState"]["status"] == "STOPPED"
        assert schedule["executionTimezone"] == "Asia/Jakarta"


def test_it_starts_without_a_warning_and_stops_when_told(shown: Shown) -> None:
    _, said, code = shown

    (line,) = said.splitlines()
    assert line.startswith("http://127.0.0.1:")
    assert code == 0
