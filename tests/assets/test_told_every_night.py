"""What intake refuses or warns of is told on every night on which it still lies there, not on the first one alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.definitions import defs
from assets.run_record import run_record
from integration.run_summary import daily_text, latest_summary, metrics_text, summarise, write_summary
from tests.integration.intake.agency_files import MEMBER, deliver, write_bytes
from warehouse.settings import Home

MUTATIONS, MEMBERS = "dukcapil_mutasi", "dtsen_anggota"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(tmp_path / "home")
    monkeypatch.setenv("PADAN_HOME", str(home.path))  # where the run's log is written
    return home


def night(home: Home, extracts: Path, datasets: Sequence[str] = (MUTATIONS, MEMBERS)) -> dict[str, Any]:
    """Take in some datasets and give the summary, written into the home."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("nightly").execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(["agency_extracts", dataset]) for dataset in datasets],
            run_config={
                "resources": {"night": {"config": {"home": str(home.path), "extracts": str(extracts)}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
        summary = summarise(run_record(instance, result.run_id), home, latest_summary(home))
    write_summary(home, summary)
    return summary


def of(summary: dict[str, Any], dataset: str) -> dict[str, Any]:
    (found,) = [one for one in summary["datasets"] if one["dataset"] == dataset]
    return found


def test_what_is_refused_or_warned_of_and_still_lies_there_is_told_every_night(home: Home, tmp_path: Path) -> None:
    extracts = tmp_path / "extracts"
    empty = write_bytes(extracts / "civil_registration" / MUTATIONS / "2026-10" / f"{MUTATIONS}_3509_202610.csv", b"")
    for folder in ("a", "b"):
        deliver(extracts / folder, MEMBERS, [{**MEMBER, "nama_anggota_keluarga": folder}])
    for number in range(3):
        summary = night(home, extracts)
        members, mutations = of(summary, MEMBERS), of(summary, MUTATIONS)
        assert (members["accepted"], members["unchanged"]) == ((0, 2) if number else (2, 0))
        assert [text for text in members["warnings"] if "two deliveries of this month lie there" in text]
        assert mutations["refused"] == 1
        assert "the file is empty" in mutations["refusals"][0]
        assert "the file is empty" in daily_text(summary, "page")[1]
        assert f'padan_deliveries_refused{{dataset="{MUTATIONS}"}} 1.0' in metrics_text(home)
    assert summary["steps"]["unchanged"], "and yet nothing was made"

    summary = night(home, extracts, [MEMBERS])  # as the job of another agency
    assert (of(summary, MUTATIONS)["looked_at"], of(summary, MUTATIONS)["refused"]) == (False, 0)
    assert f'padan_deliveries_refused{{dataset="{MUTATIONS}"}} 1.0' in metrics_text(home)

    empty.unlink()
    summary = night(home, extracts)
    assert of(summary, MUTATIONS)["refusals"] == []
    assert f'padan_deliveries_refused{{dataset="{MUTATIONS}"}} 0.0' in metrics_text(home)
