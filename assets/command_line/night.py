"""Running the nightly job once, in this process, with the same record of it that the UI shows."""

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from warehouse.database import home_error, writer
from warehouse.errors import HomeBusy, HomeError
from warehouse.publication import Publication, current_publication
from warehouse.settings import Home, remember_extracts

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult
    from dagster_shared.error import SerializableErrorInfo

_INSTANCE = Path(__file__).parents[2] / "warehouse" / "instance" / "dagster.yaml"


@dataclass(frozen=True)
class Outcome:
    """How a night ended; `publication` is None when nothing was published, and `sentences` say what went wrong.

    Both can be: published, but an agency's snapshots could not be written.
    """

    publication: Publication | None
    sentences: list[str]
    warnings: list[str]


def set_environment(
    home: Home, extracts: Path | None = None, as_of: str | None = None, *, weekly: bool = False
) -> None:
    """Point Dagster and the definitions at a home: what they read from the environment when they load."""
    os.umask(0o077)  # whatever is written here holds NIKs and health: its owner alone may read it
    try:
        for folder in (home.path, home.dagster, home.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_INSTANCE, home.dagster / "dagster.yaml")
    except OSError as error:
        raise home_error(home, error) from error
    os.environ["PADAN_HOME"] = str(home.path)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["PADAN_EVENT_LOG"] = str(home.dagster / "history")
    if extracts is not None:
        os.environ["PADAN_EXTRACTS"] = str(extracts)
    if as_of is not None:
        os.environ["PADAN_AS_OF"] = as_of
    if weekly:
        os.environ["PADAN_WEEKLY"] = "1"


def run_night(home: Home, extracts: Path, as_of: str | None, *, weekly: bool = False) -> Outcome:
    """Run the nightly job on `extracts` and say how it ended.

    Raises `HomeBusy` when another run has the home, `HomeError` when it cannot be written or when there is nothing to
    run on.
    """
    _make_ready(home, extracts, as_of, weekly)
    started = time.monotonic()
    click.echo(f"{0:7.1f}s  {'starting':38}  loading Dagster and the definitions", err=True)
    # Imported here: Dagster takes seconds, and reads the environment that was just set.
    import dagster as dg

    from assets.command_line.run_history import kept_open
    from assets.definitions import defs
    from assets.night import TERMINAL
    from quality_checks.expectations import load_beside

    os.environ[TERMINAL] = "1"
    end_killed_runs(home)
    with _history_kept(home), kept_open(), dg.DagsterInstance.get() as instance:
        job = defs.resolve_job_def("nightly")
        load_beside()  # last: from here on it is DuckDB that works, which leaves the interpreter free
        click.echo(f"{time.monotonic() - started:7.1f}s  {'starting':38}  {len(job.nodes)} steps", err=True)
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
        )
        sentences, told = failures(result), _warnings(result)
    return Outcome(current_publication(home) if _published(result) else None, sentences, told)


def _make_ready(home: Home, extracts: Path, as_of: str | None, weekly: bool) -> None:
    """Say in one sentence, before anything starts, that there is nothing to run on or that the home is of no use."""
    from integration.contracts import contracts
    from integration.intake import find_deliveries, prepare
    from integration.records.in_force import newest_day
    from integration.sources import sources_of

    fetches = extracts == home.inbox and bool(sources_of(home))
    if extracts == home.inbox and not fetches and not home.inbox.is_dir():
        raise HomeError(
            f"There is nothing to run on: the home {home.path} has neither sources.yaml nor an inbox. "
            "Write one (docs/sources.md), or name the folder of deliveries with --extracts."
        )
    delivered = [] if fetches else find_deliveries(extracts).deliveries
    set_environment(home, extracts, as_of, weekly=weekly)
    if fetches:
        home.inbox.mkdir(exist_ok=True)
    with writer(home) as connection:
        prepare(connection, list(contracts().values()))
        if not delivered and not fetches and newest_day(connection) is None:
            raise HomeError(
                f"There is nothing to run on: {extracts} holds no delivery, and the home {home.path} none from before. "
                "Put the agencies' files into <agency>/<dataset>/<YYYY-MM>/ below it and run again."
            )
        remember_extracts(home, extracts)


def end_killed_runs(home: Home) -> None:
    """Mark as failed what the history still shows as going though nobody writes to the home; nothing if somebody does.

    A run that was killed cannot say so itself, and would hold the one place in the pool for good.
    """
    from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

    try:
        with writer(home), DagsterInstance.get() as instance:
            for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED])):
                instance.report_run_failed(run, "The run was killed before it could end; run again.")
    except HomeBusy:
        return


@contextmanager
def _history_kept(home: Home) -> Iterator[None]:
    """Turn a failure to write the run history into a sentence: Dagster keeps it in SQLite files of the home."""
    try:
        yield
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, sqlite3.OperationalError):
            cause = cause.__cause__ or cause.__context__
        if cause is None:
            raise
        raise HomeError(
            f"The run stopped, for its history could not be written to {home.dagster} ({cause}). Most likely the disk "
            "is full: make room and run again. A publication that was pointed to before that stays in force."
        ) from error


def _published(result: "ExecuteInProcessResult") -> bool:
    """Say whether the publication was put in force, whatever came after it."""
    return any(
        event.event_type_value == "ASSET_MATERIALIZATION"
        and event.asset_key is not None
        and event.asset_key.path == ["targeting", "publication"]
        for event in result.all_events
    )


def failures(result: "ExecuteInProcessResult") -> list[str]:
    """Say why steps failed and which blocking checks did, one sentence each."""
    said = [
        _said_on_purpose(event.engine_event_data.error) or _cause(event.engine_event_data.error)
        for event in result.all_events
        if event.event_type_value == "RESOURCE_INIT_FAILURE"  # the home could not be opened
    ]
    said += [
        failure.description if failure and failure.description else _cause(event.step_failure_data.error)
        for event in result.all_events
        if event.is_step_failure and "AssetCheckFailed" not in str(event.step_failure_data.error)
        for failure in [event.step_failure_data.user_failure_data]
    ]
    said += [f"Check {name} failed: {text}" for name, text, severity in _failed_checks(result) if severity == "ERROR"]
    return list(dict.fromkeys(said))


def _warnings(result: "ExecuteInProcessResult") -> list[str]:
    return [f"{name}: {text}" for name, text, severity in _failed_checks(result) if severity == "WARN"]


def _failed_checks(result: "ExecuteInProcessResult") -> list[tuple[str, str, str]]:
    """Give name, sentence and severity of every check that did not pass."""
    checks = [
        event.asset_check_evaluation_data
        for event in result.all_events
        if event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    return [
        (check.asset_check_key.to_user_string(), check.description or "", check.severity.name)
        for check in checks
        if not check.passed
    ]


def _said_on_purpose(error: "SerializableErrorInfo | None") -> str | None:
    """Give the sentence of a failure that `told_as_failure` made; None for any other error."""
    return error.message.partition(": ")[2].strip() if error and error.cls_name == "Failure" else None


def _cause(error: object) -> str:
    """Name the innermost cause of an unforeseen failure by its kind alone: its text may hold a row."""
    while getattr(error, "cause", None) is not None:
        error = error.cause  # type: ignore[attr-defined]
    kind = getattr(error, "cls_name", None) or type(error).__name__
    return f"An unforeseen {kind} stopped a step; the run's log in `./padan ui` shows where."


def show(outcome: Outcome, home: Home) -> None:
    """Tell a person how the night ended, and where to look."""
    if outcome.warnings:
        click.echo(f"\n{len(outcome.warnings)} warnings (nothing was stopped):")
        for text in outcome.warnings:
            click.echo(f"  - {text}")
    if outcome.publication is None:
        click.echo("\nNOT PUBLISHED. The previous publication, if there is one, stays in force.")
        for text in outcome.sentences:
            click.echo(f"  - {text}")
        return
    facts = outcome.publication.facts
    click.echo(f"\nPUBLISHED {outcome.publication.version} for {facts['period']}: {json.dumps(facts['tables'])} rows")
    click.echo(f"  {outcome.publication.folder}")
    if outcome.sentences:
        click.echo("\nBUT what follows the publication failed; what stood there before stands:")
        for text in outcome.sentences:
            click.echo(f"  - {text}")
