"""`./padan query` as an agency meets it, on snapshots of invented people."""

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest
from at_the_terminal import PATIENCE, assert_one_sentence, command, environment, padan
from click.testing import CliRunner, Result
from invented_publication import CLEAR_NIKS, KECAMATAN
from invented_recipients import CHILD_NIK, FAMILY_NIK, database_of, home_with_snapshots

from assets.command_line.query import command as query
from warehouse.access_log import Entry, entries
from warehouse.settings import Home

LIST = f"SELECT target_id, nik, address FROM targeting_bnba WHERE nik = '{CHILD_NIK}'"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """Give a home and the file with the age identity of `dinsos`."""
    home, identity = home_with_snapshots(tmp_path_factory.mktemp("query"))
    key = home.path.parent / "dinsos.key"
    key.write_text(identity)
    return home, key


@pytest.fixture
def home(house: tuple[Home, Path]) -> Home:
    return house[0]


def ask(home: Home, *arguments: object, said: str | None = None) -> Result:
    return CliRunner().invoke(query, ["--home", str(home.path), *map(str, arguments)], input=said)


def refused(home: Home, *arguments: object, said: str | None = None) -> str:
    """Ask what must be refused; give the sentence."""
    result = ask(home, *arguments, said=said)
    assert result.exit_code == 1
    assert result.stdout == ""
    return str(result.exception)


def last(home: Home) -> Entry:
    return list(entries(home))[-1]


def test_a_list_is_shown_and_in_the_log_without_a_value(home: Home) -> None:
    result = ask(home, "--as", "dinkes", LIST)

    assert result.exit_code == 0, result.exception
    assert CHILD_NIK in result.stdout
    entry = last(home)
    assert (entry.action, entry.unit, entry.purpose, entry.rows) == ("query", "dinkes", "NUTRITION_KIA", 1)
    assert entry.view == "targeting_bnba"
    assert entry.version == database_of(home, "dinkes").parent.name
    assert entry.detail == {
        "outcome": "answered",
        "sql": "select target_id, nik, address from targeting_bnba where nik = ?",
        "tables": ["targeting_bnba"],
        "targets": ["T0000000000000000"],
    }


def test_rows_and_columns_of_others_are_not_there(home: Home) -> None:
    assert FAMILY_NIK not in ask(home, "--as", "dinkes", "FROM targeting_bnba").stdout
    assert "desil" in refused(home, "--as", "dinkes", "SELECT desil FROM targeting_bnba")


def test_of_a_kecamatan_only_its_own_rows_are_there(home: Home) -> None:
    everybody = ask(home, "--as", f"dinkes@{KECAMATAN[1]}", "--format", "csv", "SELECT nik FROM targeting_bnba").stdout

    assert CLEAR_NIKS[1] in everybody
    assert CHILD_NIK not in everybody


def test_the_statement_may_come_on_standard_input(home: Home) -> None:
    assert CHILD_NIK in ask(home, "--as", "dinkes", said=LIST).stdout


def test_formats_that_are_text_go_to_standard_output(home: Home) -> None:
    rows = json.loads(ask(home, "--as", "dinkes", "--format", "json", LIST).stdout)

    assert [row["nik"] for row in rows] == [CHILD_NIK]
    assert (
        ask(home, "--as", "dinkes", "--format", "csv", LIST)
        .stdout.splitlines()[1]
        .endswith(",'=cmd|CANARY-STREET-0<&>")
    )
    assert last(home).action == "export"


def test_a_file_is_private_and_its_hash_in_the_log(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    arguments = ("--as", "dinkes", "--format", "csv", "--out", file, "--purpose", "posyandu Mawar", LIST)

    assert ask(home, *arguments).exit_code == 0

    assert file.stat().st_mode & 0o777 == 0o600
    entry = last(home)
    assert (entry.action, entry.purpose, entry.rows) == ("export", "posyandu Mawar", 1)
    assert subprocess.run(["sha256sum", file], capture_output=True, check=True).stdout.split()[0].decode() == (
        entry.export_sha256
    )
    before = file.read_bytes()
    assert "was left as it is" in refused(home, *arguments)
    assert file.read_bytes() == before
    assert ask(home, *arguments, "--force").exit_code == 0
    assert "is Padan's own" in refused(home, *arguments[:4], "--out", home.path / "x.csv", LIST)
    assert "no name of a file" in refused(home, *arguments[:4], "--out", tmp_path / "none" / "x.csv", LIST)


def test_a_table_is_cut_and_says_so_and_a_file_is_never_cut(home: Home, tmp_path: Path) -> None:
    everything = "SELECT nik FROM targeting_bnba"

    shown = ask(home, "--as", "dinkes", "--rows", "1", everything)
    sentence = refused(home, "--as", "dinkes", "--rows", "1", "--format", "csv", everything)

    assert "cut there" in shown.stderr
    assert "more than 1 rows" in sentence
    assert last(home).detail["outcome"] == "refused"


def test_what_is_refused_fails_or_is_stopped_is_in_the_log_too(home: Home) -> None:
    for sql, outcome, logged in (
        ("COPY targeting_bnba TO '/tmp/x'", "refused", "copy targeting_bnba to ?"),
        ("SELECT siti FROM targeting_bnba", "failed", "select ? from targeting_bnba"),
        ("SELECT repeat('x', 2000000000)", "stopped", "select repeat(?, ?)"),
    ):
        refused(home, "--as", "dinkes", sql)
        assert (last(home).detail["outcome"], last(home).detail["sql"], last(home).rows) == (outcome, logged, 0)


def test_a_query_that_never_ends_is_stopped(home: Home) -> None:
    sentence = refused(
        home, "--as", "dinkes", "--seconds", "1", "SELECT count(*) FROM range(9999999) a, range(9999999) b WHERE a > b"
    )

    assert "stopped after 1 seconds" in sentence


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ("nobody", "No recipient 'nobody'"),
        ("'; DROP TABLE targeting_bnba; --", "No recipient"),
        ("../dinkes", "No recipient"),
        ("dinsos@35.76.01", "is not granted"),
        ("dinkes@35.76.99", "No snapshot of dinkes@35.76.99 stands"),
        ("dinkes@../dinsos", "is no code of a kecamatan"),
        ("pu", "ended on 2020-12-31"),
        ("tpps", "holds no padan.duckdb"),
        ("dinsos", "--identity"),
    ],
)
def test_who_may_not_read_is_told_why_and_it_is_logged(home: Home, reader: str, words: str) -> None:
    before = len(list(entries(home)))

    assert words in refused(home, "--as", reader, "SELECT 1")

    assert len(list(entries(home))) == before + 1
    assert last(home).detail["outcome"] == "refused"
    assert "DROP" not in str(last(home))


def test_an_encrypted_snapshot_is_read_with_its_key_and_leaves_nothing(
    house: tuple[Home, Path], tmp_path: Path
) -> None:
    home, key = house
    (tmp_path / "wrong.key").write_text("AGE-SECRET-KEY-1\n")

    result = ask(home, "--as", "dinsos", "--identity", key, "SELECT count(*) AS n FROM targeting_bnba")

    assert result.exit_code == 0, result.exception
    assert "wrong.key" in refused(home, "--as", "dinsos", "--identity", tmp_path / "wrong.key", "SELECT 1")
    assert list(home.temporary.iterdir()) == []


def test_a_version_that_does_not_stand_is_told(home: Home) -> None:
    standing = database_of(home, "dinkes").parent.name

    assert f"There are: {standing}" in refused(home, "--as", "dinkes", "--version", "../dinsos", "SELECT 1")
    assert ask(home, "--as", "dinkes", "--version", standing, "SELECT 1").exit_code == 0


def test_a_purpose_with_a_number_in_it_is_not_logged(home: Home) -> None:
    assert "no number of a person" in refused(home, "--as", "dinkes", "--purpose", f"cek {CHILD_NIK}", "SELECT 1")
    assert CHILD_NIK not in str(last(home))


def test_nothing_is_shown_that_cannot_be_logged(home: Home, tmp_path: Path) -> None:
    copy = Home(tmp_path / "home")
    shutil.copytree(home.path, copy.path, symlinks=True)
    shutil.rmtree(copy.access_log)
    copy.access_log.write_text("no folder")

    assert CHILD_NIK not in refused(copy, "--as", "dinkes", LIST)
    assert CHILD_NIK not in refused(copy, "--as", "dinkes", "--format", "csv", "--out", tmp_path / "x.csv", LIST)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("kept", [0, 4096, 300_000])
def test_a_snapshot_cut_short_is_told(home: Home, tmp_path: Path, kept: int) -> None:
    copy = Home(tmp_path / "home")
    shutil.copytree(home.path, copy.path, symlinks=True)
    database = database_of(copy, "dinkes")
    database.chmod(0o600)
    database.write_bytes(database.read_bytes()[:kept])

    assert "damaged or was cut short" in refused(copy, "--as", "dinkes", "FROM targeting_bnba")


def test_what_fits_together_not_is_a_usage_error(home: Home, tmp_path: Path) -> None:
    for arguments in (("--format", "parquet", LIST), ("--out", tmp_path / "x", LIST)):
        assert ask(home, "--as", "dinkes", *arguments).exit_code == 2


def test_the_command_line_tells_it_in_one_sentence(home: Home) -> None:
    assert_one_sentence(padan("query", "--home", home.path, "--as", "pu", "SELECT 1"), "ended on 2020-12-31")
    assert_one_sentence(padan("query", "--home", home.path / "none", "--as", "pu", "SELECT 1"), "There is no home")
    assert not (home.path / "none").exists()


def test_the_prompt_answers_until_it_is_left(home: Home) -> None:
    terminal, typing = pty.openpty()
    with subprocess.Popen(
        command("query", "--home", home.path, "--as", "dinkes"),
        cwd="/",
        env=environment() | {"HOME": str(home.path.parent)},
        stdin=typing,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(typing)
        os.write(
            terminal,
            b".tables\n.describe targeting_bnba\n.describe nothing\nSELECT nik -- ;\nFROM targeting_bnba\n"
            b"WHERE name LIKE '%CANARY00%;';\nSELECT nik FROM targeting_bnba WHERE name LIKE '%CANARY00%';\n"
            b"DROP TABLE x;\n.help\n.quit\n",
        )
        told, wrong = process.communicate(timeout=PATIENCE)
    os.close(terminal)

    assert process.returncode == 0, wrong
    assert "targeting_bnba" in told
    assert "mother_nik" in told
    assert told.count(f"\n{CHILD_NIK}\n") == 1
    assert "0 rows" in wrong
    assert "Name one of the tables" in wrong
    assert "kind DROP" in wrong
    assert not list(home.path.parent.glob(".*history"))
