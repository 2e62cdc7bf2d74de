"""Examining a home from end to end, with no run beginning meanwhile, and repairing what may be repaired."""

from collections.abc import Iterator
from contextlib import ExitStack

from integration.examination.access_log import examine_access_log
from integration.examination.alerts import examine_alerts
from integration.examination.clock import examine_clock
from integration.examination.declared_files import examine_declared_files
from integration.examination.erasures import examine_erasures
from integration.examination.finding import Examination, Examined, Finding
from integration.examination.keys import examine_keys
from integration.examination.landing import examine_landing
from integration.examination.leftovers import examine_leftovers
from integration.examination.permissions import examine_permissions
from integration.examination.publications import examine_publications
from integration.examination.snapshots import examine_snapshots
from integration.examination.space import examine_space
from integration.examination.summaries import examine_summaries
from integration.examination.versions import examine_versions
from integration.examination.working_database import examine_working_database
from warehouse.database import no_run
from warehouse.errors import HomeBusy, HomeError, PadanError
from warehouse.progress import Say, silent
from warehouse.settings import Home

EXAMINATIONS: dict[str, Examination] = {
    "versions": examine_versions,
    "permissions": examine_permissions,
    "disk space": examine_space,
    "clock": examine_clock,
    "keys": examine_keys,
    "declared files": examine_declared_files,
    "alerts": examine_alerts,
    "run summaries": examine_summaries,
    "leftovers": examine_leftovers,
    "landed files": examine_landing,
    "working database": examine_working_database,
    "publications": examine_publications,
    "erasures": examine_erasures,
    "snapshots": examine_snapshots,
    "access log": examine_access_log,
}
"""What is looked at, in the order in which one thing rests on another."""


def examine(home: Home, *, repair: bool = False, say: Say = silent) -> Iterator[Finding]:
    """Give the findings of every examination; with `repair`, what was repaired comes as a finding that is ok.

    While a run goes on, what it works on is not judged and nothing is repaired. Raises `HomeError` for a folder that
    is no home.
    """
    if not home.path.is_dir() or not any(home.path.iterdir()):
        raise HomeError(f"There is no home to examine in {home.path}. Name another with --home.")
    with ExitStack() as held:
        try:
            examined = Examined(home, held.enter_context(no_run(home)))
            yield Finding("lock", "ok", "nobody writes to the home.")
        except HomeBusy as error:  # what the other works on is not judged
            examined = Examined(home, run_goes_on=True)
            yield Finding("lock", "told", str(error))
        for about, examination in EXAMINATIONS.items():
            say(about)
            for found in _found(about, examination, examined):
                yield repaired(found) if repair and found.repair and not examined.run_goes_on else found


def _found(about: str, examination: Examination, examined: Examined) -> list[Finding]:
    """Run one examination; one that stumbles is a finding, and keeps none of the others from being made."""
    try:
        return examination(examined)
    except PadanError as error:
        return [Finding(about, "broken", str(error))]
    except Exception as error:
        return [Finding(about, "broken", f"it could not be examined: {type(error).__name__}.")]


def repaired(found: Finding) -> Finding:
    """Do the repair of a finding and tell of it."""
    assert found.repair is not None  # noqa: S101 - asked by the caller
    try:
        found.repair.do()
    except (PadanError, OSError) as error:
        return Finding(found.about, found.state, f"{found.says} It could not be repaired: {error}")
    return Finding(found.about, "repaired", f"{found.repair.says}.")
