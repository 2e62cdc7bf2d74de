"""Night after night: what looks only at what changed leaves behind exactly what a run on everything would."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from integration.linkage import Model, load_model, match_records
from tests.integration.linkage.small_world import (
    OTHER_VILLAGE,
    VILLAGE,
    Row,
    decide,
    deliver,
    kalisat,
    left_behind,
    opened,
    record,
    warehouse,
)
from warehouse.database import Connection

Said = dict[str, Any]
"""What a row says, as `record` takes it."""

NIKS = ["3509276505230001", "3509275208940001", "3509270203250001", "3509271203900004", "350927**********", None]
CARDS = ["3509271506170003", "3509272003150001", "3509270101100009", None]
WORDS: dict[str, list[Any]] = {
    "name": [
        *("SITI NAYLA AZZAHRA", "NAYLA", "AHMAD FAUZI", "AHMAD FAUZAN", "HOLIFAH", "SITI HOLIFAH", "MISNADI"),
        *("BY NY HOLIFAH", "SAMSUL ARIFIN", "SAMSUL", "BUDI", "SITI", None),
    ],
    "nik": NIKS,
    "kk": CARDS,
    "born": ["2023-05-25", "2025-03-02", "2025-02-03", "1994-08-12", "1990-03-12", None],
    "sex": ["L", "P", None],
    "relationship": ["1", "3", "4", None],
    "parent_name": ["HOLIFAH", "SUPIYATI", None],
    "spouse_name": ["HOLIFAH", "SAMSUL ARIFIN", None],
    "village_code": [VILLAGE, OTHER_VILLAGE, None],
    "rt": ["001", "003", None],
}
REGISTER = ("dukcapil_penduduk", "self")
SOURCES = [
    *(("dtsen_anggota", "self"), ("dtsen_keluarga", "head"), ("dinkes_balita", "self"), ("dinkes_ibu_hamil", "self")),
    *(("siga_krs", "head"), ("siga_krs", "wife")),
]
MODELS = {"usual": load_model(), "narrow": replace(load_model(), largest_block=4)}
"""To the narrow one many keys are too wide, and one person more or less makes another so."""


def drawn(dice: random.Random, row: int, dataset: str, role: str) -> Said:
    """Give a row of values that many rows share, so that rivals, contradictions and taken persons are common."""
    said = {word: dice.choice(values) for word, values in WORDS.items() if dice.random() < 0.7}
    if dataset == "dukcapil_penduduk":
        said |= {"nik": f"3509271203{row:06}" if dice.random() < 0.9 else dice.choice(NIKS), "kk": dice.choice(CARDS)}
    return said | {"dataset": dataset, "role": role, "row": row}


def neighbour(row: int) -> Said:
    """Give a register person whom nothing here speaks of; some of the tokens of the name are common."""
    name = f"{('SITI', 'AHMAD')[row % 2]} {'ABCDEFGHIJ'[row % 10]}{'UIOEA'[row // 10 % 5]}R{'NKLM'[row % 4]}I"
    numbers = {"nik": f"350921010170{row:04}", "kk": f"35092101017{row // 4:05}"}
    return {"dataset": "dukcapil_penduduk", "row": row, "name": name, "born": f"1970-01-{row % 28 + 1:02}"} | numbers


def first_night() -> list[Said]:
    """Give 49 rows of the register and 30 others; with `kalisat` two more or less make no other size of register."""
    dice = random.Random(3)
    register = [drawn(dice, row, *REGISTER) for row in range(20, 30)] + [neighbour(row) for row in range(200, 239)]
    return register + [drawn(dice, row, *SOURCES[row % len(SOURCES)]) for row in range(100, 130)]


def delivered(said: list[Said]) -> list[Row]:
    return kalisat() + [record(**one) for one in said]


Change = tuple[str, int, Any]
"""What happens, at which of the rows, and with what."""
ROWS = st.integers(0, 78)
CHANGES: st.SearchStrategy[Change] = st.one_of(
    *(st.tuples(st.just("edit"), ROWS, st.tuples(st.just(word), st.sampled_from(WORDS[word]))) for word in WORDS),
    *(st.tuples(st.just(what), ROWS, st.sampled_from([REGISTER, *SOURCES])) for what in ("add", "copy")),
    st.tuples(st.just("delete"), ROWS, st.none()),
    st.tuples(st.just("move"), ROWS, st.sampled_from([9, 10])),
    *(st.tuples(st.just(verdict), ROWS, ROWS) for verdict in ("same", "different", "unknown")),
)
NIGHTS = st.lists(st.lists(CHANGES, min_size=1, max_size=4), min_size=1, max_size=3)


def changed(said: list[Said], changes: list[Change], night: int) -> list[Said]:
    """Give what is delivered after some changes; rows that are new to their file get numbers of their own."""
    said = list(said)
    for number, (what, place, value) in enumerate(changes, 1000 + 100 * night):
        at = place % len(said)
        match what:
            case "edit":
                word, text = value
                said[at] = said[at] | {word: text}
            case "add":
                said.append(drawn(random.Random(place), number, *value))
            case "copy":
                dataset, role = value
                said.append(said[at] | {"dataset": dataset, "role": role, "row": number})
            case "delete":
                del said[at]
            case "move":
                said[at] = said[at] | {"month": value, "row": number}
    return said


def decide_about(con: Connection, changes: list[Change], night: int) -> None:
    """Insert the decisions among the changes, about descriptions of last night."""
    found = con.execute("SELECT DISTINCT description_id FROM matched_pairs.record_description ORDER BY ALL").fetchall()
    for what, *places in changes:
        if what in ("same", "different", "unknown"):
            a, b = (found[place % len(found)][0] for place in places)
            if a != b:
                decide(con, a, b, what, day=2 + night)


def on_everything(con: Connection, rows: list[Row], model: Model) -> dict[str, list[tuple[Any, ...]]]:
    """Give what a first run leaves behind on the same records and decisions, the records in another order."""
    with closing(warehouse(rows, shuffle=1)) as other:
        other.register("decided_there", con.sql("FROM matched_pairs.decision").to_arrow_table())
        other.execute("CREATE TABLE matched_pairs.decision AS FROM decided_there")
        other.unregister("decided_there")
        match_records(other, model)
        return left_behind(other)


@contextmanager
def copy_of(home: Path) -> Iterator[Connection]:
    with tempfile.TemporaryDirectory() as folder, closing(opened(Path(shutil.copy(home, folder)))) as con:
        yield con


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give homes after the first night, by the name of the model; to be copied."""
    folder = tmp_path_factory.mktemp("homes")
    for name, model in MODELS.items():
        with closing(warehouse(delivered(first_night()), database=folder / name)) as con:
            match_records(con, model)
    return {name: folder / name for name in MODELS}


# without shrinking: each example is several runs of a second each
@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(nights=NIGHTS, name=st.sampled_from(sorted(MODELS)))
def test_looking_only_at_what_changed_ends_where_looking_at_everything_does(
    homes: dict[str, Path], nights: list[list[Change]], name: str
) -> None:
    said = first_night()
    with copy_of(homes[name]) as con:
        for night, changes in enumerate(nights):
            decide_about(con, changes, night)
            said = changed(said, changes, night)
            deliver(con, delivered(said), shuffle=night)
            match_records(con, MODELS[name])
        assert left_behind(con) == on_everything(con, delivered(said), MODELS[name])


@pytest.fixture
def home(homes: dict[str, Path]) -> Iterator[Connection]:
    """Give a home after the first night with the usual model."""
    with copy_of(homes["usual"]) as con:
        yield con


EVERYBODY = 89


def test_a_night_without_news_compares_nothing_and_leaves_the_same(home: Connection) -> None:
    before = left_behind(home)
    summary = match_records(home, MODELS["usual"])
    assert (summary.changed, summary.register_persons + summary.descriptions) == (0, EVERYBODY)
    assert left_behind(home) == before


@pytest.mark.parametrize("one", ["min", "max"])
def test_what_people_said_holds_also_the_night_after(home: Connection, one: str) -> None:
    """Who is the same as somebody placed in the register is that person: tonight, and when nothing of it is news."""
    ((placed, alone),) = home.execute(
        f"""SELECT {one}(description_id) FILTER (linked_to IS NOT NULL),
                   min(description_id) FILTER (match_method = 'unlinked')
        FROM matched_pairs.person_link"""
    ).fetchall()
    decide(home, placed, alone, "same")
    match_records(home, MODELS["usual"])
    told = left_behind(home)

    match_records(home, MODELS["usual"])

    assert left_behind(home) == told
    assert told == on_everything(home, delivered(first_night()), MODELS["usual"])


def test_a_night_works_on_what_changed_alone(home: Connection) -> None:
    said = [one | {"rt": "002"} if one["row"] == 104 else one for one in first_night()]
    deliver(home, delivered(said))
    assert match_records(home, MODELS["usual"]).changed == 1


def test_a_record_that_identifies_nobody_is_read_anew_when_it_says_something_else(home: Connection) -> None:
    for name, spouse in [("BUDI", "HOLIFAH"), ("SITI", "SUPIYATI")]:
        row = record("p3ke_keluarga", 90, name, "head", spouse_name=spouse)
        deliver(home, [*delivered(first_night()), row])
        match_records(home, MODELS["usual"])
        assert home.execute(
            "SELECT name, spouse FROM matched_pairs.description WHERE dataset = 'p3ke_keluarga'"
        ).fetchall() == [(name, spouse)]


def test_a_night_that_broke_off_is_done_afresh(home: Connection) -> None:
    wanted = left_behind(home)
    tables = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'linkage_memory' AND table_name <> 'state'"
    for (table,) in home.execute(tables).fetchall():
        home.execute(f"DELETE FROM linkage_memory.{table}")
    home.execute("UPDATE linkage_memory.state SET complete = false")
    assert match_records(home, MODELS["usual"]).changed == EVERYBODY
    assert left_behind(home) == wanted


def test_a_night_that_fails_is_not_remembered_as_done(home: Connection) -> None:
    wanted = left_behind(home)
    home.execute("ALTER TABLE clean_records.person_record RENAME TO out_of_reach")
    with pytest.raises(duckdb.CatalogException):
        match_records(home, MODELS["usual"])
    home.execute("ALTER TABLE clean_records.out_of_reach RENAME TO person_record")
    assert match_records(home, MODELS["usual"]).changed == EVERYBODY
    assert left_behind(home) == wanted


def test_another_model_does_not_trust_what_the_first_one_remembers(home: Connection, homes: dict[str, Path]) -> None:
    assert match_records(home, MODELS["narrow"]).changed == EVERYBODY
    with copy_of(homes["narrow"]) as other:
        assert left_behind(home) == left_behind(other)


def test_a_register_of_another_size_is_reckoned_anew(home: Connection) -> None:
    rows = delivered([*first_night(), *(neighbour(row) for row in range(300, 320))])
    deliver(home, rows)
    assert match_records(home, MODELS["usual"]).changed == EVERYBODY + 20
    assert left_behind(home) == on_everything(home, rows, MODELS["usual"])


def test_the_memory_may_be_thrown_away(home: Connection) -> None:
    wanted = left_behind(home)
    home.execute("DROP SCHEMA linkage_memory CASCADE")
    match_records(home, MODELS["usual"])
    assert left_behind(home) == wanted
