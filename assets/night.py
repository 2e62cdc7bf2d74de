"""What every step of a run shares: the home, its one open connection, the deliveries found, and a voice."""

import calendar
import datetime as dt
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import PrivateAttr

from assets.run_record import used
from assets.step import Step
from assets.unforeseen import places
from integration.cleaning.regions import load_regions
from integration.contracts import contracts
from integration.intake import Found, find_deliveries, prepare
from integration.records.in_force import newest_day
from integration.sources import inbox_held, sources_of
from quality_checks.standing import ensure_verdicts
from warehouse.database import Connection, home_error, writer
from warehouse.errors import HomeError, PadanError
from warehouse.made import code_version, ensure_made, making
from warehouse.progress import Say
from warehouse.settings import Home
from warehouse.structured_log import wants_json

TERMINAL = "PADAN_TERMINAL"
"""Set by the command line: progress is also written to standard error."""
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
    afresh: bool = False

    _connection: Connection | None = PrivateAttr(default=None)
    _found: Found | None = PrivateAttr(default=None)
    _started: float = PrivateAttr(default_factory=time.monotonic)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Night"]:
        """Hold the home's writer from the first step to the last."""
        inbox = inbox_held(self.place) if self.reads_inbox else nullcontext()
        with told_as_failure(self.place), inbox, writer(self.place) as connection:
            ensure_made(connection)
            ensure_verdicts(connection)
            self._connection = connection
            with making(connection, ["clean_records.region"], code_version(), context.run_id or ""):
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

    def day(self) -> dt.date:
        """Give the day the run speaks of: `as_of`, else the newest snapshot delivered, so that a replay gives the same.

        Raises `HomeError` when nothing was ever taken in.
        """
        if self.as_of:
            return dt.date.fromisoformat(self.as_of)
        newest = newest_day(self.connection)
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
        if self.weekly:
            return f"{day:%G-W%V}", day
        return f"{day:%Y-%m}", day.replace(day=calendar.monthrange(day.year, day.month)[1])


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
