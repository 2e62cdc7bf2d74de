"""The engine alone, on any table of persons."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from integration.linkage import Model, load_model
from integration.linkage.link import LinkSummary, link, suggest_for
from integration.linkage.standards import STANDARDS
from warehouse.database import Connection
from warehouse.errors import DeclarationError, HomeError, PadanError

PLACED = load_model(Path(__file__).with_name("people.yaml"))
"""Places the list B, and any other, on the list A."""
LOOSE = replace(PLACED, spine=None, exclusive=())
"""The same without a list on which the others are placed."""

Person = tuple[object, str | None, str | None, str | None, str | None]
"""Id, list, name, birth date, town."""
SCHEMA = ["number", "list", "name", "date_of_birth", "town"]

NAYLA: Person = ("a1", "A", "Siti Nayla", "1990-01-02", "Kalisat")
BUDI: Person = ("a2", "A", "Budi", "1991-03-04", "Kalisat")
AGUS: Person = ("b3", "B", "Agus", "1950-05-05", "Ambulu")
CROWD: list[Person] = [
    (f"a{row}", "A", f"{'ABCDEFGHIJ'[row % 10]}RIYAN{'TKLM'[row // 10 % 4]}O", f"19{row}-07-11", "Puger")
    for row in range(50, 80)
]
"""Others of the list A: among them a name proves something."""


def like(person: Person, number: object, **said: str | None) -> Person:
    """Give another record of a person, in the list B unless told otherwise."""
    known = dict(zip(SCHEMA, person, strict=True)) | {"number": number, "list": "B"} | said
    return (known["number"], *(known[column] for column in SCHEMA[1:]))  # type: ignore[return-value]


@pytest.fixture(scope="module")
def con() -> Connection:
    return duckdb.connect(config={"threads": 1})


@pytest.fixture
def written(tmp_path: Path) -> Callable[[list[Person]], Path]:
    def write(people: list[Person]) -> Path:
        return write_people(tmp_path / "people.parquet", people)

    return write


def write_people(path: Path, people: list[Person]) -> Path:
    columns = {name: [person[place] for person in people] for place, name in enumerate(SCHEMA)}
    text = {
        name: pa.array(values, None if name == "number" and people else pa.string()) for name, values in columns.items()
    }
    pq.write_table(pa.table(text), path)
    return path


def linked(
    con: Connection, model: Model, records: Path, pairs: Path | None = None
) -> tuple[dict[str, str], LinkSummary]:
    """Give the entity of each id; every id of the file must have one."""
    out = records.with_name("linked.parquet")
    summary = link(con, model, records, out, pairs)
    rows = pq.read_table(out).to_pylist()
    assert {tuple(row) for row in rows} <= {("number", "entity")}
    assert sorted(row["number"] for row in rows) == sorted(map(str, pq.read_table(records)["number"].to_pylist()))
    entities = {row["number"]: row["entity"] for row in rows}
    assert all(entities[entity] == entity for entity in entities.values()), "an entity is named by one of its records"
    assert (summary.records, summary.entities) == (len(rows), len(set(entities.values())))
    return entities, summary


Write = Callable[[list[Person]], Path]


def test_records_are_placed_on_the_spine_and_the_rest_told_from_each_other(con: Connection, written: Write) -> None:
    people = [NAYLA, BUDI, like(NAYLA, "b1"), like(BUDI, "b2", town=None), AGUS, like(AGUS, "b4")]
    entities, _ = linked(con, PLACED, written(people))
    assert entities == {"a1": "a1", "b1": "a1", "a2": "a2", "b2": "a2", "b3": "b3", "b4": "b3"}


def test_without_a_spine_all_are_told_from_each_other(con: Connection, written: Write) -> None:
    people = [NAYLA, BUDI, like(NAYLA, "b1"), like(NAYLA, "b0", name="Siti Naila"), AGUS]
    entities, _ = linked(con, LOOSE, written(people))
    assert entities == {"a1": "a1", "b1": "a1", "b0": "a1", "a2": "a2", "b3": "b3"}


def test_two_persons_of_the_spine_are_never_one(con: Connection, written: Write) -> None:
    entities, _ = linked(con, PLACED, written([NAYLA, like(NAYLA, "a9", list="A"), like(NAYLA, "b1")]))
    assert entities == {"a1": "a1", "a9": "a9", "b1": "b1"}


def test_a_list_that_holds_each_person_once_gives_a_person_one_record(con: Connection, written: Write) -> None:
    once = replace(PLACED, exclusive=(replace(PLACED.exclusive[0], repeats=False),))
    people = [*CROWD, NAYLA, like(NAYLA, "b1"), like(NAYLA, "b2", name="Siti Naila"), AGUS, like(AGUS, "b4")]
    entities, _ = linked(con, once, written(people))
    assert entities == {str(one[0]): one[0] for one in people} | {"b1": "a1"}


def test_two_who_contradict_each_other_are_not_joined_by_a_third(con: Connection, written: Write) -> None:
    bambang = like(NAYLA, "b1", name="Bambang", date_of_birth="1950-07-09")
    halfway = like(NAYLA, "b2", date_of_birth="1950-07-09")
    credulous = replace(LOOSE, auto=0.000003, review=0.000002, keep=0.000001)
    assert len(set(linked(con, credulous, written([NAYLA, halfway]))[0].values())) == 1
    assert len(set(linked(con, credulous, written([bambang, halfway]))[0].values())) == 1
    entities, _ = linked(con, credulous, written([NAYLA, bambang, halfway]))
    assert entities["a1"] != entities["b1"]


def test_ids_may_be_numbers(con: Connection, written: Write) -> None:
    people = [like(NAYLA, 9), like(NAYLA, 10), like(BUDI, 2**60)]
    entities, _ = linked(con, LOOSE, written(people))
    assert entities["9"] == entities["10"] != entities[str(2**60)]


def test_a_list_may_have_any_name(con: Connection, written: Write) -> None:
    names = {"A": "A's list", "B": "list of B"}
    lists = tuple(replace(source, source=names[source.source]) for source in PLACED.exclusive)
    people = [NAYLA, BUDI, like(NAYLA, "b1"), like(NAYLA, "b2", town="Ambulu")]
    renamed = [like(person, person[0], list=names[str(person[1])]) for person in people]
    entities, _ = linked(con, replace(PLACED, spine="A's list", exclusive=lists), written(renamed))
    assert entities == linked(con, PLACED, written(people))[0] == {"a1": "a1", "a2": "a2", "b1": "a1", "b2": "a1"}


def test_an_id_column_may_have_any_name(con: Connection, tmp_path: Path) -> None:
    name = 'the "id" of it'
    table = pa.table({name: ["x", "y"], **{column: ["B", "B"] for column in SCHEMA[1:]}})
    pq.write_table(table, tmp_path / "people.parquet")
    assert LOOSE.records is not None
    model = replace(LOOSE, records=replace(LOOSE.records, id=name))
    link(con, model, tmp_path / "people.parquet", tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").column_names == [name, "entity"]


FEW: dict[str, list[Person]] = {
    "nobody": [],
    "one record": [NAYLA],
    "one record outside the spine": [AGUS],
    "nothing known of anybody": [(str(number), "AB"[number % 2], None, None, None) for number in range(20)],
    "no list is the spine": [like(NAYLA, "b1"), like(BUDI, "b2")],
}


@pytest.mark.parametrize("case", FEW)
@pytest.mark.parametrize("model", [PLACED, LOOSE], ids=["placed", "loose"])
def test_of_nothing_comes_nothing(con: Connection, written: Write, case: str, model: Model) -> None:
    entities, _ = linked(con, model, written(FEW[case]))
    assert all(entity == number for number, entity in entities.items())


def test_a_block_too_wide_is_left_out_and_told(con: Connection, written: Write) -> None:
    people = [
        like(NAYLA, f"b{number:03}", name=f"{'ABCDEFGHIJ'[number % 10]}{'KLMNOPQRST'[number // 10]}")
        for number in range(100)
    ]
    _, summary = linked(con, LOOSE, written(people))
    assert summary.compared == 0
    assert summary.left_out >= 100 * 99


def test_pairs_tell_what_was_found_out_about_them(con: Connection, written: Write, tmp_path: Path) -> None:
    people = [
        NAYLA,
        BUDI,
        like(NAYLA, "b1"),
        like(NAYLA, "b2", name="Siti Naila", town="Ambulu"),
        AGUS,
        like(AGUS, "b4"),
    ]
    entities, summary = linked(con, PLACED, written(people), tmp_path / "pairs.parquet")
    pairs = pq.read_table(tmp_path / "pairs.parquet").to_pylist()
    told = {(pair["record_a"], pair["record_b"]): pair for pair in pairs}
    assert len(told) == len(pairs) <= summary.compared
    assert dict(told["b2", "a1"]["evidence"]) == {"name": "close", "born": "same", "town": "different"}
    for (a, b), pair in told.items():
        assert pair["together"] == (entities[a] == entities[b])
        assert pair["probability"] == pytest.approx(1 / (1 + 2 ** -pair["weight"]))
        assert PLACED.keep <= pair["probability"] <= 1


def test_nothing_is_left_in_the_database(con: Connection, written: Write) -> None:
    linked(con, PLACED, written([NAYLA, like(NAYLA, "b1")]))
    left = "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal"
    assert con.execute(left).fetchall() == []


WORDS: dict[str, list[str | None]] = {
    "list": ["A", "B", "C"],
    "name": ["Siti", "Siti Nayla", "Siti Naila", "Budi", None],
    "date_of_birth": ["1990-01-02", "1990-01-03", "1950-05-05", None],
    "town": ["X", "Y", None],
}
PEOPLE = st.lists(
    st.tuples(*(st.sampled_from(values) for values in WORDS.values())), max_size=25
).map(lambda rows: [(f"{number:02}", *row) for number, row in enumerate(rows)])  # fmt: skip


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(people=PEOPLE, model=st.sampled_from([PLACED, LOOSE]), seed=st.integers(0, 99))
def test_the_order_of_the_rows_changes_nothing(
    con: Connection, tmp_path_factory: pytest.TempPathFactory, people: list[Person], model: Model, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("order")
    in_order, _ = linked(con, model, write_people(folder / "people.parquet", people))
    shuffled = random.Random(seed).sample(people, len(people))
    assert linked(con, model, write_people(folder / "people.parquet", shuffled))[0] == in_order
    spine = [in_order[str(person[0])] for person in people if person[1] == "A"]
    assert model is LOOSE or len(set(spine)) == len(spine)


REFUSED: dict[str, tuple[list[Person], type[PadanError], str]] = {
    "an id that stands twice": ([NAYLA, like(BUDI, "a1")], HomeError, r"people\.parquet has 1 ids that stand at more"),
    "an id that is empty": ([NAYLA, like(BUDI, None)], HomeError, r"people\.parquet has 1 records without an id"),
    "a record of no list": ([NAYLA, like(BUDI, "b1", list=None)], PadanError, "list"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_records_that_cannot_be_told_apart_are_refused(con: Connection, written: Write, case: str) -> None:
    people, kind, message = REFUSED[case]
    records = written(people)
    with pytest.raises(kind, match=message):
        link(con, PLACED, records, records.with_name("linked.parquet"))


@pytest.mark.parametrize("column", SCHEMA)
def test_a_column_that_the_file_does_not_have_is_named(con: Connection, written: Write, column: str) -> None:
    records = written([NAYLA])
    pq.write_table(pq.read_table(records).drop_columns([column]), records)
    with pytest.raises(DeclarationError, match=rf"people 1, records\.\S+: .*'{column}'.* people\.parquet .* It has"):
        link(con, PLACED, records, records.with_name("linked.parquet"))


def test_what_is_no_parquet_is_refused(con: Connection, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("number,name\n1,Siti\n")
    with pytest.raises(HomeError, match=r"people\.csv is no Parquet"):
        link(con, PLACED, tmp_path / "people.csv", tmp_path / "linked.parquet")


def test_a_folder_that_is_not_there_is_named(con: Connection, written: Write, tmp_path: Path) -> None:
    with pytest.raises(PadanError, match=r"nowhere.linked\.parquet"):
        link(con, PLACED, written([NAYLA]), tmp_path / "nowhere" / "linked.parquet")


def test_a_model_of_person_records_reads_no_table(con: Connection, written: Write, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="says nothing of records"):
        link(con, load_model(), written([NAYLA]), tmp_path / "linked.parquet")


def with_feature(**features: str) -> Model:
    return replace(PLACED, features=PLACED.features | features)


UNKNOWN_COLUMNS: dict[str, tuple[Model, str]] = {
    "in a feature": (with_feature(age_a="a.age"), r"people 1, features\.age_a: .*'?age'?"),
    "in a feature, of neither side": (with_feature(age="age"), r"people 1, features\.age: "),
    "in a field": (
        replace(PLACED, fields=PLACED.fields | {"name_start": "left(nickname, 3)"}),
        r"people 1, fields\.name_start: .*nickname",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNKNOWN_COLUMNS)
def test_a_column_that_the_records_do_not_have_is_named_with_its_place(
    con: Connection, written: Write, tmp_path: Path, case: str
) -> None:
    model, message = UNKNOWN_COLUMNS[case]
    with pytest.raises(DeclarationError, match=message):
        link(con, model, written([NAYLA, like(NAYLA, "b1")]), tmp_path / "linked.parquet")


READ_AS: dict[str, list[tuple[Any, str | None]]] = {
    "text": [(" kalisat ", "KALISAT"), ("", None), ("  ", None), (7, "7")],
    "name": [("Nur-Hayati  d'Arc", "NUR HAYATI D ARC"), ("José", "JOSE"), ("123", None)],
    "letters": [("Nur-Hayati", "NURHAYATI"), ("--", None)],
    "digits": [("0812-33", "081233"), ("x", None), (19900102, "19900102")],
    "date": [("1990-01-02", "1990-01-02"), ("19900102", "1990-01-02"), (" 02/01/1990", "1990-01-02"),
             ("02-01-1990", "1990-01-02"), ("31/02/1990", None), ("", None), ("soon", None), (19900102, "1990-01-02")],
    "number": [("1.50", "1.5"), ("x", None), (3, "3.0")],
}  # fmt: skip


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_column_is_read_by_its_standard_and_what_cannot_be_read_is_unknown(con: Connection, standard: str) -> None:
    for value, wanted in READ_AS[standard]:
        con.register("one", pa.table({"value": [value]}))
        found = con.execute(f"SELECT ({STANDARDS[standard].format(column='value')})::VARCHAR FROM one").fetchall()
        assert found == [(wanted,)], value
    con.unregister("one")


def test_keys_are_suggested_that_find_the_likely_matches(con: Connection, written: Write) -> None:
    names = ["Siti Aminah", "Budi Santoso", "Agus Salim", "Dewi Lestari", "Eko Prasetyo", "Fitri Yani", "Gita Savitri"]
    people: list[Person] = [(f"a{n}", "A", name, f"19{50 + n}-01-0{n + 1}", "X") for n, name in enumerate(names)]
    people += [like(person, f"b{n}", **({"date_of_birth": None} if n == 3 else {})) for n, person in enumerate(people)]
    for model in (PLACED, LOOSE):
        keys = suggest_for(con, model, written(people))
        assert sum(key.added for key in keys) == pytest.approx(1)
        assert all(0 < key.added <= key.found <= 1 and key.pairs >= key.found for key in keys)
        assert {field for key in keys for field in key.fields} <= {"name", "born", "town", "name_start"}
    assert suggest_for(con, PLACED, written([NAYLA])) == []
