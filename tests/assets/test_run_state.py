"""What the doctor says of Dagster's own files: damage is mended, and what cannot be looked at is no damage."""

from pathlib import Path

from assets.run_state import examine_run_state
from warehouse.settings import Home


def test_a_history_that_cannot_be_looked_at_is_not_set_aside(tmp_path: Path) -> None:
    """As on a full disk: SQLite then says that it cannot open a file in which nothing is wrong."""
    home = Home(tmp_path)
    (home.dagster / "history" / "runs.db").mkdir(parents=True)

    (found,) = examine_run_state(home, run_goes_on=False)

    assert (found.state, found.repair) == ("broken", None)
    assert "dagster/history/runs.db could not be looked at (unable to open database file)" in found.says


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
