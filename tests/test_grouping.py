"""The tests of a file run on one worker, so that what they share is made once: some of it is a whole night."""

import pytest


def test_a_worker_has_the_whole_file(request: pytest.FixtureRequest) -> None:
    if not hasattr(request.config, "workerinput"):
        pytest.skip("one worker runs everything")
    assert request.node.nodeid.endswith("@test_grouping.py")
