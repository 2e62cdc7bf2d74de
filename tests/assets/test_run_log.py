"""What Dagster hears of a run goes into the home's log and summary, without the text of an unforeseen error."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.night import told_as_failure
from assets.run_log import RUN_LOG, run_log
from assets.run_record import run_record, used
from assets.run_summary import run_summaries, write_missing
from integration.run_summary import latest_summary, summaries
from warehouse.errors import HomeError
from warehouse.settings import Home

CANARY = "3509075512219991"
SAID = "dinkes_balita: reading <a.xlsx>"


@dg.asset(
    key=["agency_extracts", "dinkes_balita"],
    check_specs=[dg.AssetCheckSpec("rows", asset=["agency_extracts", "dinkes_balita"])],
)
def extract(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    context.log.info(SAID)
    check = dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="4 at fault.")
    yield dg.MaterializeResult(metadata={"period": "2026-10"}, check_results=[check])
    context.log.info(used())


@dg.asset(key=["persons", "persons"], deps=[extract])
def unforeseen() -> None:
    raise KeyError(CANARY)


@dg.asset(key=["persons", "persons"], deps=[extract])
def foreseen() -> None:
    with told_as_failure(Home(Path())):
        raise HomeError("The disk is full; make room.")


def ran(home: Home, last: dg.AssetsDefinition, instance: dg.DagsterInstance) -> str:
    """Run the two steps and give the run's id."""
    job = dg.define_asset_job(
        "nightly", config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}, RUN_LOG: {}}}
    )
    defs = dg.Definitions(
        assets=[extract, last],
        jobs=[job],
        executor=dg.in_process_executor,
        loggers={"console": dg.colored_console_logger, RUN_LOG: run_log},
    )
    done = defs.resolve_job_def("nightly").execute_in_process(instance=instance, raise_on_error=False)
    assert not done.success
    return done.run_id


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("PADAN_HOME", str(tmp_path / "home"))
    return Home.from_environment()


def test_each_line_is_an_object_and_no_error_is_quoted(home: Home) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run_id = ran(home, unforeseen, instance)

    (log,) = (home.path / "logs").iterdir()
    assert CANARY not in log.read_text()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["run"] for line in lines} == {run_id}
    assert all(line["time"].endswith("Z") and line["level"] and line["job"] == "nightly" for line in lines)
    (said,) = [line for line in lines if line["message"] == SAID]
    assert (said["step"], said["agency"], said["dataset"]) == (
        "agency_extracts/dinkes_balita",
        "health",
        "dinkes_balita",
    )
    (done,) = [line for line in lines if "seconds" in line]
    assert (done["step"], done["message"]) == ("agency_extracts/dinkes_balita", "done")
    (warned,) = [line for line in lines if line["level"] == "WARNING"]
    assert warned["message"] == "Check agency_extracts/dinkes_balita:rows failed: 4 at fault."
    errors = [line["message"] for line in lines if line["level"] == "ERROR"]
    assert "An unforeseen KeyError stopped a step" in errors[0]
    assert errors[-1] == "The run failed."
    assert log.stat().st_mode & 0o077 == 0


def test_a_run_without_a_summary_gets_one_once(home: Home) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run_id = ran(home, foreseen, instance)
        record = run_record(instance, run_id)
        young = run_summaries(
            dg.build_sensor_context(instance=instance)
        )  # too young for the sensor, not for its process
        assert latest_summary(home) is None
        pages = write_missing(instance, home)
        again = write_missing(instance, home)

    assert record.outcome == "failed"
    assert record.failures == ("The disk is full; make room.",)
    assert [check.severity for check in record.failed_checks] == ["WARN"]
    assert {step.key for step in record.steps} == {"agency_extracts__dinkes_balita", "persons__persons"}
    assert isinstance(young, dg.SkipReason)
    assert len(pages) == 1
    assert again == []
    (summary,) = summaries(home)
    assert summary["run"]["failures"] == ["The disk is full; make room."]
    assert summary["run"]["period"] == "2026-10"
    assert summary["machine"]["peak_memory_bytes"] > 0
    assert (home.path / "metrics" / "padan.prom").is_file()


def test_a_run_that_was_ended_from_outside_was_killed(home: Home) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        job = dg.Definitions(assets=[extract]).resolve_implicit_global_asset_job_def()
        run = instance.create_run_for_job(job, run_id=None, status=dg.DagsterRunStatus.STARTED)
        instance.report_run_failed(run, "The run was killed.")
        write_missing(instance, home)

    assert [one["run"]["outcome"] for one in summaries(home)] == ["killed"]
