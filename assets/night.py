"""What every step of a run shares: the home, its one open connection, the deliveries found, and a voice."""

import datetime as dt
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import PrivateAttr

from assets.run_log import QUIET
from assets.run_record import used
from assets.step import Step
from assets.unforeseen import places
from integration.cleaning.regions import load_regions
from integration.contracts import contracts
from integration.intake import Found, find_deliveries, prepare
from integration.periods import asked, newest_month_day
from integration.records.in_force import month_end, newest_day
from integration.sources import inbox_held, sources_of
from quality_checks.standing import ensure_verdicts
from warehouse.database import Connection, home_error, writer
from warehouse.errors import HomeError, PadanError
from warehouse.litter import merge_only_litter
from warehouse.made import code_version, ensure_made, making
from warehouse.progress import Say
from warehouse.settings import Home
from warehouse.structured_log import wants_json
from warehouse.wall_clock import today

TERMINAL = "PADAN_TERMINAL"
"""Set by the command line: progress is also written to standard error."""
MONTH = "dagster/partition"
"""The tag of a run that speaks of one month (`2026-09`) and of nothing else: it takes nothing in."""
_LENT: ContextVar[Connection | None] = ContextVar("lent", default=None)
"""The connection of the night, while it makes a month again: a home has one writer."""
_OF_THE_DISK = (
    OSError,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.TransactionException,  # how a commit says that it could not write
)


class Night(dg.ConfigurableResource["Night"]):
    """One run on one home: opens the working database once, for all steps, and closes it at the end."""

    home: str
    extracts: str
    as_of: str | None = None
    weekly: bool = False
    months: str | None = None
    afresh: bool = False

    _month: str | None = PrivateAttr(default=None)
    _connection: Connection | None = PrivateAttr(default=None)
    _found: Found | None = PrivateAttr(default=None)
    _started: float = PrivateAttr(default_factory=time.monotonic)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Night"]:
        """Hold the home's writer from the first step to the last; a month made again by a night has that night's."""
        self._month = context.run.tags.get(MONTH) if context.run else None
        if (lent := _LENT.get()) is not None:
            self._connection = lent
            yield self
            return
        inbox = inbox_held(self.place) if self.reads_inbox else nullcontext()
        with told_as_failure(self.place), inbox, writer(self.place) as connection:
            merge_only_litter(connection)
            ensure_made(connection)
            ensure_verdicts(connection)
            self._connection = connection
            run_id = context.run.run_id if context.run else ""
            with making(connection, ["clean_records.region"], code_version(), run_id):
                load_regions(connection)
            prepare(connection, list(contracts().values()))
            try:
                yield self
            finally:
                self._connection = None
                if context.log:
                    context.log.info(used())

    @property
    def place(self) -> Home:
        """The home this run works in."""
        return Home(Path(self.home).absolute())

    @property
    def connection(self) -> Connection:
        """The one connection of the run."""
        if self._connection is None:
            raise RuntimeError("The night has not begun: its connection is open only while a run goes on.")
        return self._connection

    @property
    def root(self) -> Path:
        """The folder of extracts."""
        return Path(self.extracts).absolute()

    @property
    def reads_inbox(self) -> bool:
        """Whether the folder of extracts is the home's inbox, which sources are fetched into."""
        return self.root == self.place.inbox

    @property
    def within(self) -> dict[str, object]:
        """The configuration of a run inside this one: of the same home, deliveries, and thoroughness."""
        same = {"home": self.home, "extracts": self.extracts, "afresh": self.afresh}
        return {**QUIET, "resources": {"night": {"config": same}}}

    def step(
        self,
        context: dg.AssetExecutionContext,
        tables: Sequence[str],
        *,
        needs: Iterable[str] = (),
        inputs: Iterable[object] = (),
    ) -> Step:
        """Give the step that makes some tables from others, and from whatever else decides what it makes."""
        return Step(self.connection, context.run.run_id, tables, tuple(needs), tuple(inputs), afresh=self.afresh)

    @property
    def code(self) -> str | None:
        """What code a table must be made by for its rows to be kept; None where all are to be made anew."""
        return None if self.afresh else code_version()

    def found(self) -> Found:
        """Look once through the folder of extracts and give what lies there."""
        if self._found is None:
            declared = next(iter(sources_of(self.place).values()), None) if self.reads_inbox else None
            self._found = find_deliveries(self.root, declared.kab_code if declared else None)
        return self._found

    def look_anew(self) -> None:
        """Forget what lies in the folder of extracts: something was fetched into it."""
        self._found = None

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let the runs that are started inside work on the connection of this one."""
        token = _LENT.set(self.connection)
        try:
            yield
        finally:
            _LENT.reset(token)

    @property
    def speaks_of_one(self) -> bool:
        """Whether somebody said which period this run speaks of: then it leaves every other one alone."""
        return bool(self._month or self.as_of or self.weekly)

    def day(self) -> dt.date:
        """Give the day the run speaks of: `as_of`, else the newest snapshot delivered, so that a replay gives the same.

        A run of one month speaks of the newest snapshot of that month or before it. A snapshot whose month has not
        come waits. Raises `HomeError` when nothing was ever taken in.
        """
        if self._month:
            (month,) = asked(self._month)
            newest = newest_day(self.connection, month_end(month))
            return newest if newest and f"{newest:%Y-%m}" == month else month_end(month)
        if self.as_of:
            return dt.date.fromisoformat(self.as_of)
        newest = newest_month_day(self.connection, self.place, today())
        if newest is None:
            raise HomeError(
                f"No delivery is in force: {self.root} holds none that could be used, and the home none from before. "
                "Put the agencies' files into <agency>/<dataset>/<YYYY-MM>/ below it and run again."
            )
        return newest

    def say(self, context: dg.AssetExecutionContext) -> Say:
        """Give the voice of a step: the Dagster log, and the terminal when a person started the run there."""
        step = context.op_execution_context.op_handle.name.replace("__", "/")
        on_terminal = os.environ.get(TERMINAL) == "1" and not wants_json()

        def say(text: str) -> None:
            context.log.info(text)
            if on_terminal:
                elapsed = time.monotonic() - self._started
                sys.stderr.write(f"{elapsed:7.1f}s  {step:38}  {text}\n")
                sys.stderr.flush()

        return say

    def period(self) -> tuple[str, dt.date]:
        """Give the run's period and the day it is judged on: the month and its last day, or the week and that day."""
        day = self.day()
        if self.weekly and not self._month:
            return f"{day:%G-W%V}", day
        return f"{day:%Y-%m}", month_end(day)


@contextmanager
def told_as_failure(home: Home) -> Iterator[None]:
    """Turn every error of a step into a Dagster failure that holds nothing about a person.

    What Padan says on purpose is told as it is, and what the system says of the home's disk in a sentence. Of anything
    else only its kind and the places in the code are told: the text of a database error may quote the row it stumbled
    over. Retrying would end the same way, so it is not done.
    """
    try:
        yield
    except PadanError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    except _OF_THE_DISK as error:
        raise dg.Failure(description=str(home_error(home, error)), allow_retries=False) from None
    except dg.Failure:
        raise
    except Exception as error:
        came_through = places(error)
        raise dg.Failure(
            description=f"An unforeseen {type(error).__name__} stopped the step at {came_through[-1]}.",
            metadata={"where": dg.MetadataValue.json(came_through)},
            allow_retries=False,
        ) from None
