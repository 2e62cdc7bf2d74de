"""The whole way, once, as an operator goes it: extracts of a sample in, a publication out, and what must hold of it."""

import json
import re
from pathlib import Path

import duckdb
import pytest
from at_the_terminal import CANARY_NAME, CANARY_NIK, HarderRun, NightRun, ask, padan

from integration.evaluation import evaluate
from warehouse.database import reader, rows
from warehouse.entitlements import Treatment, load_policy, policy_in_force
from warehouse.publication import current_publication
from warehouse.settings import Home
from warehouse.snapshots import current_snapshot

PERSONAL = (CANARY_NIK, CANARY_NIK[:-1] + "2", *CANARY_NAME.split())


def test_it_published_and_says_so(night_run: NightRun) -> None:
    published = night_run.publication

    assert f"PUBLISHED {published.version} for 2026-10" in night_run.said.stdout
    assert (published.facts["period"], published.facts["as_of"]) == ("2026-10", "2026-10-31")
    assert "Traceback" not in night_run.said.stderr
    assert "Warning:" not in re.sub(
        r"  Warning: .*", "", night_run.said.stderr
    )  # of Python; those of agencies are told


def test_it_shows_how_far_it_is(night_run: NightRun) -> None:
    steps = {line.split()[1] for line in night_run.said.stderr.splitlines() if re.match(r" +\d+\.\d+s  ", line)}

    assert {"starting", "agency_extracts/dinkes_balita", "persons/persons", "targeting/publication"} <= steps


def test_the_links_are_right(night_run: NightRun) -> None:
    with reader(night_run.home) as connection:
        scores = evaluate(connection, night_run.extracts / "truth")

    assert scores.found > 0.98
    assert scores.pairwise.precision >= 0.985
    assert scores.pairwise.f1 >= 0.95


def test_evaluate_tells_the_same_at_the_terminal(night_run: NightRun, tmp_path: Path) -> None:
    out, truth = tmp_path / "evaluation.json", night_run.extracts / "truth"
    said = padan("evaluate", "--home", night_run.home.path, "--truth", truth, "--json", out)

    assert said.returncode == 0
    assert re.search(r"pairwise, all rows +precision (0\.9|1)", said.stdout)
    assert re.search(r"probabilities of pairs linked: .*\nprobability +pairs +predicted +observed", said.stdout)
    written = json.loads(out.read_text())
    assert 0.9 < written["scores"]["pairwise"]["precision"] <= 1
    assert list(written["reliability"]) == ["linked", "in review, for its probability", "in review, for another reason"]
    highest = written["reliability"]["linked"]["rows"][-1]
    assert (highest["low"], highest["high"]) == (0.999, 1)
    assert highest["observed_low"] <= highest["observed"] <= highest["observed_high"]
    assert highest["observed"] > 0.98
    assert not any(word in said.stdout + out.read_text() for word in PERSONAL)


def test_every_physical_row_is_accounted_for(night_run: NightRun) -> None:
    files = ask(
        night_run.home.database,
        """
        SELECT source_file, physical_rows,
            read_rows + refused_rows + skipped_title + skipped_header + skipped_blank + skipped_footer
        FROM agency_extracts.source_file
        """,
    )

    delivered = [
        path for path in night_run.extracts.rglob("*") if path.suffix in (".csv", ".xlsx") and "truth" not in path.parts
    ]
    assert len(files) == len(delivered)
    assert [file for file, physical, accounted in files if physical != accounted] == []


def test_physical_rows_are_those_of_the_file(night_run: NightRun) -> None:
    counted = dict(
        ask(
            night_run.home.database,
            "SELECT parse_filename(source_file), physical_rows FROM agency_extracts.source_file WHERE format = 'csv'",
        )
    )

    lines = {path.name: len(path.read_bytes().splitlines()) for path in night_run.extracts.rglob("*.csv")}
    assert counted == lines


def test_every_mention_is_one_persons(night_run: NightRun) -> None:
    ((records, sources, matched, persons, orphans),) = ask(
        night_run.home.database,
        """
        SELECT (SELECT count(*) FROM clean_records.person_record),
            (SELECT count(*) FROM persons.person_source),
            (SELECT count(*) FROM clean_records.person_record SEMI JOIN persons.person_source USING (record_id)),
            (SELECT count(DISTINCT person_id) FROM persons.person_source),
            (SELECT count(*) FROM persons.person_source ANTI JOIN persons.person USING (person_id))
        """,
    )

    assert records == sources == matched
    assert 0 < persons < records
    assert orphans == 0


def test_the_targets_can_be_read(night_run: NightRun) -> None:
    published = night_run.publication
    with duckdb.connect(str(published.database), read_only=True) as agency:
        kinds = dict(agency.execute("SELECT subject_type, count(*) FROM targeting GROUP BY ALL").fetchall())
        described = agency.execute("SELECT column_name FROM data_dictionary WHERE table_name = 'targeting'").fetchall()
        columns = agency.execute("SELECT column_name FROM (DESCRIBE targeting)").fetchall()

    assert kinds["balita"] == published.facts["balita"] > 0
    assert kinds["keluarga"] > 0
    assert sum(kinds.values()) == published.facts["tables"]["targeting"]
    assert columns == described


def test_only_the_owner_can_look_into_a_home(night_run: NightRun) -> None:
    assert night_run.home.path.stat().st_mode & 0o077 == 0


def told_in(home: Home) -> list[Path]:
    """Give the folders that tell of runs: Dagster's record, summaries, metrics, logs."""
    return [home.dagster, *(home.path / name for name in ("runs", "metrics", "logs"))]


@pytest.mark.parametrize("canary", PERSONAL)
def test_nobody_is_named_where_it_is_not_needed(night_run: NightRun, canary: str) -> None:
    kept = ask(night_run.home.database, f"SELECT count(*) FROM persons.person WHERE name = '{CANARY_NAME}'")
    assert kept == [(2,)]  # the canary did go all the way, with its birth date and without
    refused = ask(
        night_run.home.database, f"SELECT count(*) FROM agency_extracts.quarantine WHERE raw LIKE '%{CANARY_NAME}%'"
    )
    assert refused[0][0] > 0

    assert canary not in night_run.said.stdout + night_run.said.stderr
    assert canary not in (night_run.publication.folder / "publication.json").read_text()
    for path in night_run.home.path.rglob("*"):
        assert canary not in path.name
    for folder in told_in(night_run.home):
        told = [path for path in folder.rglob("*") if path.is_file()]
        assert told  # there is something that was looked through
        assert [path for path in told if canary.encode() in path.read_bytes()] == []


@pytest.fixture(scope="module")
def delivered_numbers(night_run: NightRun) -> frozenset[str]:
    """Give every NIK and card number that any agency delivered, as it stands in its files: each is a canary."""
    found: set[str] = set()
    with reader(night_run.home) as connection:
        tables = rows(
            connection,
            "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'clean_records' "
            "AND data_type = 'VARCHAR' AND regexp_matches(column_name, 'nik|no_kk')",
        )
        for table, column in tables:
            numbers = rows(connection, f'SELECT DISTINCT "{column}" FROM clean_records."{table}"')
            found |= {text for (text,) in numbers if text and re.fullmatch(r"\d{16}", text)}
    assert len({table for table, _ in tables}) > 8  # planted by every source
    assert len(found) > 500
    return frozenset(found)


def test_no_number_of_any_source_is_told_by_a_log_a_check_or_a_name(
    night_run: NightRun, delivered_numbers: frozenset[str]
) -> None:
    home = night_run.home
    told = [night_run.said.stdout.encode(), night_run.said.stderr.encode()]
    told += [str(path.relative_to(home.path)).encode() for path in home.path.rglob("*")]
    for folder in (*told_in(home), home.access_log, home.path / "policies"):
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert files
        told += [path.read_bytes() for path in files]
    told += [path.read_bytes() for path in home.agencies.rglob("*") if path.suffix in (".json", ".txt")]

    numbers = {number for text in told for number in re.findall(rb"(?<!\d)\d{16}(?!\d)", text)}
    assert {number.decode() for number in numbers} & delivered_numbers == set()


@pytest.mark.parametrize("name", sorted(load_policy().recipients))
def test_a_recipient_reads_numbers_only_where_the_policy_shows_them(
    night_run: NightRun, delivered_numbers: frozenset[str], name: str
) -> None:
    unit = policy_in_force(night_run.home).unit(name)
    clear = {(view.shown_as, column.name) for view in unit.recipient.views for column in view.columns(Treatment.CLEAR)}
    with duckdb.connect(str(current_snapshot(night_run.home, unit).database), read_only=True) as snapshot:
        columns = rows(snapshot, "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main'")
        holding = {
            (table, column)
            for table, column in columns
            for (text,) in rows(snapshot, f'SELECT DISTINCT "{column}"::VARCHAR FROM "{table}"')
            if text and delivered_numbers & set(re.findall(r"(?<!\d)\d{16}(?!\d)", text))
        }

    assert holding <= {place for place in clear if place[1] in ("nik", "no_kk", "mother_nik")}
    assert bool(holding) == (name in ("dinkes", "dispendukcapil", "dinsos", "dp3akb"))


def identifiers(home: Home, *, registered: bool = False) -> list[tuple[object, ...]]:
    """Give whose each row is, and who is a target; only of `registered` persons if so asked."""
    of = "registered" if registered else "true"
    return ask(
        home.database,
        f"""
        SELECT dataset, role, person_id, NULL FROM persons.person_source WHERE {of}
        UNION ALL
        SELECT subject_type, target_id, person_id, tier
        FROM targeting.targeting LEFT JOIN persons.person USING (person_id) WHERE {of}
        ORDER BY ALL
        """,
    )


def test_the_same_bytes_again_change_nothing_though_one_delivery_is_refused(
    night_run: NightRun, harder_runs: dict[str, HarderRun]
) -> None:
    home, said = harder_runs["again"].done()

    assert said.returncode == 0, said.stdout + said.stderr
    assert "REFUSED" in said.stdout
    assert "siga_krs_3509_202610_01.xlsx" in said.stdout
    assert said.stderr.count("the same bytes as before, nothing to do") == 10  # three of them months of H1
    assert identifiers(home) == identifiers(night_run.home)
    assert "NOTHING NEW for 2026-10" in said.stdout
    assert current_publication(home).version == night_run.publication.version
    made_again = {
        line.split()[1] for line in said.stderr.splitlines() if " rows in force" in line or " compared" in line
    }
    assert made_again == set()


def test_files_in_another_order_give_the_same_identifiers(
    night_run: NightRun, harder_runs: dict[str, HarderRun]
) -> None:
    home, said = harder_runs["killed twice, then in another order"].done()

    assert said.returncode == 0, said.stdout + said.stderr
    assert "counts unverified: no manifest" in said.stdout
    # Somebody whom the register does not know is known by file and row alone, and those did change places.
    assert identifiers(home, registered=True) == identifiers(night_run.home, registered=True)
    assert len(identifiers(home)) == len(identifiers(night_run.home))
