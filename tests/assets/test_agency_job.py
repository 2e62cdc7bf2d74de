"""An agency sent a corrected file: its job in the afternoon, then the night, which redoes what is left and no more."""

import shutil
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from at_the_terminal import NightRun, ask

from assets.definitions import defs
from assets.run_record import run_record
from benchmarks.killed_nights import differing
from warehouse.settings import Home

AGENCY = "civil_registration"
NIGHT = ("agency_extracts", "clean_records")
"""The stages that the nights below make: those in which an agency's job works. What follows hangs on their versions."""
REGISTERS = {
    "agency_extracts.delivery",
    "agency_extracts.source_file",
    "agency_extracts.quarantine",
    "agency_extracts.delivery_measure",
}


@pytest.fixture(scope="module")
def corrected(night_run: NightRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the deliveries of the night, the register of the population with its last persons left out."""
    extracts = tmp_path_factory.mktemp("corrected") / "extracts"
    shutil.copytree(night_run.extracts, extracts)
    (register,) = (extracts / "civil_registration/dukcapil_penduduk").rglob("*.csv")
    lines = register.read_text("utf-8-sig").splitlines()
    register.write_text("".join(f"{line}\r\n" for line in lines[:-40]), "utf-8-sig")
    return extracts


def run(job: str, home: Home, extracts: Path, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    selection = None if job == AGENCY else [key for key in keys("nightly") if key.path[0] in NIGHT]
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance,
        asset_selection=selection,
        run_config={
            "resources": {"night": {"config": {"home": str(home.path), "extracts": str(extracts)}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        },
        raise_on_error=False,
    )


def keys(job: str) -> list[dg.AssetKey]:
    return list(defs.resolve_job_def(job).asset_layer.executable_asset_keys)


def unchanged(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    """Say of each table whether it stood."""
    return {
        ".".join(event.asset_key.path): "unchanged_since" in event.materialization.metadata
        for event in result.all_events
        if event.is_step_materialization and event.asset_key and event.asset_key.path[0] in NIGHT
    }


def test_the_night_after_an_agencys_job_redoes_what_is_left(
    night_run: NightRun, corrected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, night_alone = (night_run.copy(tmp_path / name) for name in ("looked_at", "night_alone"))
    monkeypatch.setenv("PADAN_HOME", str(looked_at.path))
    with dg.DagsterInstance.ephemeral() as instance:
        afternoon = run(AGENCY, looked_at, corrected, instance)
        assert afternoon.success
        assert run_record(instance, afternoon.run_id).outcome == "done"
        night = run("nightly", looked_at, corrected, instance)
        assert night.success
        alone = run("nightly", night_alone, corrected, instance)
        assert alone.success

    stood, stood_alone = unchanged(night), unchanged(alone)
    register = {"agency_extracts.dukcapil_penduduk", "clean_records.dukcapil_penduduk"}
    assert {table for table in register if unchanged(afternoon)[table]} == set()
    assert {table for table in stood if stood[table] != stood_alone[table]} == register | REGISTERS
    assert stood_alone["clean_records.dinkes_balita"]
    assert not stood["clean_records.person_record"]
    assert versions(looked_at) == versions(night_alone)
    assert rows_that_differ(looked_at, night_alone) == []


def versions(home: Home) -> list[tuple[str, ...]]:
    """Give what each table and each verdict rests on."""
    tables = ask(home.database, "SELECT table_name, version FROM night.made ORDER BY ALL")
    return tables + ask(home.database, "SELECT rule, version FROM night.verdict ORDER BY ALL")


def rows_that_differ(one: Home, two: Home) -> list[tuple[str, int]]:
    with duckdb.connect() as connection:
        for name, home in (("one", one), ("two", two)):
            connection.execute(f"ATTACH '{home.database}' AS {name} (READ_ONLY)")
        return differing(connection)
