"""A publication is found by version, period or day; what cannot be found is told with what there is."""

import datetime as dt
import json
from pathlib import Path

import pytest
from past_nights import night, target

from integration.history import moves_on, named_pair, publication_named, standing_publications
from warehouse.errors import NothingPublished
from warehouse.pointer import ROLLBACK, point_to
from warehouse.publication import Publication
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def a_night(home: Home, period: str) -> Publication:
    return night(home, period, {"targeting": [target(1)]})


def test_by_version_beginning_and_period(home: Home) -> None:
    first, again, last = (a_night(home, period) for period in ("2026-09", "2026-09", "2026-10"))

    assert publication_named(home, first.version) == first
    assert publication_named(home, "2026-09") == again
    assert publication_named(home, "2026-10") == last
    with pytest.raises(NothingPublished, match=r"No publication of 2026-W01.*2026-09, 2026-10"):
        publication_named(home, "2026-W01")
    with pytest.raises(NothingPublished, match="no publication that is kept begins with"):
        publication_named(home, "yesterday")


def test_a_period_that_was_rolled_back_is_what_it_was_before(home: Home) -> None:
    first = a_night(home, "2026-09")
    a_night(home, "2026-09")
    point_to(home, first.version, ROLLBACK)

    assert publication_named(home, "2026-09") == first


def test_by_the_day_it_was_in_force(home: Home) -> None:
    first, second = a_night(home, "2026-09"), a_night(home, "2026-10")
    path = home.published / "in_force.json"
    made = json.loads(path.read_text())
    for one, at in zip(made, ("2026-10-03T12:00:00+00:00", "2026-11-03T12:00:00+00:00"), strict=True):
        one["at"] = at
    path.write_text(json.dumps(made))

    assert publication_named(home, "2026-10-20") == first
    assert publication_named(home, "2026-11-20") == second
    assert [move.version for move in moves_on(home, dt.date(2026, 11, 3))] == [second.version]
    with pytest.raises(NothingPublished, match="Nothing was in force"):
        publication_named(home, "2026-09-01")
    with pytest.raises(NothingPublished, match="no day of the calendar"):
        publication_named(home, "2026-13-41")


def test_without_a_name_it_is_the_one_in_force_and_the_one_before(home: Home) -> None:
    with pytest.raises(NothingPublished, match="holds no publication yet"):
        named_pair(home, None, None)
    first = a_night(home, "2026-09")
    with pytest.raises(NothingPublished, match="none is kept to compare it with"):
        named_pair(home, None, None)
    wrong, last = a_night(home, "2026-10"), a_night(home, "2026-10")
    assert named_pair(home, None, None) == (wrong, last)
    assert named_pair(home, "2026-09", None) == (first, last)

    point_to(home, first.version, ROLLBACK)
    later = a_night(home, "2026-10")
    assert named_pair(home, None, None) == (first, later)


def test_each_publication_that_stands_has_its_state(home: Home) -> None:
    first, second, third = (a_night(home, period) for period in ("2026-08", "2026-09", "2026-10"))
    point_to(home, second.version, ROLLBACK)
    killed = home.published / "2026-12-31T000000Z-killed00"
    killed.mkdir()
    (killed / "publication.json").write_text('{"period": "2026-10", "published_at": "2026-12-31T00:00:00+00:00"}')

    states = {one.publication.version: (one.state, one.until is not None) for one in standing_publications(home)}

    assert states == {
        killed.name: ("never in force", False),
        third.version: ("rolled back", True),
        second.version: ("in force", False),
        first.version: ("earlier", True),
    }
