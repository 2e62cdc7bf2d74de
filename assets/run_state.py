"""What Dagster keeps of a home: run history, runs that never ended, schedules, and the daemon that starts them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorStatus
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from assets.automation.killed_runs import CARRIED_ON, end_killed_runs
from assets.daemon_beats import silent_threads
from integration.examination import Finding, Repair
from integration.examination.set_aside import set_aside
from warehouse.settings import Home

_HISTORY = ("history/runs.db", "history/event_log.db", "schedules/schedules.db")


def examine_run_state(home: Home, *, run_goes_on: bool) -> Iterator[Finding]:
    """Look at what the UI shows of a home; `set_environment` must have pointed Dagster at it."""
    if not (home.dagster / "history").is_dir():
        yield Finding("run history", "told", "there is none yet.")
        return
    damaged, closed = [], []
    for name in _HISTORY:
        try:
            damaged += [] if _is_sound(home.dagster / name) else [name]
        except sqlite3.OperationalError as error:
            closed.append(name)
            yield Finding(
                "run history",
                "broken",
                f"dagster/{name} could not be looked at ({error}). Most likely the disk is full or the file is not "
                "this user's; see to that and look again.",
            )
    for name in damaged:
        path = home.dagster / name
        done = f"dagster/{name} was set aside: the history begins anew, the data are untouched"
        says = f"dagster/{name} is damaged. No data are in it; --repair sets it aside and the history begins anew."
        if name.startswith("schedules"):
            says += " Schedules and sensors are off then: switch them on again."
        yield Finding("run history", "broken", says, Repair(done, lambda path=path: set_aside(home, path)))  # type: ignore[misc]
    if not damaged and not closed:
        yield Finding("run history", "ok", "its files are sound.")
        with dg.DagsterInstance.get() as instance:
            yield unfinished_runs(home, instance, run_goes_on=run_goes_on)
            yield from automation(instance)


def _is_sound(path: Path) -> bool:
    """Say whether a file of SQLite is whole; raises `OperationalError` where that cannot be found out."""
    if not path.exists():
        return True
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.OperationalError:  # a full disk, a lock, a permission: no damage
        raise
    except sqlite3.DatabaseError:
        return False


def unfinished_runs(home: Home, instance: dg.DagsterInstance, *, run_goes_on: bool) -> Finding:
    """Find runs that count as going though nobody writes to the home."""
    unfinished = instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES))
    if not unfinished or run_goes_on:
        return Finding("runs", "ok", f"{len(unfinished)} goes on." if unfinished else "none is unfinished.")
    killed = [run for run in unfinished if run.status in CARRIED_ON]
    if not killed:
        return Finding("runs", "told", f"{len(unfinished)} wait for a daemon to begin them.")
    names = ", ".join(run.run_id[:8] for run in killed)
    says = f"{len(killed)} count as going and are not ({names}); the next run ends them, or --repair."
    done = f"{len(killed)} runs that were killed count as failed"
    return Finding("runs", "told", says, Repair(done, lambda: end_killed_runs(home, instance)))


def automation(instance: dg.DagsterInstance) -> Iterator[Finding]:
    """Say which schedules and sensors somebody switched on, and whether a daemon is there to start them.

    Those that are on from the start tell of runs and begin none: with them alone no night begins by itself, and whoever
    opened the UI once and went away owes nobody a daemon.
    """
    states = instance.all_instigator_state()
    on = sorted(one.name for one in states if one.status is InstigatorStatus.RUNNING)
    if not on:
        yield Finding("schedules", "told", "none is switched on: nights begin by hand, by cron or by a timer.")
        return
    silent = silent_threads(instance)
    if not silent:
        yield Finding("schedules", "ok", f"switched on: {', '.join(on)}; the daemon is alive.")
    else:
        says = f"{', '.join(on)} switched on, and no daemon is alive to start what is due ({', '.join(silent)} silent)."
        yield Finding("schedules", "broken", f"{says} Start it: `./padan ui`, or its service.")
