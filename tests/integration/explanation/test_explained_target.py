"""Why a row of the targeting table says what it says, on a home that stays as it was."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from assets.command_line.explain import command
from integration.contracts import contracts
from integration.explanation.subjects import UnknownSubject
from integration.explanation.target import TargetExplanation, explain_target
from integration.explanation.target_changes import target_changes
from integration.explanation.target_columns import column_rules, origins
from integration.explanation.target_text import target_text
from integration.rules import load_rules
from integration.targeting import build_targeting
from tests.integration.targeting.targeting_world import KEY, PERIOD_END, World
from warehouse.errors import HomeError
from warehouse.publication import Snapshot, publish
from warehouse.settings import Home
from warehouse.tables import table

CHILD_NIK = "3509276505230001"


def world() -> World:
    """Give a poor family with a short, hungry boy, his pregnant mother, and neighbours of no concern."""
    world = World()
    world.family(no_kk="3509271506170003")
    world.head(name="MISNADI")
    world.wife(name="HOLIFAH")
    world.child(
        name="FAUZAN HAKIM", nik=CHILD_NIK, sex="L", months=20, mother_name="HOLIFAH", mother_person_id="MOTHER"
    )
    world.h1("CHILD", measured_on=dt.date(2025, 1, 9), height_cm=77.5, weight_kg=8.9, posyandu="MELATI 1")
    world.h1("CHILD", measured_on=dt.date(2025, 2, 11), height_cm=77.9, weight_kg=8.8, posyandu="MELATI 2")
    world.h2("MOTHER", hb=9.8, muac_cm=22.0, last_period_on=dt.date(2024, 10, 1))
    world.s1("F1", "FATHER", desil_nasional=1, water_source=8)
    world.family("F2")
    world.head("NEIGHBOUR", "F2")
    world.s1("F2", "NEIGHBOUR", desil_nasional=2, latrine_facility=5)
    return world


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a home that holds the world and its targets, and has published them."""
    home = Home(tmp_path_factory.mktemp("targets"))
    home.keys.mkdir()
    (home.keys / "target.key").touch(0o600)
    (home.keys / "target.key").write_bytes(KEY)
    con = world().load()
    build_targeting(con, period="2025-02", period_end=PERIOD_END, target_key=KEY, run_id="a run")
    con.execute(f"ATTACH '{home.database}' AS home")
    con.execute("COPY FROM DATABASE memory TO home")
    con.execute("DETACH home")
    publish(con, home, [Snapshot("targeting", "FROM targeting.targeting")], "a-run-in-tests", {"period": "2025-02"})
    return home


def target(home: Home, subject: str) -> str:
    with duckdb.connect(str(home.database), read_only=True) as con:
        [(found,)] = con.execute(
            "SELECT target_id FROM targeting.targeting WHERE subject_type = ? AND family_id = 'F1'", [subject]
        ).fetchall()
    return str(found)


@pytest.fixture(scope="module")
def child(home: Home) -> TargetExplanation:
    return explain_target(home, target(home, "balita"))


def explain(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--home", str(home.path)])


def outcomes(found: TargetExplanation, part: str) -> dict[str, Any]:
    return {one.code: one for one in found.outcomes if one.part == part}


def test_every_column_of_the_table_has_an_origin_and_the_rules_that_it_names_exist() -> None:
    assert tuple(origins()) == table("targeting.targeting").column_names
    rules = load_rules()
    sources = {None, *rules.sources}
    for name, origin in origins().items():
        assert set(origin.of) <= set(origins()), name
        assert origin.source in sources, name
        assert all(origin.rule(rules).count(named) for named in origin.rules), name
        for dataset, columns in origin.reads.items() if not origin.of_records else ():
            assert set(columns) <= {column.name for column in contracts()[dataset].columns}, name
    assert "PMK 2/2020" in column_rules(rules)["targeting.haz"]


@pytest.mark.parametrize("subject", ["balita", "ibu", "keluarga"])
def test_what_is_explained_is_what_was_decided(home: Home, subject: str) -> None:
    found = explain_target(home, target(home, subject))

    assert found.recomputed
    assert found.same_rules
    assert found.differing == ()
    row = found.row
    held = [code for code, one in outcomes(found, "tiers").items() if one.holds]
    assert held == [reason for reason in row["tier_reasons"] if reason != "DATA_KURANG"]
    gaps = outcomes(found, "gaps")
    assert [code for code, one in gaps.items() if one.holds] == row["gaps"]
    assert [code for code, one in gaps.items() if one.holds is None] == row["gaps_unknown"]
    points = sum(int(one.gives) for one in outcomes(found, "score").values() if one.holds)
    assert row["score"] == min(100, points + min(15, 5 * len(row["gaps"])))
    krs = [one.holds for one in outcomes(found, "krs").values()]
    assert row["krs"] is (all(krs) if None not in krs else row["krs"])


def test_clauses_say_why(child: TargetExplanation) -> None:
    clauses = outcomes(child, "tiers")

    assert clauses["STUNTING_MISKIN"].holds
    assert clauses["STUNTING_MISKIN"].facts == {"is_stunted": True, "extreme_poverty": True}
    assert clauses["2T"].holds is None
    assert clauses["2T"].facts == {"weight_faltering": None}
    assert not clauses["KEK"].about
    assert clauses["KEK"].holds is False
    assert not any(one.missing for one in child.outcomes)


def test_the_row_a_value_was_taken_from_is_told(child: TargetExplanation) -> None:
    inputs = {one.name: one.inputs for one in child.columns}

    weights = [(one.values["weight_kg"], one.gives, one.delivered.rests) for one in inputs["weight_kg"]]
    assert weights == [(8.8, True, True), (8.9, False, False)]
    [posyandu, _] = inputs["posyandu"]
    assert posyandu.values == {"posyandu": "MELATI 2"}
    [desil] = inputs["desil"]
    assert desil.gives
    assert (desil.delivered.dataset, desil.delivered.file) == ("dtsen_keluarga", "dtsen_keluarga.csv")
    [water] = inputs["water_adequate"]
    assert (water.values, water.gives) == ({"water_source": 8}, False)


def test_sources_come_in_their_order_of_precedence(child: TargetExplanation) -> None:
    born = next(one for one in child.columns if one.name == "birth_date")

    assert list(born.origin.reads)[:3] == ["dukcapil_penduduk", "dinkes_balita", "dinkes_ibu_hamil"]
    assert [one.delivered.dataset for one in born.inputs if one.gives] == ["dukcapil_penduduk"]


def test_nothing_that_names_or_describes_a_person_is_shown_unasked(child: TargetExplanation) -> None:
    said = target_text(child, in_full=False)

    for hidden in (CHILD_NIK, "FAUZAN", "HOLIFAH", "MISNADI", "77.9", "8.8", "2025-02-11", "2023-", "MELATI"):
        assert hidden not in said
    assert "350927******0001" in said
    assert "F. H." in said
    assert "weight_faltering unknown" in said
    assert "PMK 2/2020" in said


def test_values_are_shown_when_asked_for(child: TargetExplanation) -> None:
    said = target_text(child, in_full=True)

    assert CHILD_NIK in said
    assert "height_cm (TB/PB): 77.9" in said
    assert "H1 Dinas Kesehatan, dinkes_balita.csv:" in said


def test_the_command_explains_a_target_and_leaves_the_home_as_it_was(home: Home) -> None:
    before = hashlib.sha256(home.database.read_bytes()).hexdigest()

    said = explain(home, target(home, "balita"))

    assert said.exit_code == 0, said.output
    assert "STUNTING_MISKIN" in said.output
    assert hashlib.sha256(home.database.read_bytes()).hexdigest() == before


def test_a_graph_of_a_target_is_refused(home: Home) -> None:
    assert explain(home, target(home, "balita"), "--graph", "x.svg").exit_code == 2


def test_an_unknown_target_is_a_sentence(home: Home) -> None:
    said = explain(home, "TAAAAAAAAAAAAAAAA")

    assert isinstance(said.exception, UnknownSubject)
    assert "neither in its working database nor in its publication" in str(said.exception)


@pytest.fixture
def changed(home: Home, tmp_path: Path) -> Iterator[tuple[Home, duckdb.DuckDBPyConnection]]:
    """Give a copy of the home that may be changed."""
    copy = Home(tmp_path / "copy")
    copy.path.mkdir()
    copy.database.write_bytes(home.database.read_bytes())
    copy.published.symlink_to(home.published)
    with duckdb.connect(str(copy.database)) as con:
        yield copy, con


def test_a_row_of_an_earlier_state_says_so(changed: tuple[Home, duckdb.DuckDBPyConnection]) -> None:
    home, con = changed
    con.execute("UPDATE clean_records.dtsen_keluarga SET desil_nasional = 4")
    con.close()

    found = explain_target(home, target(home, "balita"))

    assert {"desil", "extreme_poverty", "tier_reasons", "score"} <= set(found.differing)
    assert "the row is of an earlier state" in target_text(found, in_full=False)


def test_a_target_that_only_the_publication_has_is_explained_as_far_as_it_goes(
    changed: tuple[Home, duckdb.DuckDBPyConnection],
) -> None:
    home, con = changed
    gone = target_of_copy(con)
    con.execute("DELETE FROM targeting.targeting WHERE target_id = ?", [gone])
    con.execute("DELETE FROM persons.person WHERE person_id = 'CHILD'")
    con.close()

    found = explain_target(home, gone)

    assert not found.recomputed
    assert found.read_from.startswith("publication ")
    clauses = outcomes(found, "tiers")
    assert clauses["STUNTING_MISKIN"].holds
    assert clauses["PENDEK"].missing == ("known_stunting",)
    assert "not kept in the row" in target_text(found, in_full=False)


def test_rules_that_are_gone_are_told(changed: tuple[Home, duckdb.DuckDBPyConnection]) -> None:
    home, con = changed
    con.execute("UPDATE targeting.targeting SET rule_version = '1.0.0+00000000'")
    gone = target_of_copy(con)
    con.close()

    assert not explain_target(home, gone).same_rules


def target_of_copy(con: duckdb.DuckDBPyConnection) -> str:
    [(found,)] = con.execute("SELECT target_id FROM targeting.targeting WHERE subject_type = 'balita'").fetchall()
    return str(found)


def test_a_home_of_another_version_is_a_sentence(changed: tuple[Home, duckdb.DuckDBPyConnection]) -> None:
    home, con = changed
    con.execute("ALTER TABLE clean_records.dinkes_balita DROP COLUMN height_cm")
    con.close()

    with pytest.raises(HomeError, match="another version of Padan"):
        explain_target(home, target(home, "balita"))


def test_a_home_without_targets_is_a_sentence(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()

    with pytest.raises(HomeError, match="holds no targets yet"):
        explain_target(Home(tmp_path), "TAAAAAAAAAAAAAAAA")


def test_the_same_rules_change_nothing(home: Home) -> None:
    changes = target_changes(home, load_rules(), load_rules())

    assert changes.listed == []
    assert changes.columns == []
    assert all(old == new for _, old, new, _ in changes.tiers)
    assert {subject: (before, after) for subject, before, after, *_ in changes.subjects} == {
        "balita": (1, 1), "ibu": (1, 1), "keluarga": (2, 2),
    }  # fmt: skip


def test_source_refs_name_rows_that_the_explanation_finds(child: TargetExplanation) -> None:
    named = {(one["dataset"], one["source_row_no"]) for one in json.loads(child.row["source_refs"])}

    assert {(one.dataset, one.row) for one in child.rests_on} == named
