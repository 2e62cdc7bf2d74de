"""What people decided holds, for as long as both descriptions say what they said then."""

from typing import Any

import pytest

from integration.linkage import load_model, match_records
from tests.integration.linkage.small_world import (
    Place,
    Row,
    clusters,
    decide,
    deliver,
    description_of,
    record,
    register_row,
    warehouse,
)
from warehouse.database import Connection

NAMES = {
    1: "SUHARTATIK", 2: "ENDANG PURWANINGSIH", 3: "LILIK FARIDA", 4: "WAGIYEM", 5: "ROHMATUL UMMAH",
    6: "TUTIK ISLAMIYAH", 7: "DEWI ANGGRAENI", 8: "KHUSNUL KHOTIMAH", 9: "PONIRAH", 10: "YULIATI", 11: "GALUH PERTIWI",
    12: "MARSINAH", 13: "ELOK ZAKIYAH", 14: "BADRIYAH", 15: "CICIK WULANDARI", 16: "OKTAVIA RENGGANIS", 17: "VERONIKA",
}  # fmt: skip


def registered(number: int) -> Row:
    """Give a woman of the register, unlike all the others."""
    born, nik = f"19{60 + number}-{number % 12 + 1:02}-{number + 3:02}", f"3509{number:02}41017{number:02}001"
    said = {"village_code": f"35.09.27.20{number:02}"}
    return register_row(number, NAMES[number], nik, f"35092701{number:02}130001", born, "P", "1", **said)


def mother(number: int, row: int, **said: Any) -> Row:
    """Give a visit of the woman of that number, which says what the register says unless told otherwise."""
    woman = registered(number)
    known = {"name": NAMES[number], "nik": woman["nik"], "born": woman["birth_date"].isoformat(), "sex": "P"}
    return record("dinkes_ibu_hamil", row, **known | {"village_code": woman["village_code"]} | said)


def outside(row: int, name: str, **said: Any) -> Row:
    """Give a child whom the register does not know."""
    return record("dinkes_balita", row, name, **{"sex": "L", "village_code": "35.09.27.2099"} | said)


def woman(number: int) -> Place:
    return ("dukcapil_penduduk", 10, number, "self")


def visit(row: int) -> Place:
    return ("dinkes_ibu_hamil", 10, row, "self")


def child(row: int) -> Place:
    return ("dinkes_balita", 10, row, "self")


NAME_ALONE: dict[str, Any] = {"nik": None, "born": None, "village_code": None}
FIRST_NIGHT = [
    *(registered(number) for number in NAMES),
    mother(1, 101, **NAME_ALONE),
    mother(2, 102),
    outside(104, "GILANG RAMADHAN", born="2024-03-01", parent_name="SRIATUN"),
    outside(105, "GILANG RAMADHAN", born="2024-03-01", parent_name="SRIATUN", rt="001"),
    outside(106, "ANANDA", born="2022-08-08", parent_name="ROSIDA"),
    outside(107, "RIFKI", born="2023-01-17", parent_name="JUMAIYAH"),
    mother(3, 108),
    mother(3, 109, **NAME_ALONE | {"name": "LILI"}),
    outside(110, "KEVIN", born="2025-05-05", parent_name="TITIN"),
    outside(111, "KELVIN", born="2025-05-15", parent_name="TITIN SUMARNI"),
    outside(112, "MELVIN", born="2025-01-15", parent_name="SUMARNI"),
    mother(4, 113, **NAME_ALONE),
    mother(6, 114),
    mother(7, 115),
    mother(8, 116),
    mother(9, 117),
    mother(10, 118, **NAME_ALONE),
    mother(11, 119),
    mother(12, 120, **NAME_ALONE),
    mother(13, 121),
    mother(13, 122, rt="009"),
    mother(14, 123),
    mother(15, 124),
    mother(16, 125),
    record("dtsen_anggota", 127, NAMES[17], nik=registered(17)["nik"], born="1977-06-20", sex="P"),
    record("dtsen_anggota", 128, "VERA"),
    mother(16, 126, **NAME_ALONE | {"name": "RENGGANIS"}),
]
BY_PROGRAM = {
    "a visit with her own NIK": (visit(102), woman(2)),
    "two rows of a child outside the register": (child(104), child(105)),
    "two visits of one woman": (visit(121), visit(122)),
    "a visit that nobody doubts": (visit(123), woman(14)),
}
HELD_APART_BY_PROGRAM = {
    "a name alone": (visit(101), woman(1)),
    "two children of other mothers": (child(106), child(107)),
    "a part of a name": (visit(109), visit(108)),
}

SAME = {
    "unregistered and register": (visit(101), woman(1)),
    "two unregistered": (child(106), child(107)),
    "unregistered and placed": (visit(109), visit(108)),
    "a second row of a source that holds each person once": (("dtsen_anggota", 10, 128, "self"), woman(17)),
    "what the program joins, too": (visit(123), woman(14)),
    "before the row vanished": (visit(120), woman(12)),
}
DIFFERENT = {
    "unregistered and register": (visit(102), woman(2)),
    "two unregistered": (child(104), child(105)),
    "two placed on one woman": (visit(121), visit(122)),
    "unregistered and placed": (visit(126), visit(125)),
    "before the visit changed": (visit(119), woman(11)),
    "before the register changed": (visit(124), woman(15)),
}
CONTRADICTORY = {
    # what was decided different though other decisions, taken together, say the same
    "a chain of unregistered": ((child(110), child(112)), [(child(110), child(111)), (child(111), child(112))]),
    "a visit given to two women": ((woman(4), woman(5)), [(visit(113), woman(4)), (visit(113), woman(5))]),
    "a chain of placed": ((visit(114), visit(116)), [(visit(114), visit(115)), (visit(115), visit(116))]),
}
TAKEN_BACK = {
    "same, then different": (visit(117), woman(9), ("same", "different"), False),
    "same, then unknown": (visit(118), woman(10), ("same", "unknown"), False),
}


def together(people: dict[Place, int], pair: tuple[Place, Place]) -> bool:
    return people[pair[0]] == people[pair[1]]


def decide_all(con: Connection) -> None:
    def said(pair: tuple[Place, Place], verdict: str, day: int = 2) -> None:
        decide(con, description_of(con, pair[0]), description_of(con, pair[1]), verdict, day)

    for pair in SAME.values():
        said(pair, "same")
    for pair in DIFFERENT.values():
        said(pair, "different")
    for apart, joined in CONTRADICTORY.values():
        said(apart, "different")
        for pair in joined:
            said(pair, "same")
    for a, b, verdicts, _ in TAKEN_BACK.values():
        for day, verdict in enumerate(verdicts, 2):
            said((a, b), verdict, day)
    decide(con, 11, 12, "same")  # of descriptions that nobody knows
    decide(con, 11, description_of(con, woman(17)), "same")


@pytest.fixture(scope="module")
def world() -> Connection:
    """Give a home after a first night, before anybody decided."""
    con = warehouse(FIRST_NIGHT)
    match_records(con, load_model())
    return con


@pytest.fixture(scope="module")
def before(world: Connection) -> dict[Place, int]:
    return clusters(world)


@pytest.fixture(scope="module")
def decided(world: Connection, before: dict[Place, int]) -> Connection:
    """Give the same home after people decided and the night that followed; `before` was read."""
    decide_all(world)
    match_records(world, load_model())
    return world


@pytest.fixture(scope="module")
def after(decided: Connection) -> dict[Place, int]:
    return clusters(decided)


@pytest.mark.parametrize("case", BY_PROGRAM)
def test_what_the_program_joins_before_anybody_decided(before: dict[Place, int], case: str) -> None:
    assert together(before, BY_PROGRAM[case])


@pytest.mark.parametrize("case", HELD_APART_BY_PROGRAM)
def test_what_the_program_holds_apart_before_anybody_decided(before: dict[Place, int], case: str) -> None:
    assert not together(before, HELD_APART_BY_PROGRAM[case])


@pytest.mark.parametrize("case", SAME)
def test_decided_the_same_is_one_person(after: dict[Place, int], case: str) -> None:
    assert together(after, SAME[case])


@pytest.mark.parametrize("case", DIFFERENT)
def test_decided_different_are_two_persons(after: dict[Place, int], case: str) -> None:
    assert not together(after, DIFFERENT[case])


@pytest.mark.parametrize("case", CONTRADICTORY)
def test_contradictory_decisions_never_join_what_was_decided_different(after: dict[Place, int], case: str) -> None:
    apart, _ = CONTRADICTORY[case]
    assert not together(after, apart)


@pytest.mark.parametrize("case", TAKEN_BACK)
def test_the_newest_verdict_counts(after: dict[Place, int], case: str) -> None:
    a, b, _, wanted = TAKEN_BACK[case]
    assert together(after, (a, b)) is wanted


def test_a_decision_joins_nobody_whom_it_is_not_about(after: dict[Place, int]) -> None:
    women = [after[woman(number)] for number in NAMES if number not in (4, 5, 6, 7, 8)]
    assert len(set(women)) == len(women)


def test_a_pair_that_was_decided_the_same_is_joined_by_hand(decided: Connection) -> None:
    pair = [description_of(decided, place) for place in SAME["unregistered and register"]]
    assert decided.execute(
        "SELECT cluster, linked_to, match_method, match_band FROM matched_pairs.person_link WHERE description_id = ?",
        [pair[0]],
    ).fetchall() == [(pair[1], pair[1], "manual", "auto")]


@pytest.mark.parametrize("table", ["candidate_pair", "review_queue", "person_link"])
def test_every_key_stands_once(decided: Connection, table: str) -> None:
    key = "description_id" if table == "person_link" else "description_a, description_b"
    twice = f"SELECT {key} FROM matched_pairs.{table} GROUP BY {key} HAVING count(*) > 1"
    assert decided.execute(twice).fetchall() == []


def test_pairs_that_were_joined_are_one_person_and_their_links_say_so(decided: Connection) -> None:
    parted = """SELECT description_a, description_b FROM matched_pairs.candidate_pair
        JOIN matched_pairs.person_link AS a ON a.description_id = description_a
        JOIN matched_pairs.person_link AS b ON b.description_id = description_b
        WHERE chosen AND a.cluster <> b.cluster"""
    elsewhere = """SELECT link.description_id FROM matched_pairs.person_link AS link
        JOIN matched_pairs.person_link AS other ON other.description_id = link.linked_to
        WHERE link.cluster <> other.cluster"""
    assert decided.execute(parted).fetchall() == []
    assert decided.execute(elsewhere).fetchall() == []


def test_what_was_decided_is_not_asked_again(decided: Connection) -> None:
    asked = decided.execute(
        """SELECT verdict FROM matched_pairs.review_queue AS q
        JOIN matched_pairs.decision AS d ON d.description_a = least(q.description_a, q.description_b)
                                        AND d.description_b = greatest(q.description_a, q.description_b)"""
    ).fetchall()
    assert {verdict for (verdict,) in asked} <= {"unknown"}


@pytest.fixture(scope="module")
def later(decided: Connection, after: dict[Place, int]) -> Connection:
    """Give the home a night later: a visit is gone, another one and a woman of the register say something new."""
    assert after
    changed = {
        visit(119): mother(11, 119, rt="007"),
        woman(15): registered(15) | {"rt": "007"},
        visit(120): None,
    }
    rows = [changed.get((row["dataset"], 10, row["source_row_no"], "self"), row) for row in FIRST_NIGHT]
    deliver(decided, [row for row in rows if row])
    match_records(decided, load_model())
    return decided


def test_a_changed_fact_makes_a_decision_void(later: Connection) -> None:
    people = clusters(later)
    assert together(people, DIFFERENT["before the visit changed"])
    assert together(people, DIFFERENT["before the register changed"])


def test_what_was_decided_of_others_stays_when_something_changed(later: Connection, after: dict[Place, int]) -> None:
    people = clusters(later)
    gone = {visit(119), visit(120), visit(124)}
    for pair in [*SAME.values(), *DIFFERENT.values()]:
        if not gone & set(pair):
            assert together(people, pair) == together(after, pair)
