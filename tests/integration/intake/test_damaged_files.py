"""Whatever is done to a file: a sentence or its rows, each accounted for, and the delivery before stays in force.

A few of each kind; a thousand, each in a process of its own: `python benchmarks/damaged_files.py`.
"""

from pathlib import Path

import pytest

from benchmarks.damage_to_files import WAYS
from benchmarks.damaged_files import Outcome, cases, deliver, good_tables, take
from integration.contracts import contract
from tests.integration.intake.conftest import Intake

QUICK = [name for name in WAYS if "million" not in name and "bomb" not in name and "endless" not in name]
"""The others are large: they are in `tests/integration/reading/test_limits.py`, one by one."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    return good_tables(tmp_path_factory.mktemp("sample"), seed=7, families=60, most_rows=8)


def test_damage_gives_a_sentence_or_rows(intake: Intake, tables: dict[str, list[list[str]]], tmp_path: Path) -> None:
    outcomes = []
    for number, (good, way, chance) in enumerate(cases(tables, len(QUICK), seed=11, ways=QUICK)):
        outcome = Outcome(way, good.dataset, good.format)
        folder = tmp_path / str(number) / contract(good.dataset).agency / good.dataset / "2026-10"
        damaged = WAYS[way][0](good, chance)
        deliver(damaged, good, folder)
        take(intake.connection, intake.home, good, folder, outcome, fetched=damaged.archive is not None)
        outcomes.append(outcome)
    assert [(one.way, one.dataset, one.format, one.wrong) for one in outcomes if one.wrong] == []
    assert sum(bool(one.taken_in) for one in outcomes) > 5
    assert sum(bool(one.refused) for one in outcomes) > 5


def test_the_same_seed_does_the_same_damage(tables: dict[str, list[list[str]]]) -> None:
    once, again = ([WAYS[way][0](good, chance).files for good, way, chance in cases(tables, 9, 3, QUICK)] for _ in "ab")
    assert once == again
