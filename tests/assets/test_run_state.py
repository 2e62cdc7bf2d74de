"""What the doctor says of Dagster's own files: damage is mended, and what cannot be looked at is no damage."""

from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import defs
from assets.run_state import examine_run_state, unfinished_runs
from warehouse.settings import Home


def test_a_history_that_cannot_be_looked_at_is_not_set_aside(tmp_path: Path) -> None:
    """As on a full disk: SQLite then says that it cannot open a file in which nothing is wrong."""
    home = Home(tmp_path)
    (home.dagster / "history" / "runs.db").mkdir(parents=True)

    (found,) = examine_run_state(home, run_goes_on=False)

    assert (found.state, found.repair) == ("broken", None)
    assert "dagster/history/runs.db could not be looked at (unable to open database file)" in found.says


@pytest.mark.parametrize(
    ("status", "says", "mended"),
    [("NOT_STARTED", "1 wait for a daemon to begin them", False), ("STARTED", "1 count as going and are not", True)],
)
def test_a_run_that_waits_was_not_killed(tmp_path: Path, status: str, says: str, mended: bool) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.create_run_for_job(defs.resolve_job_def("nightly"), status=dg.DagsterRunStatus(status))

        found = unfinished_runs(Home(tmp_path), instance, run_goes_on=False)

    assert says in found.says
    assert (found.repair is not None) is mended


def test_a_damaged_history_is_set_aside_on_request(tmp_path: Path) -> None:
    home = Home(tmp_path)
    history = home.dagster / "history" / "runs.db"
    history.parent.mkdir(parents=True)
    history.write_bytes(b"no database at all" * 1000)

    (found,) = examine_run_state(home, run_goes_on=False)

    assert "is damaged" in found.says
    assert found.repair is not None
    found.repair.do()
    assert not history.exists()
