"""A table of which a unit is shown what it was shown before is taken from its snapshot before; none else is."""

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest
import yaml
from invented_publication import KECAMATAN, NAMES, home_in, publish_invented
from python_calamine import CalamineWorkbook

from warehouse.database import in_memory
from warehouse.entitlements import SHIPPED, Policy, policy_in_force
from warehouse.publication import Publication
from warehouse.settings import Home
from warehouse.snapshots import StandingSnapshot, build_snapshots, current_snapshot
from warehouse.snapshots.workbook import Sheet, write_workbook
from warehouse.tables import Column

DAY = dt.date(2026, 11, 22)
THERE, HERE = (f"dinkes@{code}" for code in KECAMATAN)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Policy, Publication]:
    """Give a home whose second publication lacks a woman of the first kecamatan, and a policy for both."""
    home = home_in(tmp_path_factory.mktemp("unchanged"))
    policy = _policy(home)
    build_snapshots(home, publish_invented(home), policy, day=DAY)
    second = publish_invented(home, "second-run", only=10)
    build_snapshots(home, second, policy, day=DAY)
    return home, policy, second


def _policy(home: Home, **dinkes: object) -> Policy:
    said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    said["recipients"] = {"dinkes": said["recipients"]["dinkes"] | dinkes}
    home.policy.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return policy_in_force(home)


def _two(home: Home, policy: Policy, name: str) -> tuple[StandingSnapshot, StandingSnapshot]:
    """Give the snapshot in force of a unit and the one before."""
    unit = policy.unit(name)
    now = current_snapshot(home, unit)
    (before,) = [path for path in now.folder.parent.iterdir() if path.is_dir() and path.resolve() != now.folder]
    return now, StandingSnapshot(before, json.loads((before / "manifest.json").read_text()))


def _rows(snapshot: StandingSnapshot, name: str) -> list[list[tuple[object, ...]]]:
    """Give the rows of a table as each format has them; a sheet's as texts, its header first."""
    with duckdb.connect(str(snapshot.database), read_only=True) as connection:
        held = connection.execute(f'FROM "{name}" ORDER BY ALL').fetchall()
    parquet = duckdb.sql(f"FROM '{snapshot.folder / name}.parquet' ORDER BY ALL").fetchall()
    sheet = CalamineWorkbook.from_path(snapshot.folder / "padan.xlsx").get_sheet_by_name(name).to_python()
    return [held, parquet, sorted(tuple(map(str, row)) for row in sheet)]


def test_what_is_shown_as_before_is_the_same_file(nights: tuple[Home, Policy, Publication]) -> None:
    home, policy, _ = nights
    for name, same in ((HERE, True), (THERE, False)):
        now, before = _two(home, policy, name)
        table = "targeting_bnba.parquet"
        assert (now.folder / table).samefile(before.folder / table) is same, name
        assert (now.facts["digests"]["targeting_bnba"] == before.facts["digests"]["targeting_bnba"]) is same


def test_every_format_holds_what_a_snapshot_made_afresh_holds(
    nights: tuple[Home, Policy, Publication], tmp_path: Path
) -> None:
    home, policy, publication = nights
    anew = Home(tmp_path / "home")
    anew.path.mkdir()
    (anew.path / "keys").symlink_to(home.path / "keys")
    build_snapshots(anew, publication, policy, day=DAY, afresh=True)

    for name in ("dinkes", HERE, THERE):
        now, wanted = current_snapshot(home, policy.unit(name)), current_snapshot(anew, policy.unit(name))
        assert now.facts["tables"] == wanted.facts["tables"]
        assert now.facts["digests"] == wanted.facts["digests"]
        for table in now.facts["tables"]:
            assert _rows(now, table) == _rows(wanted, table), (name, table)
        with duckdb.connect(str(now.database), read_only=True) as connection:
            assert connection.execute("SELECT publication FROM about").fetchall() == [(publication.version,)]


def test_who_was_taken_out_is_in_no_byte_that_goes_out(tmp_path: Path) -> None:
    """A dropped table leaves its blocks in a DuckDB file: one that names people is never dropped from a copy."""
    home = home_in(tmp_path)
    policy = _policy(home, formats=["duckdb"])
    build_snapshots(home, publish_invented(home, only=12), policy, day=DAY)
    assert NAMES[10].encode() in current_snapshot(home, policy.unit(THERE)).database.read_bytes()

    build_snapshots(home, publish_invented(home, "second-run", only=10), policy, day=DAY)

    assert NAMES[10].encode() not in current_snapshot(home, policy.unit(THERE)).database.read_bytes()


def test_another_policy_or_a_damaged_file_is_no_ground_to_take_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_in(tmp_path)
    policy = _policy(home, units=["kabupaten"])
    build_snapshots(home, publish_invented(home), policy, day=DAY)
    before = current_snapshot(home, policy.unit("dinkes"))
    with (before.folder / "targeting_bnba.parquet").open("r+b") as file:
        file.write(b"XXXX")

    build_snapshots(home, publish_invented(home, "second-run"), policy, day=DAY)
    now = current_snapshot(home, policy.unit("dinkes"))
    assert not (now.folder / "targeting_bnba.parquet").samefile(before.folder / "targeting_bnba.parquet")
    assert (now.folder / "child_growth.parquet").samefile(before.folder / "child_growth.parquet")

    said = yaml.safe_load(home.policy.read_text(encoding="utf-8"))
    masked = {**said["views"]["health_officer"], "masked": ["no_kk", "nik"]}
    masked["clear"] = [group for group in masked["clear"] if group != "nik"]
    said["views"]["health_officer"] = masked
    home.policy.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    build_snapshots(home, publish_invented(home, "third-run"), policy_in_force(home), day=DAY)
    third = current_snapshot(home, policy.unit("dinkes"))
    assert not (third.folder / "targeting_bnba.parquet").samefile(now.folder / "targeting_bnba.parquet")


def test_a_database_that_is_copied_night_after_night_does_not_grow(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    policy = _policy(home, units=["kabupaten"])
    sizes = []
    for night in range(5):
        build_snapshots(home, publish_invented(home, f"run-{night}"), policy, day=DAY)
        sizes.append(current_snapshot(home, policy.unit("dinkes")).database.stat().st_size)
    assert max(sizes[3:]) <= max(sizes[:3])


def test_a_sheet_of_other_columns_is_written_and_not_taken(tmp_path: Path) -> None:
    first, second = Column("x", "VARCHAR", "", "Nama"), Column("y", "DATE", "", "Hari")
    with in_memory() as connection:
        connection.execute("CREATE TABLE seen AS SELECT 'a' AS x, DATE '2026-10-31' AS y")
        before = tmp_path / "before.xlsx"
        write_workbook(connection, before, [Sheet("seen", [first], "seen", 1)], "t")
        connection.execute("UPDATE seen SET x = 'b'")
        for columns, found in (([first], ["a"]), ([first, second], ["b", dt.date(2026, 10, 31)])):
            sheet = Sheet("seen", columns, "seen", 1, unchanged=True)
            write_workbook(connection, tmp_path / "now.xlsx", [sheet], "t", before=before)
            read = CalamineWorkbook.from_path(tmp_path / "now.xlsx").get_sheet_by_name("seen").to_python()
            assert read[1] == found
