"""`./padan runs` and `./padan metrics`: what an operator and Prometheus are told."""

import json
import threading
from collections.abc import Iterator

import pytest
import requests
from at_the_terminal import PATIENCE, NightRun, assert_one_sentence, padan
from prometheus_client.parser import text_string_to_metric_families

from assets.command_line.metrics import CannotListen, _address, server
from integration.run_summary import latest_summary


def test_runs_are_listed_and_shown(night_run: NightRun) -> None:
    summary = latest_summary(night_run.home)
    assert summary is not None
    run_id = summary["run"]["id"]

    listed = padan("runs", "--home", night_run.home.path)
    shown = padan("runs", "show", run_id[:8], "--home", night_run.home.path, "--json")

    assert listed.returncode == shown.returncode == 0, listed.stderr + shown.stderr
    assert run_id[:8] in listed.stdout
    assert "published" in listed.stdout
    assert json.loads(shown.stdout) == summary
    assert_one_sentence(padan("runs", "show", "nope", "--home", night_run.home.path), "No run 'nope'", "./padan runs")


def test_the_metrics_are_printed(night_run: NightRun) -> None:
    said = padan("metrics", "--home", night_run.home.path)

    assert said.returncode == 0, said.stderr
    assert "padan_run_success" in {one.name for one in text_string_to_metric_families(said.stdout)}


@pytest.fixture
def url(night_run: NightRun) -> Iterator[str]:
    with server(night_run.home, "127.0.0.1", 0) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()
        thread.join()


def test_they_are_served_with_the_health_of_the_home(url: str) -> None:
    metrics, health, other = (requests.get(f"{url}/{path}", timeout=PATIENCE) for path in ("metrics", "healthz", "x"))

    assert metrics.status_code == 200
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert list(text_string_to_metric_families(metrics.text))
    assert (health.status_code, health.json()["last_run"]) == (200, "published")
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("9150", ("127.0.0.1", 9150)),
        (":9150", ("127.0.0.1", 9150)),
        ("10.0.0.5:80", ("10.0.0.5", 80)),
        ("localhost:1", ("localhost", 1)),
    ],
)
def test_without_a_host_only_this_machine_is_answered(listen: str, address: tuple[str, int]) -> None:
    assert _address(listen) == address


@pytest.mark.parametrize("listen", ["", "x", "host:", "127.0.0.1:99999", "evil.example:9150", "-1"])
def test_what_is_no_address_is_said(listen: str) -> None:
    with pytest.raises(CannotListen, match="it must be such as"):
        _address(listen)


def test_an_address_in_use_is_said(night_run: NightRun) -> None:
    with (
        server(night_run.home, "127.0.0.1", 0) as serving,
        pytest.raises(CannotListen, match="Name another with --listen"),
    ):
        server(night_run.home, "127.0.0.1", serving.server_address[1])
