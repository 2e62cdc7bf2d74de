"""`./padan link` as anybody uses it who has a table of persons and a terminal."""

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from at_the_terminal import assert_one_sentence, padan

from integration.linkage import load_model, model_path

MODEL = Path(__file__).parents[1] / "integration/linkage/people.yaml"
GIVEN = ["hannah", "joshua", "mia", "lachlan", "ruby", "ethan", "chloe", "finn", "tahlia", "noah"]
SURNAMES = ["clarke", "white", "nguyen", "reid", "webb", "campbell", "ryan", "matthews", "goode", "stubbs"]
SUBURBS = [
    "dee why",
    "frankston",
    "toowoomba",
    "morphett vale",
    "glenorchy",
    "wyong",
    "bundo",
    "yarra",
    "nambour",
    "kew",
]
HOUSES = ["rosehill", "brentwood", "kirkella", "glenview", "warra", "emu park", "tantallon", "sunnyside", "wyuna"]


def people(count: int = 100) -> list[dict[str, str | None]]:
    """Give people as FEBRL writes them, all unlike each other."""
    dice = random.Random(5)
    return [
        {
            "given_name": GIVEN[number % 10],
            "surname": SURNAMES[number // 10],
            "street_number": str(dice.randrange(1, 300)),
            "address_1": f"{dice.choice(SURNAMES)} {dice.choice(['street', 'crescent', 'place'])}",
            "address_2": dice.choice([None, *HOUSES]),
            "suburb": SUBURBS[(number + number // 10) % 10],  # nobody has name and suburb in common
            "postcode": str(2000 + 37 * number),
            "state": dice.choice(["nsw", "vic", "qld"]),
            "date_of_birth": f"19{dice.randrange(10, 99)}{dice.randrange(1, 13):02}{dice.randrange(1, 29):02}",
            "soc_sec_id": str(dice.randrange(10**6, 10**7)),
        }
        for number in range(count)
    ]


def damaged(person: dict[str, str | None], number: int) -> dict[str, str | None]:
    """Give another record of a person with one field lost and one letter wrong."""
    lost = ["soc_sec_id", "date_of_birth", "given_name", "address_1"][number % 4]
    surname = str(person["surname"])
    return person | {lost: None, "surname": f"{surname[:2]}x{surname[2:]}" if number % 3 == 0 else surname}


@pytest.fixture(scope="module")
def febrl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with records of two sources and the truth about them."""
    folder = tmp_path_factory.mktemp("febrl")
    rows = [{"rec_id": f"rec-{n}-org", "source": "A", **person} for n, person in enumerate(people())]
    rows += [
        {"rec_id": f"rec-{n}-dup", "source": "B", **damaged(person, n)} for n, person in enumerate(people()) if n % 10
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "records.parquet")
    ids = [str(row["rec_id"]) for row in rows]
    truth = {"rec_id": ids, "entity": [one.split("-")[1] for one in ids]}
    pq.write_table(pa.table(truth), folder / "truth.parquet")
    return folder


def test_records_are_placed_scored_and_their_pairs_told(febrl: Path) -> None:
    out, pairs = febrl / "linked.parquet", febrl / "pairs.parquet"
    said = padan("link", "febrl4", febrl / "records.parquet", out, "--pairs", pairs)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("190 records are 100 entities. ")
    assert pq.read_table(out).column_names == ["rec_id", "entity"]
    scored = padan("link", "evaluate", out, febrl / "truth.parquet", "--pairs", pairs)
    assert scored.returncode == 0, scored.stderr
    assert "190 records of truth.parquet judged." in scored.stdout
    assert "precision 1.0000  recall 1.0000  F1 1.0000  (90 pairs put together, 90 true, 90 both)" in scored.stdout
    assert "Brier score" in scored.stdout


def test_a_table_with_itself_is_told_apart(febrl: Path) -> None:
    out = febrl / "without_spine.parquet"
    said = padan("link", "febrl3", febrl / "records.parquet", out)
    assert said.returncode == 0, said.stderr
    assert len(set(pq.read_table(out)["entity"].to_pylist())) == 100


def test_a_model_is_trained_and_links_as_well(febrl: Path, tmp_path: Path) -> None:
    declared, trained, out = (tmp_path / name for name in ("declared.yaml", "trained.yaml", "linked.parquet"))
    declared.write_text(model_path("febrl4").read_text() + "\ncalibration: [5, 0.5]\n")
    said = padan("link", "train", declared, febrl / "records.parquet", trained)
    assert said.returncode == 0, said.stderr
    assert "Learning from " in said.stderr
    header, *lines = said.stdout.splitlines()
    assert header.split()[:4] == ["comparison", "level", "m", "by"]
    assert any(line.startswith("surname ") for line in lines)
    assert "converged; log-likelihood from" in said.stdout
    learned = load_model(trained)
    assert learned.version.startswith("trained-")
    assert learned.trained["records"] == "records.parquet"
    assert learned.calibration == (0, 1)  # that of the weights before says nothing of these
    assert learned.comparison("surname") != load_model(declared).comparison("surname")
    assert padan("link", trained, febrl / "records.parquet", out).returncode == 0
    assert "F1 1.0000" in padan("link", "evaluate", out, febrl / "truth.parquet").stdout


def test_a_truth_too_small_to_calibrate_by_leaves_the_model_as_learned(febrl: Path, tmp_path: Path) -> None:
    trained = tmp_path / "trained.yaml"
    said = padan("link", "train", "febrl4", febrl / "records.parquet", trained, "--truth", febrl / "truth.parquet")
    assert said.returncode == 0, said.stderr
    assert "are the same person: too few to judge probabilities by" in said.stdout.splitlines()[-1]
    assert load_model(trained).calibration == (0, 1)


def test_keys_are_suggested(febrl: Path, tmp_path: Path) -> None:
    rows = pq.read_table(febrl / "records.parquet").to_pylist()
    columns = {
        "number": "rec_id",
        "list": "source",
        "name": "surname",
        "date_of_birth": "date_of_birth",
        "town": "suburb",
    }
    records = [{name: row[column] for name, column in columns.items()} for row in rows]
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "records.parquet")
    said = padan("link", "suggest-keys", MODEL, tmp_path / "records.parquet")
    assert said.returncode == 0, said.stderr
    header, first, *_ = said.stdout.splitlines()
    assert header.split() == ["key", "comparisons", "left", "out", "finds", "adds"]
    assert first.startswith("[")


def test_what_is_wrong_is_told_in_a_sentence(febrl: Path, tmp_path: Path) -> None:
    records, out = febrl / "records.parquet", tmp_path / "linked.parquet"
    assert_one_sentence(padan("link", "febrl4", tmp_path / "nothing.parquet", out), "There is no ", "nothing.parquet")
    assert_one_sentence(padan("link", "nobody", records, out), "There is no model nobody", "febrl4")
    assert_one_sentence(padan("link", MODEL, records, out), "people 1, records.id", "'number'", "records.parquet")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(MODEL.read_text().replace("m: 0.15", "m: 1.5"))
    assert_one_sentence(padan("link", wrong, records, out), "wrong.yaml", "name, level close, m", "1.5", "to 1")
    assert_one_sentence(padan("link", "evaluate", records, febrl / "truth.parquet"), "records.parquet", "entity")
    trained = padan("link", "train", "febrl4", records, out, "--truth", tmp_path / "truth.parquet")
    assert_one_sentence(trained, "There is no ", "truth.parquet")
    assert_one_sentence(padan("link", "train", "febrl4", records, out, "--truth", records), "no column 'entity'")
    assert_one_sentence(padan("link", "train", "person", tmp_path, out), "warehouse.duckdb")
    assert not out.exists()


def test_a_folder_that_is_not_there_is_told_in_a_sentence(febrl: Path, tmp_path: Path) -> None:
    said = padan("link", "febrl4", febrl / "records.parquet", tmp_path / "nowhere" / "linked.parquet")
    assert_one_sentence(said, "nowhere")
    assert "unforeseen" not in said.stderr
