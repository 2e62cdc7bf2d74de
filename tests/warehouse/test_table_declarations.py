"""Tables are declared once as data: all load, their DDL runs, and a wrong one says exactly what is wrong."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import DeclarationError
from warehouse.settings import STAGES
from warehouse.tables import stage_tables, table

declaration = sys.modules["warehouse.tables.declaration"]

GOOD = """
visit:
  meaning: A visit
  key: [visit_id]
  empty: false
  columns:
    visit_id: {type: VARCHAR, filled: true, meaning: Its number}
    seen_on: {type: DATE, meaning: Its day, label: Tanggal, privacy: health, min: 1}
"""


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Put a declaration in the place of the first stage's."""
    monkeypatch.setattr(declaration, "_FOLDER", tmp_path)

    def declare_one(text: str) -> None:
        stage_tables.cache_clear()
        (tmp_path / f"{STAGES[0]}.yaml").write_text(text, encoding="utf-8")
        stage_tables(STAGES[0])

    yield declare_one
    stage_tables.cache_clear()


@pytest.mark.parametrize("stage", STAGES)
def test_the_ddl_of_every_table_runs_and_its_select_fits_it(stage: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE SCHEMA {stage}")
        assert stage_tables(stage)
        for one in stage_tables(stage).values():
            connection.execute(one.ddl())
            connection.execute(f"INSERT INTO {one.full_name} {one.select(one.full_name)}")
            connection.execute(one.ddl("another_name"))
            found = connection.execute(f"SELECT column_name FROM (DESCRIBE {one.full_name})").fetchall()
            assert tuple(name for (name,) in found) == one.column_names


@pytest.mark.parametrize("stage", STAGES)
def test_every_table_and_column_says_what_it_means(stage: str) -> None:
    for one in stage_tables(stage).values():
        assert one.meaning
        assert all(column.meaning for column in one.columns), one.full_name
        assert one.key


def test_a_good_declaration_is_what_it_says(declare: Callable[[str], None]) -> None:
    declare(GOOD)
    visit = table("agency_extracts.visit")
    assert (visit.key, visit.empty, visit.column_names) == (("visit_id",), False, ("visit_id", "seen_on"))
    assert '"visit_id" VARCHAR NOT NULL' in visit.ddl()
    for name in ("agency_extracts.other", "nowhere.visit", "visit"):
        with pytest.raises(DeclarationError, match=f"No table {name} is declared"):
            table(name)


@pytest.mark.parametrize(
    ("said", "instead", "sentence"),
    [
        ("key: [visit_id]", "key: [id]", r"its key names \['id'\], which are no columns"),
        ("filled: true", "full: true", r"agency_extracts.visit.visit_id: unknown words \['full'\]"),
        ("privacy: health", "privacy: secret", "agency_extracts.visit.seen_on: privacy is 'secret'"),
        ("type: DATE, ", "", "agency_extracts.visit.seen_on: type is not said"),
        ("meaning: Its day, ", "", "agency_extracts.visit.seen_on: meaning is not said"),
        ("  meaning: A visit\n", "", "Table agency_extracts.visit: meaning is not said"),
        ("empty: false", "emty: false", r"Table agency_extracts.visit: unknown words \['emty'\]"),
    ],
)
def test_a_wrong_declaration_says_place_and_word(
    declare: Callable[[str], None], said: str, instead: str, sentence: str
) -> None:
    assert said in GOOD
    with pytest.raises(DeclarationError, match=sentence):
        declare(GOOD.replace(said, instead, 1))
