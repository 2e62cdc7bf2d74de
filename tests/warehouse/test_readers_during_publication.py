"""Readers are undisturbed while a publisher publishes, builds snapshots, rolls back and is killed."""

from pathlib import Path

from benchmarks.readers_during_publication import UNITS, run


def test_readers_see_whole_versions_while_the_publisher_is_killed(tmp_path: Path) -> None:
    """The whole of it, 20 publications and 20 kills: `python benchmarks/readers_during_publication.py`."""
    found = run(tmp_path / "bench", rounds=2, rows=500, seed=3)

    readers = found["readers"]
    assert isinstance(readers, list)
    assert len(readers) == 2
    for one in readers:
        assert one["faults"] == {}
        assert set(one["versions"]) == {"", *UNITS}
        assert one["reads"] > len(UNITS)
    assert sum(found["killed"].values()) == found["rounds finished"] == 2
    assert found["damaged publications"] == found["left over"] == []
