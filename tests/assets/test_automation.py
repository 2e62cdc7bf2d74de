"""What runs by itself: schedule, drop folder, jobs of the agencies, promises, killed runs, and who is told."""

import datetime as dt
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import yaml
from at_the_terminal import NightRun, assert_one_sentence, padan
from click.testing import CliRunner
from dagster._utils.schedules import schedule_execution_time_iterator

from assets.agency_promises import PROMISES, policy, promise_key
from assets.automation import drop_folder as sensor_module
from assets.automation.alerts import tell_failure, tell_late, tell_success
from assets.automation.drop_folder import QUIET_SECONDS, drop_folder
from assets.automation.jobs import AGENCY_JOBS, BY_DROP_FOLDER, TRIGGER
from assets.automation.killed_runs import KILLED, end_killed_runs
from assets.automation.schedules import at_two
from assets.automation.telling import tell_run, tell_stopped, tell_summary
from assets.command_line.alerts import command as alerts
from assets.command_line.night import set_environment
from assets.definitions import defs
from assets.night import Night
from assets.run_outcome import failures
from integration.contracts import AGENCIES, Promise, contracts
from integration.examination.alerts import examine_alerts
from integration.examination.finding import Examined
from integration.run_summary import latest_summary
from warehouse.database import one_run, writer
from warehouse.errors import HomeError
from warehouse.settings import Home, remember_extracts

JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home(tmp_path / "home")
    made.inbox.mkdir(parents=True)
    monkeypatch.setenv("PADAN_HOME", str(made.path))
    monkeypatch.delenv("PADAN_EXTRACTS", raising=False)
    return made


# --- the schedule --------------------------------------------------------------------------------------------------


def test_the_night_comes_once_a_day_across_midnight_and_new_year() -> None:
    start = dt.datetime(2026, 12, 30, 23, 59, tzinfo=JAKARTA).timestamp()
    ticks = schedule_execution_time_iterator(start, at_two.cron_schedule, at_two.execution_timezone)

    assert [str(next(ticks)) for _ in range(3)] == [
        "2026-12-31 02:00:00+07:00",
        "2027-01-01 02:00:00+07:00",
        "2027-01-02 02:00:00+07:00",
    ]


@pytest.mark.parametrize("day", ["2026-12-31T23:59", "2027-01-01T00:00", "2027-01-01T02:00", "2028-02-29T02:00"])
def test_each_tick_asks_for_one_night_and_says_that_it_was_the_schedule(day: str) -> None:
    context = dg.build_schedule_context(scheduled_execution_time=dt.datetime.fromisoformat(day).replace(tzinfo=JAKARTA))

    (request,) = at_two.evaluate_tick(context).run_requests or ()

    assert request.tags[TRIGGER] == "schedule"


# --- the drop folder -----------------------------------------------------------------------------------------------


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


class Sensor:
    """The drop folder's sensor as the daemon calls it: with the cursor it left last time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Clock()
        self.cursor: str | None = None
        monkeypatch.setattr(sensor_module, "time", self.clock)

    def after(self, seconds: float) -> dg.RunRequest | dg.SkipReason:
        self.clock.now += seconds
        context = dg.build_sensor_context(cursor=self.cursor)
        found = drop_folder(context)
        self.cursor = context.cursor
        assert isinstance(found, dg.RunRequest | dg.SkipReason)
        return found

    def says(self, seconds: float) -> str:
        found = self.after(seconds)
        assert isinstance(found, dg.SkipReason)
        assert found.skip_message
        return found.skip_message

    def asks(self, seconds: float) -> dg.RunRequest:
        found = self.after(seconds)
        assert isinstance(found, dg.RunRequest)
        return found


@pytest.fixture
def sensor(home: Home, monkeypatch: pytest.MonkeyPatch) -> Sensor:
    return Sensor(monkeypatch)


def test_it_asks_for_a_night_once_what_is_new_was_left_alone(home: Home, sensor: Sensor) -> None:
    assert sensor.says(0) == f"Waiting for a first delivery in {home.inbox}."
    file = home.inbox / "dinkes_balita_3509_202610.csv"
    file.write_text("NIK")
    assert f"left alone for 0 of {QUIET_SECONDS} seconds: it may still be written" in sensor.says(30)
    file.write_text("NIK;Nama")  # it grows while it is looked at
    assert "left alone for 0 of" in sensor.says(59)
    assert "left alone for 30 of" in sensor.says(30)

    asked = sensor.asks(30)

    assert asked.tags == {TRIGGER: BY_DROP_FOLDER}
    assert "The 1 files" in sensor.says(30)
    assert "waiting for something new" in sensor.says(10_000)


def test_the_same_files_have_the_same_run_key_though_the_sensor_forgot(home: Home, sensor: Sensor) -> None:
    (home.inbox / "dinkes_balita_3509_202610.csv").write_text("NIK")
    sensor.after(0)
    first = sensor.asks(QUIET_SECONDS)
    sensor.cursor = None
    sensor.after(0)

    assert sensor.asks(QUIET_SECONDS).run_key == first.run_key

    os.utime(home.inbox / "dinkes_balita_3509_202610.csv", (5, 5))
    sensor.after(0)
    assert sensor.asks(QUIET_SECONDS).run_key != first.run_key


def test_what_still_has_the_name_of_a_part_is_waited_for(home: Home, sensor: Sensor) -> None:
    (home.inbox / "a.csv").write_text("NIK")
    (home.inbox / "b.csv.part").write_text("NIK")
    sensor.after(0)

    assert sensor.says(10_000).startswith(f"Waiting until {home.inbox / 'b.csv.part'} has its final name")


def test_a_clock_that_was_put_back_delays_it_but_never_stops_it(home: Home, sensor: Sensor) -> None:
    (home.inbox / "a.csv").write_text("NIK")
    sensor.after(0)
    assert "left alone for 0 of" in sensor.says(-100_000)
    sensor.asks(QUIET_SECONDS)


def test_it_watches_the_folder_that_the_last_run_was_given(home: Home, sensor: Sensor, tmp_path: Path) -> None:
    (tmp_path / "deliveries").mkdir()
    remember_extracts(home, tmp_path / "deliveries")
    assert str(tmp_path / "deliveries") in sensor.says(0)

    (tmp_path / "deliveries").rmdir()
    with pytest.raises(Exception, match="see whether it is there"):
        sensor.after(0)


# --- jobs of the agencies, retries ---------------------------------------------------------------------------------


def test_each_agency_has_a_job_that_publishes_nothing() -> None:
    assert [job.name for job in AGENCY_JOBS] == list(AGENCIES)
    made: set[dg.AssetKey] = set()
    for agency in AGENCIES:
        keys = defs.resolve_job_def(agency).asset_layer.executable_asset_keys
        of_it = {one.dataset for one in contracts().values() if one.agency == agency}
        assert {dg.AssetKey(["clean_records", dataset]) for dataset in of_it} <= keys
        assert {key.path[0] for key in keys} == {
            "agency_sources", "agency_extracts", "agency_promises", "clean_records"
        }  # fmt: skip
        made |= keys
    assert {dg.AssetKey(one.table.split(".")) for one in contracts().values()} <= made


def test_nothing_but_the_fetching_is_tried_again() -> None:
    for name in ("nightly", "retention", *AGENCIES):
        job = defs.resolve_job_def(name)
        assert [node.name for node in job.all_node_defs if getattr(node, "retry_policy", None)] == []
    instance = yaml.safe_load(Path("warehouse/instance/dagster.yaml").read_text(encoding="utf-8"))
    assert "run_retries" not in instance
    assert instance["run_monitoring"]["enabled"]


# --- promises ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "cron"),
    [("month", "0 6 11 * *"), ("quarter", "0 6 11 1,4,7,10 *"), ("half_year", "0 6 11 1,7 *"), ("year", "0 6 11 1 *")],
)
def test_a_promise_is_a_freshness_policy_of_the_calendar(every: str, cron: str) -> None:
    kept = policy(Promise(every, 10))  # type: ignore[arg-type]

    assert kept.deadline_cron == cron  # type: ignore[attr-defined]
    assert kept.lower_bound_delta == dt.timedelta(days=10, hours=6)  # type: ignore[attr-defined]


@pytest.mark.parametrize("by_day", [1, 27])
def test_any_day_that_may_be_promised_makes_a_policy(by_day: int) -> None:
    assert policy(Promise("month", by_day))


def promised_health(home: Home, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    (health,) = [one for one in PROMISES if promise_key("dinkes_balita") in one.keys]
    night = Night(home=str(home.path), extracts=str(home.inbox))
    return dg.materialize([health], resources={"night": night}, instance=instance)


def deliver(home: Home, dataset: str, period: str) -> None:
    with writer(home) as connection:
        connection.execute(
            "INSERT INTO agency_extracts.delivery BY NAME SELECT ? AS delivery_id, 'health' AS agency, "
            "? AS dataset, '35.09' AS kab_code, ? AS period, current_date AS snapshot_date, "
            "'in_force' AS status, false AS manifest, TIMESTAMP '2026-10-05 01:00' AS received_at, 'run' AS run_id",
            [dataset + period, dataset, period],
        )


def test_a_promise_is_materialized_when_it_is_kept_and_not_whenever_a_night_runs(home: Home) -> None:
    today = dt.datetime.now(JAKARTA)
    ended = today.replace(day=1) - dt.timedelta(days=1)
    long_ago = f"{today.year - 2}-01"
    with dg.DagsterInstance.ephemeral() as instance:

        def kept() -> list[str]:
            result = promised_health(home, instance)
            wrong = [one for one in result.get_asset_check_evaluations() if not one.passed]
            assert {one.severity for one in wrong} <= {dg.AssetCheckSeverity.WARN}
            self_late.clear()
            self_late.extend(one.asset_key.path[-1] for one in wrong)
            return [event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key]

        self_late: list[str] = []
        assert kept() == []
        assert self_late == ["dinkes_balita", "dinkes_ibu_hamil", "dinkes_kematian"]
        deliver(home, "dinkes_balita", f"{ended:%Y-%m}")
        deliver(home, "dinkes_kematian", long_ago)
        assert kept() == ["dinkes_balita"]
        assert self_late == ["dinkes_ibu_hamil", "dinkes_kematian"]
        assert kept() == []  # nothing new came
        deliver(home, "dinkes_balita", long_ago)
        assert kept() == []  # an old month, though newly delivered


# --- runs that were killed -----------------------------------------------------------------------------------------


@dg.op
def nothing() -> None:
    """Nothing."""


@dg.job(name="nightly")
def small_night() -> None:
    nothing()


def started(instance: dg.DagsterInstance, job: dg.JobDefinition = small_night) -> dg.DagsterRun:
    run = instance.create_run_for_job(job)
    instance.handle_new_event(_started(run))
    return run


def _started(run: dg.DagsterRun) -> dg.EventLogEntry:
    from dagster._core.events import DagsterEvent

    event = DagsterEvent(event_type_value="PIPELINE_START", job_name=run.job_name)
    return dg.EventLogEntry(
        error_info=None,
        level=20,
        user_message="",
        run_id=run.run_id,
        timestamp=time.time(),
        job_name=run.job_name,
        dagster_event=event,
    )


def test_a_run_that_nobody_carries_on_is_ended_and_one_that_goes_on_is_not(home: Home) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = started(instance)
        other = started(instance, defs.resolve_job_def("retention"))
        assert end_killed_runs(home, instance, older_than=60) == []

        assert [one.run_id for one in end_killed_runs(home, instance)] == [run.run_id]

        assert _status(instance, run) == dg.DagsterRunStatus.FAILURE
        assert _status(instance, other) == dg.DagsterRunStatus.STARTED
        assert end_killed_runs(home, instance) == []


def test_a_killed_run_that_began_by_a_clock_that_was_ahead_is_ended_too(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = started(instance)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now - 3 * 86_400)

        assert [one.run_id for one in end_killed_runs(home, instance, older_than=60)] == [run.run_id]


def _status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


# --- who is told ---------------------------------------------------------------------------------------------------


@pytest.fixture
def told(home: Home) -> Iterator[list[dict[str, str]]]:
    """Give what a webhook is told that asked for everything."""
    taken: list[dict[str, str]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    about = ["failure", "warning", "summary"]
    home.alerts.write_text(yaml.safe_dump({"webhooks": {"duty": {"url": url, "about": about}}}))
    yield taken
    server.shutdown()
    server.server_close()


@dg.asset_check(asset="thing", name="odd")
def odd() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="3 rows are odd.")


@dg.asset
def thing() -> None:
    """Nothing."""


@dg.asset(name="thing")
def broken() -> None:
    raise dg.Failure(description="Dinas Kesehatan: the disk is full.")


def run_of(made: dg.AssetsDefinition, instance: dg.DagsterInstance) -> SimpleNamespace:
    result = dg.materialize([made, odd], instance=instance, raise_on_error=False)
    kind = "PIPELINE_SUCCESS" if result.success else "PIPELINE_FAILURE"
    (event,) = [one for one in result.all_events if one.event_type_value == kind]
    return SimpleNamespace(run=result.dagster_run, event=event)


def test_the_daemon_tells_of_warnings_and_failures_once(home: Home, told: list[dict[str, str]]) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        well = run_of(thing, instance)
        context = dg.build_run_status_sensor_context("tell_success", well.event, instance, well.run)
        tell_success(context)
        tell_success(context)
        ill = run_of(broken, instance)
        failed = dg.build_run_status_sensor_context("tell_failure", ill.event, instance, ill.run)
        tell_failure(failed.for_run_failure())

    assert [(one["about"], one["subject"]) for one in told] == [
        ("warning", "Padan home: done, with 1 warning"),
        ("failure", "Padan home: FAILED. Dinas Kesehatan: the disk is full."),
    ]
    assert "  - thing:odd: 3 rows are odd." in told[0]["text"]
    assert "No publication is in force." in told[0]["text"]
    assert told[0]["run_id"] == well.run.run_id


def test_of_a_night_of_which_there_is_nothing_to_say_nobody_is_alerted(home: Home, told: list[dict[str, str]]) -> None:
    assert tell_run(home, "run-1", [], []) == []
    assert told == []


def test_whoever_asked_for_it_gets_each_nights_summary_once(
    night_run: NightRun, home: Home, told: list[dict[str, str]]
) -> None:
    shutil.copytree(night_run.home.path / "runs", home.path / "runs")
    (page,) = (path for path in (home.path / "runs").glob("*.html") if path.stem != "latest")

    for _ in range(2):
        tell_summary(home, page)

    assert [one["about"] for one in told] == ["summary"]
    assert str(page) in told[0]["text"]


def test_the_command_line_tells_of_a_run_that_could_not_begin(home: Home, told: list[dict[str, str]]) -> None:
    said = padan("run", "--home", home.path)

    assert_one_sentence(said, "There is nothing to run on")
    assert [one["about"] for one in told] == ["failure"]
    assert "There is nothing to run on" in told[0]["subject"]
    listed = padan("runs", "--home", home.path).stdout
    assert "  broke off: There is nothing to run on" in listed
    assert "\npadan_run_success 0.0\n" in (home.path / "metrics" / "padan.prom").read_text()


def test_a_run_on_a_home_that_is_none_makes_none(tmp_path: Path) -> None:
    assert_one_sentence(padan("run", "--home", tmp_path / "none" / "home"), "There is nothing to run on")
    assert not (tmp_path / "none" / "home" / "runs").exists()


def test_alerts_are_tried_at_the_terminal(home: Home, told: list[dict[str, str]]) -> None:
    assert "good   webhook duty" in padan("alerts", "check", "--home", home.path).stdout
    assert [one["about"] for one in told] == ["test"]
    home.alerts.write_text("webhooks: {duty: {about: [failure], url: 'http://127.0.0.1:9/'}}")
    wrong = padan("alerts", "check", "--home", home.path)
    assert wrong.returncode == 1
    assert "wrong  webhook duty" in wrong.stdout
    assert "it cannot be reached" in wrong.stdout
    home.alerts.unlink()
    assert_one_sentence(padan("alerts", "check", "--home", home.path), "has no alerts.yaml")


def test_what_could_not_be_told_is_told_late_and_once(home: Home, told: list[dict[str, str]]) -> None:
    reached = home.alerts.read_text()
    home.alerts.write_text("webhooks: {duty: {url_env: PADAN_NOT_SET, about: [failure]}}")
    (sent,) = tell_stopped(home, HomeError("The disk is full."))
    assert str(sent.wrong).endswith("It is kept, and told late by the next run, or by `./padan alerts send`.")
    (finding,) = examine_alerts(Examined(home))
    assert finding.state == "told"
    assert "(webhook duty: 1)" in finding.says
    still = padan("alerts", "send", "--home", home.path)
    assert (still.returncode, told) == (1, [])
    assert still.stdout.startswith("waits  webhook duty\n")
    assert still.stdout.endswith("1 wait to be sent.\n")

    home.alerts.write_text(reached)
    padan("run", "--home", home.path)  # which fails, too, and first tells of what it could not tell before
    assert ["nothing to run on" in one["text"] for one in told] == [False, True]
    assert ["Told late" in one["text"] for one in told] == [True, False]
    assert examine_alerts(Examined(home))[0].says == "none waits to be sent."


def test_of_a_night_that_was_killed_is_told_at_once_and_once(
    home: Home, told: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with writer(home):
        pass
    monkeypatch.setattr(os, "environ", os.environ.copy())
    set_environment(home)
    with dg.DagsterInstance.get() as instance:
        run = started(instance)
        with one_run(home):  # another night goes on: it tells of those before it when it begins
            assert tell_of_the_killed(home) == ""
        assert (_status(instance, run), told) == (dg.DagsterRunStatus.STARTED, [])

        said = [tell_of_the_killed(home) for _ in range(2)]

        assert said == ["1 runs that were killed count as failed now.\n", ""]
        assert _status(instance, run) == dg.DagsterRunStatus.FAILURE
    assert [(one["about"], one["run_id"]) for one in told] == [("failure", run.run_id), ("summary", run.run_id)]
    assert KILLED in told[0]["subject"]
    assert latest_summary(home)["run"]["outcome"] == "killed"
    assert "padan_run_success 0.0\n" in (home.path / "metrics" / "padan.prom").read_text()


@pytest.mark.parametrize("ended", ["exited", "killed"])
def test_a_night_that_was_killed_before_its_run_is_told_and_one_that_told_of_itself_is_not(
    home: Home, told: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch, ended: str
) -> None:
    monkeypatch.setenv("MONITOR_EXIT_CODE", ended)

    tell_of_the_killed(home)

    assert ["killed before its run began" in one["subject"] for one in told] == [True] * (ended == "killed")


def test_of_a_killed_night_is_told_late_where_alerts_yaml_was_faulty(
    home: Home, told: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_EXIT_CODE", "killed")
    reached = home.alerts.read_text()
    home.alerts.write_text("webhooks: 3")
    said = CliRunner().invoke(alerts, ["send", "--home", str(home.path)])
    assert "it must have named entries" in str(said.exception)
    home.alerts.write_text(reached)
    monkeypatch.delenv("MONITOR_EXIT_CODE")

    tell_of_the_killed(home)

    assert ["Told late" in one["text"] for one in told] == [True]


def tell_of_the_killed(home: Home) -> str:
    """Do what `padan-tell.service` does, in this process, and give what it said besides what waits."""
    said = CliRunner().invoke(alerts, ["send", "--home", str(home.path)])
    assert said.exit_code == 0
    return said.stdout.removesuffix("Nothing waits to be sent.\n")


def test_a_run_that_a_signal_ended_says_so() -> None:
    @dg.asset(name="thing")
    def stopped() -> None:
        raise dg.DagsterExecutionInterruptedError

    result = dg.materialize([stopped], raise_on_error=False)

    (sentence,) = failures(result.all_events)
    assert sentence.startswith("The run was stopped by a signal")


def test_the_daemon_tells_late(home: Home, told: list[dict[str, str]]) -> None:
    reached = home.alerts.read_text()
    home.alerts.write_text("webhooks: 3")  # nobody can say who is to be told
    (sent,) = tell_run(home, "run-1", ["The disk is full."], [])
    assert "it must have named entries" in str(sent.wrong)
    home.alerts.write_text(reached)

    said = [tell_late(dg.build_sensor_context()).skip_message for _ in range(2)]

    assert said == ["told late: webhook duty 0 wait.", "No alert waits to be sent."]
    assert [one["run_id"] for one in told] == ["run-1"]


def test_a_night_leaves_its_promises_and_its_tags(night_run: NightRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PADAN_EVENT_LOG", str(night_run.home.dagster / "history"))
    with dg.DagsterInstance.from_config(str(night_run.home.dagster)) as instance:
        (run,) = instance.get_runs()

    assert run.tags[TRIGGER] == "command line"
    assert run.tags["padan/home"] == "home"
    assert run.tags["padan/period"] == "newest delivery"
    assert KILLED.endswith("Run again.")
