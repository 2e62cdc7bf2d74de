"""Ids last from night to night: over any sequence of nights, whatever merges, splits, goes and comes back."""

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from integration.persons.lasting_ids import Kind, give_ids, remember

KEY = b"a key for tests only, thirty two"
WORLDS, PARTS = 15, 6
"""Parts of one world never stand with those of another: fifteen small cases are tried in one night."""
DAY = dt.date(2026, 10, 1)
GROUP = Kind(
    name="person",
    letter="P",
    units="SELECT unit, bit_xor(part) AS whole FROM said GROUP BY unit",
    parts="SELECT unit, part, weight, how FROM person_changed JOIN said USING (unit)",
    times="SELECT part FROM said_again",
    texts="SELECT unit, 'part ' || min(part) AS text FROM person_nameless JOIN said USING (unit) GROUP BY unit",
)

Night = frozenset[frozenset[int]]
"""Who stands together: disjoint sets of parts."""


def _grouped(groups: list[int]) -> Night:
    members: dict[tuple[int, int], set[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault((place // PARTS, group), set()).add(place)
    return frozenset(frozenset(parts) for (_, group), parts in members.items() if group)


NIGHTS = st.lists(st.integers(0, PARTS), min_size=WORLDS * PARTS, max_size=WORLDS * PARTS).map(_grouped)
"""Any grouping of any of the parts of each world."""


FEW = settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""Each example holds fifteen cases and takes a second; making a failing one smaller would take minutes."""


class Home:
    """The memory of one home, and what its nights gave."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.runs = 0
        for table in ("whole", "anchor", "history", "alias"):
            con.execute(f"DROP TABLE IF EXISTS persons.person_{table}")

    def sleep(
        self, night: Iterable[frozenset[int]], seed: int = 0, weights: dict[int, int] | None = None
    ) -> dict[frozenset[int], str]:
        """One night: give the id of each group. `seed` shuffles rows and numbers of units."""
        mixed = random.Random(seed)
        groups = sorted(night, key=min)
        numbers = mixed.sample(range(1000), len(groups))
        rows = [(unit, part) for unit, group in zip(numbers, groups, strict=True) for part in group]
        mixed.shuffle(rows)
        self.runs += 1
        con, weights = self.con, weights or {}
        con.execute("CREATE OR REPLACE TEMP TABLE said (unit BIGINT, part BIGINT, weight BIGINT, how VARCHAR)")
        con.execute("CREATE OR REPLACE TEMP TABLE said_again AS SELECT part FROM said")
        if rows:
            values = ", ".join(f"({unit}, {_number(part)}, {weights.get(part, 10)}, 'prob')" for unit, part in rows)
            con.execute(f"INSERT INTO said VALUES {values}")
        give_ids(con, GROUP, KEY)
        remember(con, GROUP, DAY + dt.timedelta(self.runs), f"run {self.runs}")
        units = dict(con.execute("SELECT unit, id FROM person_key").fetchall())
        assert len(units) == len(con.execute("SELECT unit FROM person_key").fetchall())
        return {group: units[number] for number, group in zip(numbers, groups, strict=True)}

    def events(self) -> list[tuple[str, str, str | None]]:
        """Give what the last night wrote into the history."""
        return self.con.execute(
            "SELECT event, person_id, other_person_id FROM persons.person_history WHERE run_id = ? ORDER BY ALL",
            [f"run {self.runs}"],
        ).fetchall()

    def aliases(self) -> dict[str, str]:
        """Give the old ids and what they resolve to."""
        return dict(self.con.execute("SELECT old_person_id, person_id FROM persons.person_alias").fetchall())


def _number(part: int) -> int:
    """Spread the parts over 63 bits, as hashes are."""
    return random.Random(part).getrandbits(63)


CONNECTION = duckdb.connect(config={"threads": 1})
CONNECTION.execute("CREATE SCHEMA persons")


@contextmanager
def home() -> Iterator[Home]:
    yield Home(CONNECTION)


def of(*groups: str) -> Night:
    """Read groups written as digits: `of("12", "3")`."""
    return frozenset(frozenset(map(int, group)) for group in groups)


def named(ids: dict[frozenset[int], str]) -> dict[str, str]:
    return {"".join(map(str, sorted(group))): one for group, one in ids.items()}


@FEW
@given(st.lists(NIGHTS, min_size=1, max_size=5))
def test_no_two_share_an_id_and_who_did_not_change_keeps_it(course: list[Night]) -> None:
    with home() as one:
        before: dict[frozenset[int], str] = {}
        for night in course:
            ids = one.sleep(night)
            assert set(ids) == set(night)
            assert len(set(ids.values())) == len(ids)
            assert all(ids[group] == before[group] for group in night if group in before)
            before = ids


@FEW
@given(st.lists(NIGHTS, max_size=3), NIGHTS, NIGHTS)
def test_a_night_replayed_gives_its_ids_again(past: list[Night], yesterday: Night, between: Night) -> None:
    with home() as one:
        for night in past:
            one.sleep(night)
        ids = one.sleep(yesterday)
        assert one.sleep(yesterday) == ids
        assert one.events() == []
        one.sleep(between)
        assert one.sleep(yesterday) == ids


@FEW
@given(st.lists(NIGHTS, min_size=1, max_size=4), st.integers(1, 1000))
def test_the_order_of_rows_and_the_numbers_of_units_do_not_matter(course: list[Night], seed: int) -> None:
    with home() as one:
        in_order = [one.sleep(night) for night in course]
    with home() as one:
        assert [one.sleep(night, seed + number) for number, night in enumerate(course)] == in_order


@FEW
@given(st.lists(NIGHTS, min_size=2, max_size=5))
def test_the_history_tells_who_is_there_and_old_ids_resolve(course: list[Night]) -> None:
    with home() as one:
        living: set[str] = set()
        gone: set[str] = set()
        one.sleep(of("1"))  # the first night of a home is no event
        one.sleep(of())
        for night in course:
            ids = set(one.sleep(night).values())
            events = one.events()
            ended = {old for event, old, _ in events if event in ("merged", "gone")}
            begun = {fresh for event, fresh, _ in events if event in ("new", "split", "returned")}
            assert begun == ids - living
            assert not ended & ids
            assert living - ids <= ended
            assert all(other in ids for event, _, other in events if event in ("merged", "split"))
            gone |= {old for event, old, _ in events if event == "gone"}
            gone -= {old for event, old, _ in events if event == "merged"} | ids
            living = ids
            aliases = one.aliases()
            assert not aliases.keys() & (living | gone)
            assert set(aliases.values()) <= living | gone


@FEW
@given(NIGHTS, NIGHTS)
def test_who_holds_most_of_what_held_an_id_holds_it(first: Night, second: Night) -> None:
    with home() as one:
        before, after = one.sleep(first), one.sleep(second)
        for group, old in before.items():
            holders = [unit for unit in second if unit & group]
            if len(holders) == 1 and not any(holders[0] & other for other in first if other != group):
                assert after[holders[0]] == old


def test_a_fresh_home_names_by_content() -> None:
    with home() as one:
        first = one.sleep(of("12", "3"))
    with home() as one:
        one.sleep(of())
        assert one.sleep(of("12", "3"), seed=5) == first


def test_merged_and_split_again() -> None:
    with home() as one:
        apart = named(one.sleep(of("12", "3")))
        together = named(one.sleep(of("123")))
        assert together == {"123": apart["12"]}
        assert one.events() == [("merged", apart["3"], apart["12"])]
        assert one.aliases() == {apart["3"]: apart["12"]}
        again = named(one.sleep(of("12", "34")))
        assert again == {"12": apart["12"], "34": apart["3"]}
        assert one.events() == [("split", apart["3"], apart["12"])]
        assert one.aliases() == {}


def test_a_part_that_never_had_an_id_of_its_own_gets_a_new_one() -> None:
    with home() as one:
        (old,) = one.sleep(of("123")).values()
        ids = named(one.sleep(of("12", "3")))
        assert ids["12"] == old
        assert one.events() == [("split", ids["3"], old)]


def test_an_old_id_resolves_through_two_merges() -> None:
    with home() as one:
        ids = named(one.sleep(of("1", "23", "4567")))
        one.sleep(of("123", "4567"))
        one.sleep(of("1234567"))
        assert one.aliases() == {ids["1"]: ids["4567"], ids["23"]: ids["4567"]}
        one.sleep(of("4567"))
        assert one.aliases() == {ids["1"]: ids["4567"], ids["23"]: ids["4567"]}
        assert one.events() == []


def test_who_went_comes_back_with_the_same_id() -> None:
    with home() as one:
        ids = named(one.sleep(of("12", "3")))
        one.sleep(of("3"))
        assert one.events() == [("gone", ids["12"], None)]
        assert named(one.sleep(of("124", "3"))) == {"124": ids["12"], "3": ids["3"]}
        assert one.events() == [("returned", ids["12"], None)]


def test_the_heavy_part_decides() -> None:
    with home() as one:
        ids = named(one.sleep(of("12", "3"), weights={3: 1000}))
        assert named(one.sleep(of("123"), weights={3: 1000})) == {"123": ids["3"]}


@pytest.mark.parametrize("said_so", [1, 3])
def test_a_part_weighs_as_often_as_it_is_said(said_so: int) -> None:
    with home() as one:
        ids = named(one.sleep(of("12", "3")))
        one.con.execute("CREATE OR REPLACE TEMP TABLE said_again AS SELECT 0::BIGINT AS part")
        repeated = GROUP.__class__(**{**GROUP.__dict__, "times": f"SELECT {_number(3)} AS part FROM range({said_so})"})
        one.con.execute("UPDATE said SET unit = 1")
        give_ids(one.con, repeated, KEY)
        wanted = ids["12"] if said_so == 1 else ids["3"]
        assert one.con.execute("SELECT id FROM person_key").fetchall() == [(wanted,)]


def test_a_hint_decides_only_where_nothing_else_speaks() -> None:
    with home() as one:
        ids = named(one.sleep(of("12", "3"), weights={2: 1}))
        assert named(one.sleep(of("24", "5"), weights={2: 1}))["24"] == ids["12"]


def test_a_new_id_is_never_one_that_was_given_before() -> None:
    with home() as one:
        (first,) = one.sleep(of("12")).values()  # made of part 1 or 2, whichever is smaller
        keeper, other = ("2", "1") if _number(1) < _number(2) else ("1", "2")
        ids = named(one.sleep(of(keeper + "3", other), weights={int(keeper): 1000}))
        assert ids[keeper + "3"] == first
        assert ids[other] != first
