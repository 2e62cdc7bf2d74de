"""Fetching as part of the night: what is tried again, what stops nothing, and what the terminal says."""

from pathlib import Path

import dagster as dg
import pytest
import yaml
from at_the_terminal import assert_one_sentence, padan

from assets import agency_sources
from assets.agency_sources import CHECK, SOURCES, source_key
from assets.night import Night
from integration.sources import inbox_held
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(agency_sources, "SECONDS_BEFORE_AGAIN", (0, 0))
    made = Home(tmp_path / "home")
    made.inbox.mkdir(parents=True)
    return made


def declare(home: Home, **folders: Path) -> None:
    said = {
        f"health/{dataset}": {"from": "folder", "path": str(folder), "quiet_seconds": 2, "month": "previous"}
        for dataset, folder in folders.items()
    }
    home.sources.write_text(yaml.safe_dump({"kabupaten": "35.09", "sources": said}))


def fetch_health(home: Home, extracts: Path | None = None) -> dg.ExecuteInProcessResult:
    (health,) = [one for one in SOURCES if source_key("health") in one.keys]
    night = Night(home=str(home.path), extracts=str(extracts or home.inbox))
    return dg.materialize([health], resources={"night": night}, raise_on_error=False)


def the_check(result: dg.ExecuteInProcessResult) -> tuple[bool, str, dg.AssetCheckSeverity]:
    (found,) = [one for one in result.get_asset_check_evaluations() if one.check_name == CHECK]
    return found.passed, found.description or "", found.severity


def steps_again(result: dg.ExecuteInProcessResult) -> int:
    return len([event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"])


def test_a_source_that_is_down_is_tried_again_and_stops_nothing(home: Home, tmp_path: Path) -> None:
    (tmp_path / "kematian").mkdir()
    (tmp_path / "kematian/deaths_202610.csv").write_text("NIK")
    declare(home, dinkes_balita=tmp_path / "gone", dinkes_kematian=tmp_path / "kematian")

    result = fetch_health(home)

    assert result.success
    assert steps_again(result) == 2
    passed, said, severity = the_check(result)
    assert (passed, severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "there is no such folder" in said
    assert said.endswith("nothing of it is in force.")


def test_what_only_a_person_can_mend_is_not_tried_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    said = {
        "from": "s3", "bucket": "b", "access_key_env": "NO_SUCH_PASSWORD", "secret_key_env": "NO_SUCH_PASSWORD",
    }  # fmt: skip
    home.sources.write_text(yaml.safe_dump({"kabupaten": "35.09", "sources": {"health/dinkes_balita": said}}))

    result = fetch_health(home)

    assert result.success
    assert steps_again(result) == 0
    assert "NO_SUCH_PASSWORD, which holds the access key, is not set" in the_check(result)[1]


def test_a_fault_that_nobody_foresaw_stops_nothing(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(home, dinkes_balita=tmp_path)
    monkeypatch.setattr(agency_sources, "fetch_source", lambda *_, **__: {}["SITI 3509"])

    result = fetch_health(home)

    assert result.success
    passed, said, _ = the_check(result)
    assert not passed
    assert "an unforeseen KeyError stopped the fetch" in said
    assert "SITI" not in said


def test_a_run_on_another_folder_asks_no_source(home: Home, tmp_path: Path) -> None:
    declare(home, dinkes_balita=tmp_path / "gone")

    passed, said, _ = the_check(fetch_health(home, tmp_path))

    assert passed
    assert "not asked: this run reads" in said


def test_a_run_and_a_fetch_do_not_use_the_inbox_at_once(home: Home, tmp_path: Path) -> None:
    declare(home, dinkes_balita=tmp_path)

    with inbox_held(home):
        assert_one_sentence(padan("sources", "fetch", "--home", home.path), "Another run or fetch is using the inbox")
        assert not fetch_health(home).success


def test_the_terminal_tries_fetches_and_tells(home: Home, tmp_path: Path) -> None:
    assert_one_sentence(padan("sources", "check", "--home", home.path), "has no sources.yaml")
    drop = tmp_path / "drop"
    drop.mkdir()
    declare(home, dinkes_balita=drop)
    assert_one_sentence(padan("sources", "check", "--home", home.path), "wrong", "it is empty")
    assert_one_sentence(padan("sources", "fetch", "health/x", "--home", home.path), "No source is called health/x")

    (drop / "balita_202610.csv").write_text("NIK")
    said = padan("sources", "check", "--home", home.path)
    assert (said.returncode, said.stdout.split()[:2]) == (0, ["good", "health/dinkes_balita"])


def test_a_run_without_folder_or_sources_says_what_to_do(tmp_path: Path) -> None:
    said = padan("run", "--home", tmp_path / "home")

    assert_one_sentence(said, "has neither sources.yaml nor an inbox", "--extracts")
    assert not (tmp_path / "home").exists()
