"""What was in force when, and what a publication was made on top of, whatever moved the pointer."""

import datetime as dt
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.errors import HomeError
from warehouse.pointer import (
    LATE,
    PUBLISHED,
    ROLLBACK,
    in_force_on,
    last_in_force,
    line,
    made_at,
    moves,
    point_to,
    pointed_to,
    put_beside,
    standing_versions,
)
from warehouse.settings import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def stand(home: Home, number: int) -> str:
    """Put a whole publication there, as `publish` leaves it before it points to it."""
    version = f"2026-11-{1 + number // 24:02}T{number % 24:02}0000Z-{number:08}"
    (home.published / version).mkdir(parents=True)
    (home.published / version / "publication.json").write_text("{}")
    return version


def published(home: Home, number: int) -> str:
    version = stand(home, number)
    point_to(home, version, PUBLISHED)
    return version


def by_hand(home: Home, version: str) -> None:
    (home.published / "current").unlink()
    (home.published / "current").symlink_to(version)


def test_nothing_is_in_force_before_the_first(home: Home) -> None:
    assert (pointed_to(home), moves(home), line(home), last_in_force(home)) == (None, [], [], {})
    assert in_force_on(home, dt.datetime.now(dt.UTC)) is None


def test_each_publication_is_made_on_top_of_the_one_in_force(home: Home) -> None:
    one, two, three = (published(home, number) for number in range(3))

    assert line(home) == [three, two, one]
    assert [(move.version, move.before, move.how) for move in moves(home)] == [
        (one, None, PUBLISHED),
        (two, one, PUBLISHED),
        (three, two, PUBLISHED),
    ]


def test_what_was_rolled_back_is_beside_the_line_until_it_is_put_in_force_again(home: Home) -> None:
    one, two, three = (published(home, number) for number in range(3))

    point_to(home, one, ROLLBACK)
    assert line(home) == [one]
    four = published(home, 3)
    assert line(home) == [four, one]

    point_to(home, three, ROLLBACK)
    assert line(home) == [three, two, one]
    point_to(home, four, ROLLBACK)
    assert line(home) == [four, one]


def test_a_pointer_that_an_operator_moved_is_a_rollback(home: Home) -> None:
    one, two = published(home, 0), published(home, 1)
    by_hand(home, one)

    assert [move.how for move in moves(home)] == [PUBLISHED, PUBLISHED, ROLLBACK]
    assert line(home) == [one]
    three = published(home, 2)
    assert line(home) == [three, one]
    assert set(last_in_force(home)) == {one, two, three}


def test_a_publication_whose_move_was_not_written_down_is_in_the_line(home: Home) -> None:
    one, two = published(home, 0), stand(home, 1)
    by_hand(home, two)  # what a kill after the pointer and before `in_force.json` leaves

    assert line(home) == [two, one]
    three = published(home, 2)
    assert line(home) == [three, two, one]


def test_a_home_from_before_has_its_publications_in_order(home: Home) -> None:
    versions = [stand(home, number) for number in range(4)]
    (home.published / "current").symlink_to(versions[3])
    assert line(home) == versions[::-1]
    assert in_force_on(home, dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)) == versions[2]

    by_hand(home, versions[1])
    assert line(home) == [versions[1], versions[0]]
    five = published(home, 4)
    assert line(home) == [five, versions[1], versions[0]]


def test_one_that_was_never_in_force_follows_the_one_that_was_when_it_was_made(home: Home) -> None:
    one = published(home, 0)
    killed = stand(home, 1)
    (home.published / "in_force.json").write_text(
        json.dumps([{"at": "2026-11-01T00:00:00+00:00", "version": one, "before": None, "how": PUBLISHED}])
    )
    two = published(home, 2)
    assert line(home) == [two, one]

    point_to(home, killed, ROLLBACK)
    assert line(home) == [killed, one]


def test_what_was_in_force_on_a_moment(home: Home) -> None:
    one = published(home, 0)
    between = dt.datetime.now(dt.UTC) + dt.timedelta(milliseconds=1)
    while dt.datetime.now(dt.UTC) <= between:
        pass
    two = published(home, 1)

    assert in_force_on(home, between) == one
    assert in_force_on(home, dt.datetime.now(dt.UTC)) == two
    assert in_force_on(home, between - dt.timedelta(days=1)) is None


@pytest.mark.parametrize("held", ["", "[", "{}x", '[{"at": "yesterday"}]', '{"at": 1}'])
def test_a_damaged_memory_is_told_and_left(home: Home, held: str) -> None:
    published(home, 0)
    (home.published / "in_force.json").write_text(held)

    with pytest.raises(HomeError, match=r"in_force\.json cannot be read.*[Rr]estore it"):
        line(home)
    assert (home.published / "in_force.json").read_text() == held


def test_a_full_disk_does_not_lose_the_move(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = published(home, 0), stand(home, 1)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    point_to(home, two, PUBLISHED)

    assert pointed_to(home) == two
    assert line(home) == [two, one]


def test_a_name_without_a_time_is_older_than_all() -> None:
    assert made_at("something") < made_at("2026-11-21T020311Z-1f0c9a2b")
    assert made_at("2026-11-21T020311Z-1f0c9a2b") == dt.datetime(2026, 11, 21, 2, 3, 11, tzinfo=dt.UTC)


def test_publications_that_came_back_without_pointer_and_memory_are_in_the_line(home: Home) -> None:
    restored = [stand(home, number) for number in range(3)]
    assert line(home) == restored[::-1]

    later = published(home, 3)

    assert line(home) == [later, *restored[::-1]]


@settings(deadline=None, max_examples=50)  # each step waits for the disk
@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=25))
def test_the_line_is_what_a_stack_of_nights_says(done: list[int | None]) -> None:
    """None publishes on top of what is in force; a number puts one of those that stand in force, by any of two ways."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        expected: dict[str, list[str]] = {}
        now: list[str] = []
        for number, step in enumerate(done):
            if step is None or not expected:
                version = published(home, number)
                expected[version] = [version, *now]
            else:
                version = list(expected)[step % len(expected)]
                if step % 2:
                    point_to(home, version, ROLLBACK)
                else:
                    by_hand(home, version)
            now = expected[version]
            assert line(home) == now
            assert pointed_to(home) == version
        assert set(last_in_force(home)) == set(expected) == set(standing_versions(home))


def late(home: Home, number: int) -> str:
    version = stand(home, number)
    put_beside(home, version)
    return version


def test_a_late_one_counts_and_readers_never_see_it(home: Home) -> None:
    one = published(home, 0)
    two, three = late(home, 1), late(home, 2)

    assert pointed_to(home) == one
    assert line(home) == [one, three, two]
    assert in_force_on(home, dt.datetime.now(dt.UTC)) == one
    assert set(last_in_force(home)) == {one}
    assert [move.how for move in moves(home)] == [PUBLISHED, LATE, LATE]

    four = published(home, 3)
    assert line(home) == [four, three, two, one]
    assert set(last_in_force(home)) == {one, four}


def test_a_rollback_takes_back_what_was_put_beside_since(home: Home) -> None:
    one, two = published(home, 0), published(home, 1)
    three = late(home, 2)
    four = published(home, 3)

    point_to(home, two, ROLLBACK)
    assert line(home) == [two, one]
    point_to(home, four, ROLLBACK)
    assert line(home) == [four, three, two, one]


def test_nothing_can_be_put_beside_nothing(home: Home) -> None:
    with pytest.raises(ValueError, match="nothing is in force"):
        late(home, 0)


def test_a_full_disk_keeps_one_from_being_put_beside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = published(home, 0), stand(home, 1)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match="No space"):
        put_beside(home, two)
    assert line(home) == [one]


def test_a_clock_that_went_back_does_not_change_the_order(home: Home) -> None:
    later_name, earlier_name, killed = published(home, 40), published(home, 3), stand(home, 41)

    assert standing_versions(home) == [killed, earlier_name, later_name]
    assert line(home) == [earlier_name, later_name]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.one_of(st.sampled_from(["publish", "late"]), st.integers(0, 30)), max_size=25))
def test_late_ones_are_said_between_what_they_were_made_after_and_what_follows(done: list[str | int]) -> None:
    """A number puts one of those that stand in force."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        made_on: dict[str, list[str]] = {}
        pointed: list[str] = []
        in_force: str | None = None
        beside: list[str] = []
        for number, step in enumerate(done):
            if step == "publish" or in_force is None:
                below = [*beside, *(made_on[in_force] if in_force else [])]
                in_force, beside = published(home, number), []
                made_on[in_force] = [in_force, *below]
            elif step == "late":
                version = late(home, number)
                made_on[version] = [version, *beside, *made_on[in_force]]
                beside = [version, *beside]
            else:
                assert isinstance(step, int)
                wanted = list(made_on)[step % len(made_on)]
                if wanted != in_force:
                    point_to(home, wanted, ROLLBACK)
                    beside = []
                in_force = wanted
            pointed.append(in_force)
            head, *rest = made_on[in_force]
            assert line(home) == [head, *beside, *rest]
            assert len(set(line(home))) == len(line(home))
            assert pointed_to(home) == in_force
        assert set(last_in_force(home)) == set(pointed)
        assert set(standing_versions(home)) == set(made_on)
