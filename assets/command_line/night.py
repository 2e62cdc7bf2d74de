"""Running the nightly job once, in this process, with the same record of it that the UI shows."""

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.command_line.run_storage import DSN_VARIABLE, expect_run_storage, stay_connected, write_instance
from warehouse.database import home_error, one_run, writer
from warehouse.errors import HomeError, PadanError
from warehouse.postgres.connection import configured
from warehouse.publication import Publication
from warehouse.rollback import publication_by_version
from warehouse.settings import Home, remember_extracts
from warehouse.structured_log import tell_error, wants_json

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult, MetadataValue

    from integration.alerts import Sent


@dataclass(frozen=True)
class Outcome:
    """How a night ended; `publication` is None when nothing was published, and `sentences` say what went wrong.

    Both can be: published, but an agency's snapshots could not be written. `nothing_new` is the sentence of a night
    that found nothing to publish: the publication is the one that stands. `again` says of each earlier month that was
    published again why it was.
    """

    publication: Publication | None
    sentences: list[str]
    warnings: list[str]
    nothing_new: str | None = None
    again: Sequence[str] = ()


def set_environment(
    home: Home,
    extracts: Path | None = None,
    as_of: str | None = None,
    *,
    weekly: bool = False,
    afresh: bool = False,
    months: str | None = None,
) -> None:
    """Point Dagster and the definitions at a home: what they read from the environment when they load."""
    os.umask(0o077)  # whatever is written here holds NIKs and health: its owner alone may read it
    expect_run_storage()
    try:
        for folder in (home.path, home.dagster, home.temporary):
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):  # where nothing must be made, only SQLite would notice, in its own words
                raise PermissionError
        write_instance(home)
    except OSError as error:
        raise home_error(home, error) from error
    os.environ["PADAN_HOME"] = str(home.path)
    if extracts is not None:
        os.environ["PADAN_EXTRACTS"] = str(extracts)
    if as_of is not None:
        os.environ["PADAN_AS_OF"] = as_of
    if weekly:
        os.environ["PADAN_WEEKLY"] = "1"
    if afresh:
        os.environ["PADAN_AFRESH"] = "1"
    if months:
        os.environ["PADAN_MONTHS"] = months


def run_night(
    home: Home,
    extracts: Path,
    as_of: str | None,
    *,
    weekly: bool = False,
    afresh: bool = False,
    months: str | None = None,
) -> Outcome:
    """Run the nightly job on `extracts` and say how it ended; `afresh` makes also what stands.

    Before the newest month those earlier ones that a late delivery changed are published again, and with `months`
    (`2026-08..2026-10`) those.

    Raises `HomeBusy` when another run has the home, `HomeError` when it cannot be written or when there is nothing to
    run on.
    """
    anything = _anything_to_run_on(home, extracts)
    set_environment(home, extracts, as_of, weekly=weekly, afresh=afresh, months=months)
    _make_ready(home, extracts, anything=anything)
    started = time.monotonic()
    _say_starting(started, "loading Dagster and the definitions")
    # Imported here: Dagster takes seconds, and reads the environment that was just set.
    import dagster as dg

    from assets.automation.jobs import BY_COMMAND, TRIGGER, run_tags
    from assets.automation.telling import tell_run
    from assets.command_line.run_history import kept_open
    from assets.definitions import defs
    from assets.night import TERMINAL
    from assets.run_outcome import failures, warnings
    from integration.alerts import send_late

    os.environ[TERMINAL] = "1"
    with _history_kept(home), kept_open(), dg.DagsterInstance.get() as instance:
        stay_connected(instance)
        say_untold(send_late(home))
        _end_and_tell(instance, home)
        job = defs.resolve_job_def("nightly")
        _say_starting(started, f"{len(job.nodes)} steps")
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags={TRIGGER: BY_COMMAND, **run_tags(home.path, as_of, weekly=weekly)},
        )
        sentences, told = failures(result.all_events), warnings(result.all_events)
        say_untold(tell_run(home, result.run_id, sentences, told))
        _tell_of_runs(instance, home)  # last, for it says what could not be told
    late = _reported(result, ["agency_extracts", "late_months"])
    again = late["published_again"].value if late else []
    reported = _reported(result, ["targeting", "publication"])
    if reported is None:
        return Outcome(None, sentences, told, again=again)
    nothing_new = reported.get("nothing_new")
    return Outcome(
        publication_by_version(home, str(reported["version"].value)),
        sentences,
        told,
        str(nothing_new.value) if nothing_new is not None else None,
        again,
    )


def _anything_to_run_on(home: Home, extracts: Path) -> bool:
    """Say, before anything is written, whether deliveries lie there or will be fetched.

    Without either a home may still rest on what was taken in before, which `_make_ready` sees. Raises `HomeError` where
    neither a source nor an inbox is there to look into.
    """
    from integration.intake import find_deliveries
    from integration.sources import sources_of

    fetches = extracts == home.inbox and bool(sources_of(home))
    if extracts == home.inbox and not fetches and not home.inbox.is_dir():
        raise HomeError(
            f"There is nothing to run on: the home {home.path} has neither sources.yaml nor an inbox. "
            "Write one (docs/sources.md), or name the folder of deliveries with --extracts."
        )
    return fetches or bool(find_deliveries(extracts).deliveries)


def _make_ready(home: Home, extracts: Path, *, anything: bool) -> None:
    """Say in one sentence, before Dagster is loaded, that there is nothing to run on or the home is of no use."""
    from integration.contracts import contracts
    from integration.intake import prepare
    from integration.records.in_force import newest_day

    if extracts == home.inbox:
        home.inbox.mkdir(exist_ok=True)  # what is fetched comes to lie there
    with writer(home) as connection:
        prepare(connection, list(contracts().values()))
        if not anything and newest_day(connection) is None:
            raise HomeError(
                f"There is nothing to run on: {extracts} holds no delivery, and the home {home.path} none from before. "
                "Put the agencies' files into <agency>/<dataset>/<YYYY-MM>/ below it and run again."
            )
        remember_extracts(home, extracts)


def tell_of_killed_runs(home: Home) -> int:
    """End the runs of a home that were killed and tell of them, as the next run would; gives how many they were.

    Raises `HomeBusy` while a run of the command line goes on, which did so when it began.
    """
    set_environment(home)
    import dagster as dg  # takes seconds, and reads the environment that was just set

    with one_run(home), _history_kept(home), dg.DagsterInstance.get() as instance:
        return _end_and_tell(instance, home)


def _end_and_tell(instance: "DagsterInstance", home: Home) -> int:
    from assets.automation.killed_runs import KILLED, end_killed_runs
    from assets.automation.telling import tell_run
    from assets.late_months import WITHIN

    ended = end_killed_runs(home, instance)
    for run in ended:
        if WITHIN not in run.tags:  # else it is part of another, of which is told
            say_untold(tell_run(home, run.run_id, [KILLED], []))
    _tell_of_runs(instance, home)
    return len(ended)


def _say_starting(started: float, text: str) -> None:
    if not wants_json():
        click.echo(f"{time.monotonic() - started:7.1f}s  {'starting':38}  {text}", err=True)


def _tell_of_runs(instance: "DagsterInstance", home: Home) -> None:
    """Write summaries and metrics; that they cannot be written costs no publication, and is said."""
    from assets.automation.telling import tell_summary
    from assets.run_summary import write_missing

    try:
        for page in write_missing(instance, home):
            say_untold(tell_summary(home, page))
    except PadanError as error:
        tell_error(f"The summary of the run could not be written. {error}")


def say_untold(sent: "Iterable[Sent]") -> None:
    """Say on the terminal whom an alert did not reach, and why."""
    for one in sent:
        if one.wrong:
            tell_error(one.wrong)


@contextmanager
def _history_kept(home: Home) -> Iterator[None]:
    """Turn a failure to write the run history into a sentence: it is in SQLite files of the home, or on a server."""
    from sqlalchemy.exc import DBAPIError

    on_server = configured(DSN_VARIABLE) is not None
    try:
        yield
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, DBAPIError if on_server else sqlite3.DatabaseError):
            cause = cause.__cause__ or cause.__context__
        if cause is None:
            raise
        told = (
            f"the server that {DSN_VARIABLE} names. See that it runs and has room"  # its own words quote parameters
            if on_server
            else f"{home.dagster} ({cause}). See whether the disk is full, or mend it with `./padan doctor --repair`,"
        )
        raise HomeError(
            f"The run stopped, for its history could not be written to {told} and run again. A publication that was "
            "pointed to before that stays in force."
        ) from error


def _reported(result: "ExecuteInProcessResult", asset: list[str]) -> "Mapping[str, MetadataValue[Any]] | None":
    """Give what was reported of an asset, whatever came after it; None where it was not made."""
    for event in result.all_events:
        if (
            event.event_type_value == "ASSET_MATERIALIZATION"
            and event.asset_key is not None
            and event.asset_key.path == asset
        ):
            return event.materialization.metadata
    return None


def show(outcome: Outcome, home: Home) -> None:
    """Tell a person how the night ended, and where to look."""
    if outcome.warnings:
        click.echo(f"\n{len(outcome.warnings)} warnings (nothing was stopped):")
        for text in outcome.warnings:
            click.echo(f"  - {text}")
    for text in outcome.again:
        click.echo(f"\n{text}")
    if outcome.publication is None:
        click.echo("\nNOT PUBLISHED. The previous publication, if there is one, stays in force.")
        for text in outcome.sentences:
            click.echo(f"  - {text}")
        return
    facts = outcome.publication.facts
    if outcome.nothing_new:
        click.echo(f"\nNOTHING NEW for {facts['period']}: {outcome.nothing_new.removeprefix('nothing new: ')}")
    else:
        rows = json.dumps(facts["tables"])
        click.echo(f"\nPUBLISHED {outcome.publication.version} for {facts['period']}: {rows} rows")
        click.echo(f"  {outcome.publication.folder}")
    if outcome.sentences:
        click.echo("\nBUT what follows the publication failed; what stood there before stands:")
        for text in outcome.sentences:
            click.echo(f"  - {text}")
