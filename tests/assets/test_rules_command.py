"""`./padan rules` as an operator calls it."""

import csv
import datetime as dt
import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.command_line.rules import command
from integration.rules import DEFAULT_RULES, load_rules
from integration.targeting import build_targeting
from tests.integration.targeting.targeting_world import KEY, PERIOD_END, World
from warehouse.errors import DeclarationError, HomeError
from warehouse.settings import Home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Give a home with a poor family, a child measured ten weeks ago, and the targets of both."""
    home = Home(tmp_path_factory.mktemp("rules"))
    home.keys.mkdir()
    (home.keys / "target.key").touch(0o600)
    (home.keys / "target.key").write_bytes(KEY)
    world = World()
    world.family()
    world.head(name="MISNADI")
    world.child(name="FAUZAN HAKIM", sex="L", months=20)
    world.h1("CHILD", measured_on=dt.date(2024, 12, 20), height_cm=75.0, weight_kg=8.8)
    world.s1("F1", "FATHER", desil_nasional=2, latrine_facility=5)
    con = world.load()
    build_targeting(con, period="2025-02", period_end=PERIOD_END, target_key=KEY, run_id="a run")
    con.execute(f"ATTACH '{home.database}' AS home")
    con.execute("COPY FROM DATABASE memory TO home")
    con.execute("DETACH home")
    return home


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Give rules by which an older measurement counts as none, and open defecation as no reason."""
    text = DEFAULT_RULES.read_text(encoding="utf-8")
    begin = text.index("- code: BABS\n")
    end = text.index("\n# Orders the targets", begin)
    path = tmp_path / "new.yaml"
    path.write_text(
        text.replace("measurement_days: 92 ", "measurement_days: 60 ").replace(text[begin:end], "").replace(
            'version: "2', 'version: "99'
        ),
        encoding="utf-8",
    )  # fmt: skip
    return path


def rules(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments])


def test_the_rules_in_force_are_shown_with_sentences_and_sources(home: Home) -> None:
    said = rules("show", "--home", home.path)

    assert said.exit_code == 0, said.output
    shipped = load_rules()
    assert said.output.startswith(f"Rules {shipped.rule_version}")
    for one in (*shipped.tiers, *shipped.gaps, *shipped.score.lines, *shipped.risk_factors, *shipped.mortality_risk):
        assert one.code in said.output
        assert f"{one.sentence} " in said.output
        assert one.when[1:-1] in said.output or one.code.startswith("G")
    for name in (*shipped.thresholds, *shipped.answers, *shipped.sources):
        assert name in said.output


def test_a_homes_own_rules_are_in_force_from_their_day(tmp_path: Path, new: Path) -> None:
    home = Home(tmp_path / "home")
    home.rules.mkdir(parents=True)
    (home.rules / "2025.yaml").write_text(new.read_text(encoding="utf-8"), encoding="utf-8")

    assert rules("show", "--home", home.path).output.startswith("Rules 99.")
    assert not rules("show", "shipped", "--home", home.path).output.startswith("Rules 99.")


def test_a_right_file_may_be_used(new: Path) -> None:
    said = rules("check", new)

    assert said.exit_code == 0
    assert "may be used: version 99." in said.output


@pytest.mark.parametrize("arguments", [["check", "{}"], ["show", "{}"], ["diff", "shipped", "{}"]])
def test_a_wrong_file_is_the_sentence_of_the_reader(new: Path, arguments: list[str]) -> None:
    new.write_text(new.read_text(encoding="utf-8").replace("measurement_days: 60", "measurement_days: 0"), "utf-8")

    said = rules(*(one.format(new) for one in arguments))

    with pytest.raises(DeclarationError) as wanted:
        load_rules(new)
    assert str(said.exception) == str(wanted.value)
    assert isinstance(rules(*(one.format(new / "nowhere") for one in arguments)).exception, DeclarationError)


def test_a_diff_says_what_would_change_and_leaves_the_home_as_it_was(home: Home, new: Path, tmp_path: Path) -> None:
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.path.rglob("*") if path.is_file()}
    listed = tmp_path / "changes.csv"
    listed.touch(0o644)

    said = rules("diff", "shipped", new, "--home", home.path, "--out", listed)

    assert said.exit_code == 0, said.output
    assert "thresholds, measurement_days: 92 becomes 60" in said.output
    assert "tiers, BABS is gone" in said.output
    lines = [line.split() for line in said.output.splitlines()]
    assert ["SANGAT_PENDEK", "0", "1"] in lines or ["PENDEK", "0", "1"] in lines
    assert ["BABS", "0", "2"] in lines
    assert ["balita:", "from,", "to", "P3"] in lines or ["balita:", "from,", "to", "P5"] in lines
    assert "FAUZAN" not in said.output
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in before} == before
    assert {path for path in home.path.rglob("*") if path.is_file()} == set(before)
    assert listed.stat().st_mode & 0o077 == 0
    with listed.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["subject_type"] for row in rows} == {"balita", "keluarga"}
    assert all(row["change"] == "stays" for row in rows)
    assert "FAUZAN" not in listed.read_text(encoding="utf-8")


def test_targets_that_enter_and_leave_are_counted(home: Home, tmp_path: Path) -> None:
    younger = tmp_path / "younger.yaml"
    younger.write_text(DEFAULT_RULES.read_text("utf-8").replace("balita_months: 60", "balita_months: 12"), "utf-8")

    lines = [line.split() for line in rules("diff", "shipped", younger, "--home", home.path).output.splitlines()]
    back = [line.split() for line in rules("diff", younger, "shipped", "--home", home.path).output.splitlines()]

    assert ["balita", "1", "0", "0", "1"] in lines
    assert ["balita", "0", "1", "1", "0"] in back


def test_the_same_rules_change_nothing(home: Home) -> None:
    said = rules("diff", "shipped", "in-force", "--home", home.path).output

    assert "Both say the same." in said
    for nothing in ("No tier changes.", "No gap changes.", "No reason changes.", "No score changes."):
        assert nothing in said


def test_without_a_home_the_files_alone_are_compared(new: Path, tmp_path: Path) -> None:
    said = rules("diff", "shipped", new, "--home", tmp_path / "nowhere")

    assert said.exit_code == 0
    assert "measurement_days: 92 becomes 60" in said.output
    assert "holds no data yet" in said.output
    listed = rules("diff", "shipped", new, "--home", tmp_path / "nowhere", "--out", tmp_path / "x.csv")
    assert isinstance(listed.exception, HomeError)
