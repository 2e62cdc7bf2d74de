"""Retention: what is due goes, what is not stays, and each removal is told."""

import datetime as dt
import json
import os
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assets.command_line.retention import command
from integration.contracts import contracts
from integration.intake import prepare
from integration.retention import apply_retention, expired, retention_in_force
from integration.retention.aggregates import TABLES, keep_aggregates
from integration.retention.rules import KINDS, SHIPPED, load_retention
from tests.integration.privacy.privacy_world import cut, published, put, with_policy
from warehouse.access_log import entries, record, verify
from warehouse.database import writer
from warehouse.entitlements import policy_in_force
from warehouse.errors import DeclarationError, HomeBusy, NothingPublished
from warehouse.publication import current_publication, publications
from warehouse.settings import Home
from warehouse.snapshots import current_snapshot

TODAY = dt.datetime.now(dt.UTC).date()


def aged(path: Path, days: int) -> Path:
    then = (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).timestamp()
    os.utime(path, (then, then))
    return path


def landed(home: Home, name: str, days: int) -> Path:
    path = home.landing / name[:2] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x" * 10)
    return aged(path, days)


def due(home: Home, day: dt.date = TODAY) -> dict[str, int]:
    return {one.rule.kind: one.number for one in expired(home, retention_in_force(home), day) if one.number}


def test_a_landed_file_goes_after_its_term_and_not_before(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old, young = landed(home, "aa1.csv", 91), landed(home, "ab1.csv", 90)

    assert due(home) == {"raw_files": 1}
    apply_retention(home, retention_in_force(home), TODAY)

    assert (old.exists(), young.exists()) == (False, True)
    (line,) = [one for one in entries(home) if one.action == "retention"]
    assert (line.view, line.rows, line.detail["bytes"]) == ("raw_files", 1, 10)
    assert due(home) == {}


@given(days=st.integers(0, 400), age=st.integers(0, 400))
def test_a_term_in_days_counts_days(days: int, age: int) -> None:
    rule = load_retention().rules["raw_files"]
    limit = type(rule)(**{**vars(rule), "days": days}).limit(TODAY)

    assert limit is not None
    assert (TODAY - dt.timedelta(days=age) < limit) == (age > days)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2060, 12, 31)), st.integers(1, 100))
def test_a_term_in_months_ends_on_a_day_that_is_there(day: dt.date, months: int) -> None:
    rule = load_retention().rules["row_level"]
    limit = type(rule)(**{**vars(rule), "months": months}).limit(day)

    assert limit is not None
    assert (day.year * 12 + day.month) - (limit.year * 12 + limit.month) == months
    assert limit.day <= day.day


def test_rows_of_replaced_deliveries_and_the_text_of_refused_ones_go_and_rows_in_force_stay(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old, new = dt.datetime.now() - dt.timedelta(days=100), dt.datetime.now()
    delivery = {"dataset": "dinkes_balita", "kab_code": "35.09", "period": "2026-10"}
    with writer(home) as con:
        prepare(con, list(contracts().values()))
        put(
            con,
            "agency_extracts.delivery",
            [
                {**delivery, "delivery_id": "replaced", "status": "superseded", "received_at": old},
                {**delivery, "delivery_id": "withdrawn", "status": "withdrawn", "received_at": old},
                {**delivery, "delivery_id": "just now", "status": "superseded", "received_at": new},
                {**delivery, "delivery_id": "in force", "status": "in_force", "received_at": old},
            ],
        )
        files = [
            ("replaced", "replaced"),
            ("just now", "just now"),
            ("in force", "in force"),
            ("withdrawn", "withdrawn"),
        ]
        files += [("replaced", "in force again"), ("in force", "in force again")]
        files += [("replaced", "just now again"), ("just now", "just now again")]
        put(con, "agency_extracts.source_file", [{"delivery_id": one, "source_file_id": two} for one, two in files])
        refused = [("in force", 4), ("just now again", 5)]
        put(
            con,
            "agency_extracts.quarantine",
            [{"source_file_id": file, "source_row_no": number, "raw": "SITI"} for file, number in refused],
        )
        for one in sorted({file for _, file in files}):
            con.execute(f"INSERT INTO agency_extracts.dinkes_balita BY NAME SELECT '{one}' AS source_file_id")

    assert due(home) == {"raw_rows": 3}
    apply_retention(home, retention_in_force(home), TODAY)

    with duckdb.connect(str(home.database), read_only=True) as con:
        kept = con.execute("SELECT source_file_id FROM agency_extracts.dinkes_balita ORDER BY 1").fetchall()
        assert kept == [("in force",), ("in force again",), ("just now",), ("just now again",)]
        left = con.execute("SELECT source_row_no, raw FROM agency_extracts.quarantine ORDER BY 1").fetchall()
        assert left == [(4, None), (5, "SITI")]
    assert due(home) == {}


def test_a_snapshot_goes_when_its_time_is_up_and_nothing_points_to_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with_policy(home)
    cut(home, published(home))
    unit = policy_in_force(home).unit("dinkes")
    day = dt.date.fromisoformat(current_snapshot(home, unit).facts["keep_until"])

    assert due(home, day) == {}
    assert due(home, day + dt.timedelta(days=1)) == {"snapshots": 1}
    apply_retention(home, retention_in_force(home), day + dt.timedelta(days=1))

    with pytest.raises(NothingPublished):
        current_snapshot(home, unit)
    assert current_snapshot(home, policy_in_force(home).unit("evaluasi"))


def test_snapshots_of_whose_entitlement_has_ended_are_withdrawn(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with_policy(home)
    cut(home, published(home))
    with_policy(home, valid_until=TODAY - dt.timedelta(days=1))

    apply_retention(home, retention_in_force(home), TODAY)

    assert [path.parts[-3] for path in home.agencies.glob("*/*/*") if not path.is_symlink()] == ["evaluasi"]


def test_publications_are_reduced_to_counts_that_stay(tmp_path: Path) -> None:
    home = Home(tmp_path)
    old = published(home, "run-0001", "2024-08")
    new = published(home, "run-0002", "2026-10")
    day = dt.date(2026, 11, 22)

    assert due(home, day) == {"row_level": 1}
    apply_retention(home, retention_in_force(home), day)

    assert [one.version for one in publications(home)] == [new.version]
    kept = home.path / "aggregates" / "2024-08"
    assert json.loads((kept / "publication.json").read_text())["version"] == old.version
    assert {path.stem for path in kept.glob("*.parquet")} <= set(TABLES)
    assert duckdb.sql(f"SELECT numerator FROM '{kept}/report_month.parquet'").fetchall() == [(3,)]
    assert not any(name in str(list(kept.iterdir())) for name in ("targeting.parquet", "child_growth", "duckdb"))


def test_the_publication_in_force_stays_however_old_and_that_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    one = published(home, "run-0001", "2020-01")

    found = apply_retention(home, retention_in_force(home), TODAY)

    assert current_publication(home).version == one.version
    assert any("in force" in sentence for each in found for sentence in each.stays)


def test_counts_of_a_period_that_is_published_anew_are_those_of_the_newest(tmp_path: Path) -> None:
    home = Home(tmp_path)
    published(home, "run-0001")
    assert keep_aggregates(home) == 1
    assert keep_aggregates(home) == 0
    newer = published(home, "run-0002")

    assert keep_aggregates(home) == 1
    said = json.loads((home.path / "aggregates/2026-10/publication.json").read_text())
    assert said["version"] == newer.version


def test_weekly_lists_go_and_monthly_reports_stay(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name, kind in (("2026-10-01", "week"), ("2026-10", "month")):
        folder = home.path / "reports" / name
        folder.mkdir(parents=True)
        contents = folder / "isi.json"
        contents.write_text(json.dumps({"kind": kind}))
        aged(contents, 40)

    apply_retention(home, retention_in_force(home), TODAY)

    assert [path.name for path in (home.path / "reports").iterdir()] == ["2026-10"]


def test_old_years_of_the_access_log_go_and_the_chain_holds(tmp_path: Path) -> None:
    home = Home(tmp_path)
    record(home, "query", None)
    (segment,) = home.access_log.glob("*.jsonl")
    segment.rename(home.access_log / "2019.jsonl")
    record(home, "query", None)
    later = TODAY.replace(year=TODAY.year + 6, day=1)

    assert due(home) == {}
    assert due(home, later) == {"access_log": 1}
    apply_retention(home, retention_in_force(home), later)

    assert verify(home) == []
    assert not (home.access_log / "2019.jsonl").exists()
    assert [one.action for one in entries(home)] == ["query", "retention"]


def test_a_home_has_rules_of_its_own(tmp_path: Path) -> None:
    said = yaml.safe_load(SHIPPED.read_text())
    said["rules"]["raw_files"] |= {"days": 5}
    (tmp_path / "retention.yaml").write_text(yaml.safe_dump(said))
    landed(Home(tmp_path), "aa1.csv", 6)

    assert due(Home(tmp_path)) == {"raw_files": 1}


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        ("raw_files", {"days": 0}, "from 1 to"),
        ("raw_files", {"days": 9, "months": 1}, "days, months"),
        ("raw_files", {}, "no term"),
        ("raw_files", {"by_policy": True}, "by_policy"),
        ("snapshots", {"days": 9}, "by_policy"),
        ("aggregates", {"forever": False}, "must be true"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(tmp_path: Path, kind: str, body: dict[str, object], told: str) -> None:
    said = yaml.safe_load(SHIPPED.read_text())
    said["rules"][kind] = {"label": "x", "meaning": "x", "counted_from": "x", **body}
    (tmp_path / "retention.yaml").write_text(yaml.safe_dump(said))

    with pytest.raises(DeclarationError, match=kind) as error:
        retention_in_force(Home(tmp_path))
    assert told in str(error.value)


def test_a_kind_without_a_rule_is_refused(tmp_path: Path) -> None:
    said = yaml.safe_load(SHIPPED.read_text())
    del said["rules"]["raw_rows"]
    (tmp_path / "retention.yaml").write_text(yaml.safe_dump(said))

    with pytest.raises(DeclarationError, match="raw_rows is missing"):
        retention_in_force(Home(tmp_path))


def test_the_contract_is_what_is_shipped() -> None:
    terms = {kind: load_retention().rules[kind].term for kind in KINDS}

    assert (terms["raw_files"], terms["row_level"]) == ("90 days", "25 months")
    assert (terms["aggregates"], terms["access_log"]) == ("for ever", "60 months")


def test_a_dry_run_says_and_removes_nothing(tmp_path: Path) -> None:
    old = landed(Home(tmp_path), "aa1.csv", 91)
    said = CliRunner().invoke(command, ["apply", "--dry-run", "--home", str(tmp_path)])
    shown = CliRunner().invoke(command, ["show", "--home", str(tmp_path)])

    assert said.exit_code == 0, said.output
    assert "Nothing was removed" in said.output
    assert "1 landed files" in said.output
    assert "contracts" not in shown.output
    assert shown.exit_code == 0
    assert old.exists()
    assert CliRunner().invoke(command, ["apply", "--home", str(tmp_path)]).exit_code == 0
    assert not old.exists()


def test_the_job_applies_the_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assets.retention import retention

    old = landed(Home(tmp_path), "aa1.csv", 91)
    monkeypatch.setenv("PADAN_HOME", str(tmp_path))

    assert retention.execute_in_process().success
    assert not old.exists()


def test_while_a_run_writes_nothing_is_removed(tmp_path: Path) -> None:
    import subprocess
    import sys

    home = Home(tmp_path)
    with writer(home):
        pass
    old = landed(home, "aa1.csv", 91)
    hold = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(home.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(HomeBusy):
            apply_retention(home, retention_in_force(home), TODAY)
        assert other.stdin is not None
        other.stdin.close()
    assert old.exists()
