"""Each recipient's files hold what the policy grants, and nothing else; a reader sees one version whole."""

import datetime as dt
import hashlib
import json
import zipfile
from pathlib import Path

import duckdb
import pyrage
import pytest
import yaml
from invented_publication import CARDS, CLEAR_NIKS, KECAMATAN, MOTHER_NIKS, NAMES, home_in, publish_invented
from python_calamine import CalamineWorkbook

from warehouse.access_log import entries
from warehouse.entitlements import (
    SHIPPED,
    Policy,
    Treatment,
    Unit,
    load_policy,
    policy_in_force,
    recipient_key,
    view_query,
)
from warehouse.errors import HomeError, NothingPublished
from warehouse.keys import secret_key
from warehouse.publication import Publication
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots, current_snapshot, standing_snapshots
from warehouse.snapshots.alike import Alike
from warehouse.snapshots.encryption import NotDecrypted, decrypt_file

DAY = dt.date(2026, 11, 22)
UNITS = [
    unit
    for one in load_policy().recipients.values()
    for unit in ([one.name] + ([f"{one.name}@{KECAMATAN[0]}"] if "kecamatan" in one.units else []))
]


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Give the shipped policy; the snapshots of two kecamatan are looked at."""
    return load_policy()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, policy: Policy) -> tuple[Home, Publication]:
    home = home_in(tmp_path_factory.mktemp("snapshots"))
    publication = publish_invented(home)
    build_snapshots(home, publication, policy, day=DAY)
    return home, publication


def read(database: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def everything(home: Home, unit: Unit) -> str:
    """Give every value of every file of a snapshot, one after another."""
    folder = current_snapshot(home, unit).folder
    said = [path.name for path in folder.iterdir()]
    said += [path.read_text() for path in folder.glob("*.txt")] + [(folder / "manifest.json").read_text()]
    with duckdb.connect(str(folder / "padan.duckdb"), read_only=True) as connection:
        for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            said.append(str(connection.execute(f'FROM "{name}"').fetchall()))
            said.append(
                str(connection.execute(f"SELECT sql FROM duckdb_tables() WHERE table_name = '{name}'").fetchall())
            )
    for path in folder.glob("*.parquet"):
        said.append(str(duckdb.read_parquet(str(path)).fetchall()))
        said.append(str(duckdb.sql(f"FROM parquet_kv_metadata('{path}')").fetchall()))
    with zipfile.ZipFile(folder / "padan.xlsx") as workbook:
        said += [workbook.read(part).decode() for part in workbook.namelist()]
    return "\n".join(said)


@pytest.mark.parametrize("name", UNITS)
def test_a_snapshot_is_exactly_what_the_policy_grants(
    built: tuple[Home, Publication], policy: Policy, name: str
) -> None:
    home, publication = built
    unit = policy.unit(name)
    snapshot = current_snapshot(home, unit)
    key = recipient_key(secret_key(home, "pseudonym"), unit.recipient)

    tables = {str(table) for (table,) in read(snapshot.database, "SELECT table_name FROM duckdb_tables()")}
    assert tables == {*(view.shown_as for view in unit.recipient.views), "data_dictionary", "about"}
    for view in unit.recipient.views:
        granted = read(publication.database, f"({view_query(view, view.table.name, key, unit.kecamatan)}) ORDER BY ALL")
        columns = [column.name for column in view.columns()]
        assert read(snapshot.database, f'FROM "{view.shown_as}" ORDER BY ALL') == granted
        parquet = snapshot.folder / f"{view.shown_as}.parquet"
        assert duckdb.sql(f"FROM '{parquet}' ORDER BY ALL").fetchall() == granted
        for source in (f'"{view.shown_as}"', f"read_parquet('{parquet}')"):
            assert [str(c) for c, *_ in read(snapshot.database, f"DESCRIBE FROM {source}")] == columns
        sheet = CalamineWorkbook.from_path(snapshot.folder / "padan.xlsx").get_sheet_by_name(view.shown_as)
        assert len(sheet.to_python(skip_empty_area=False)) == len(granted) + 1
    dictionary = read(snapshot.database, "SELECT table_name, column_name FROM data_dictionary")
    assert set(dictionary) == {(view.shown_as, c.name) for view in unit.recipient.views for c in view.columns()}


@pytest.mark.parametrize("name", UNITS)
def test_no_planted_secret_is_where_it_may_not_be(built: tuple[Home, Publication], policy: Policy, name: str) -> None:
    home, _ = built
    unit = policy.unit(name)
    clear = {c.name for view in unit.recipient.views for c in view.columns(Treatment.CLEAR)}
    said = everything(home, unit)

    planted = {
        "nik": CLEAR_NIKS,
        "no_kk": CARDS,
        "mother_nik": MOTHER_NIKS,
        "name": NAMES,
        "address": ("CANARY-STREET",),
        "cause": ("CANARY-CAUSE",),
    }
    for column, values in planted.items():
        if column not in clear:
            assert not [value for value in values if value in said], (name, column)
    if unit.kecamatan:
        others = [n for n in range(12) if n % 2 == 1 or n == 9]
        assert not [NAMES[n] for n in others if NAMES[n] in said]
        assert not [CLEAR_NIKS[n] for n in others if CLEAR_NIKS[n] in said]


def test_a_place_that_nobody_knows_is_in_the_whole_kabupaten_alone(
    built: tuple[Home, Publication], policy: Policy
) -> None:
    home, _ = built
    in_whole = read(current_snapshot(home, policy.unit("dinkes")).database, "SELECT name FROM targeting_bnba")
    in_parts = [
        row
        for code in KECAMATAN
        for row in read(
            current_snapshot(home, policy.unit(f"dinkes@{code}")).database, "SELECT name FROM targeting_bnba"
        )
    ]

    assert set(in_whole) - set(in_parts) == {(NAMES[9],)}
    assert len(in_whole) == len(in_parts) + 1


def test_the_workbook_keeps_what_a_cell_is(built: tuple[Home, Publication], policy: Policy) -> None:
    home, _ = built
    book = CalamineWorkbook.from_path(current_snapshot(home, policy.unit("dinkes")).folder / "padan.xlsx")
    head, *lines = book.get_sheet_by_name("targeting_bnba").to_python()
    by_label = [dict(zip(head, line, strict=True)) for line in lines]
    one = next(line for line in by_label if line["Nama"] == NAMES[0])

    assert one["NIK"] == CLEAR_NIKS[0]
    assert one["No KK"] == f"{CARDS[0][:6]}******{CARDS[0][12:]}"
    assert one["Tanggal lahir"] == dt.date(2024, 3, 1)
    assert one["ZS TB/U"] == -2.66
    assert one["Stunting"] is True
    assert one["Alamat"] == "=cmd|CANARY-STREET-0<&>"  # a text, never a formula
    assert one["Kesenjangan layanan"] == "G07_NIK, G03_PMT"
    assert one["LILA"] == ""  # unknown is empty


def test_the_manifest_proves_every_file(built: tuple[Home, Publication], policy: Policy) -> None:
    home, publication = built
    snapshot = current_snapshot(home, policy.unit("dinkes"))

    assert snapshot.facts["publication"] == publication.version
    assert (
        snapshot.facts["keep_until"]
        == (dt.date.fromisoformat(publication.facts["published_at"][:10]) + dt.timedelta(31)).isoformat()
    )
    for name, digest in snapshot.facts["sha256"].items():
        assert hashlib.sha256((snapshot.folder / name).read_bytes()).hexdigest() == digest
    assert set(snapshot.facts["sha256"]) | {"manifest.json"} == {path.name for path in snapshot.folder.iterdir()}
    page = (snapshot.folder / "BACA-DAHULU.txt").read_text()
    assert "$" not in page
    assert "no_kk: masked" in page


def test_nobody_but_the_owner_can_open_them(built: tuple[Home, Publication]) -> None:
    home, _ = built
    for path in home.agencies.rglob("*"):
        if not path.is_symlink():
            assert path.stat().st_mode & 0o027 == 0, path


def test_a_second_call_changes_nothing_and_a_killed_one_is_finished(tmp_path: Path) -> None:
    home, policy = home_in(tmp_path), _small_policy(tmp_path)
    publication = publish_invented(home)
    first = build_snapshots(home, publication, policy, day=DAY)
    assert set(first.made) == {"dinkes", "bappeda"}
    assert build_snapshots(home, publication, policy, day=DAY).made == ()

    unit = policy.unit("bappeda")
    (home.agencies / "bappeda" / "kabupaten" / "current").unlink()  # killed between its two pointers
    (home.agencies / "dinkes" / "kabupaten" / ".build-left").mkdir()
    with pytest.raises(NothingPublished, match=r"No snapshot of bappeda stands"):
        current_snapshot(home, unit)
    assert build_snapshots(home, publication, policy, day=DAY).made == ("bappeda",)
    assert current_snapshot(home, unit).version == first.version

    second = publish_invented(home, "second-run", only=6)
    assert set(build_snapshots(home, second, policy, day=DAY).made) == {"dinkes", "bappeda"}
    assert not list(home.agencies.rglob(".build*"))
    assert len(standing_snapshots(home, unit)) == 2


def test_who_is_entitled_no_more_loses_what_stood(tmp_path: Path) -> None:
    home, policy = home_in(tmp_path), _small_policy(tmp_path)
    publication = publish_invented(home)
    build_snapshots(home, publication, policy, day=DAY)

    later = build_snapshots(home, publication, _small_policy(tmp_path, expired="bappeda"), day=DAY)

    assert later.withdrawn == ("bappeda/kabupaten",)
    assert not (home.agencies / "bappeda" / "kabupaten").exists()
    actions = [(entry.action, entry.unit) for entry in entries(home)]
    assert ("snapshot", "dinkes") in actions


def test_a_full_disk_leaves_what_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, policy = home_in(tmp_path), _small_policy(tmp_path)
    before = build_snapshots(home, publish_invented(home), policy, day=DAY)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(home.path))

    monkeypatch.setattr("warehouse.snapshots.unit_files.write_workbook", full)
    with pytest.raises(HomeError, match="is full"):
        build_snapshots(home, publish_invented(home, "second-run"), policy, day=DAY)
    assert current_snapshot(home, policy.unit("dinkes")).version == before.version


def test_an_encrypted_snapshot_opens_for_its_recipient_alone(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    policy = _small_policy(tmp_path, encrypt_to=str(identity.to_public()))
    build_snapshots(home, publish_invented(home), policy, day=DAY)
    folder = current_snapshot(home, policy.unit("dinkes")).folder
    key, wrong = tmp_path / "key.txt", tmp_path / "wrong.txt"
    key.write_text(f"# made for dinkes\n{identity}\n")
    wrong.write_text(f"{other}\n")

    clear = {path.name for path in folder.iterdir() if path.suffix != ".age"}
    assert clear == {"manifest.json", "BACA-DAHULU.txt"}
    decrypt_file(folder / "padan.duckdb.age", key, tmp_path / "opened.duckdb")
    assert (NAMES[0],) in read(tmp_path / "opened.duckdb", "SELECT name FROM targeting_bnba")
    with pytest.raises(NotDecrypted, match=r"padan\.duckdb\.age was not opened with the key in wrong\.txt"):
        decrypt_file(folder / "padan.duckdb.age", wrong, tmp_path / "not.duckdb")


def _small_policy(folder: Path, expired: str = "", encrypt_to: str | None = None) -> Policy:
    """Give the shipped policy with two recipients and no kecamatan."""
    said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    said["recipients"] = {name: {**said["recipients"][name], "units": ["kabupaten"]} for name in ("dinkes", "bappeda")}
    if expired:
        said["recipients"][expired]["valid_until"] = DAY - dt.timedelta(days=1)
    if encrypt_to:
        said["recipients"]["dinkes"]["encrypt_to"] = encrypt_to
    home = Home(folder / "policies")
    home.path.mkdir(exist_ok=True)
    home.policy.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return policy_in_force(home)


def test_the_manifest_is_json_that_names_no_path(built: tuple[Home, Publication], policy: Policy) -> None:
    home, _ = built
    facts = json.loads((current_snapshot(home, policy.unit("dinkes")).folder / "manifest.json").read_text())

    assert str(home.path) not in json.dumps(facts)


def test_what_two_recipients_read_alike_is_made_once_and_a_pseudonym_never_shared() -> None:
    alike = Alike(["counts", "counts", "pseudonyms by key 1", "pseudonyms by key 2"])
    made = [alike.made("counts", "parquet", lambda n=n: f"file {n}".encode()) for n in (1, 2)]  # type: ignore[misc]

    assert made == [b"file 1", b"file 1"]
    assert alike.made("counts", "xlsx", lambda: b"sheet") == b"sheet"
    assert "pseudonyms by key 1" not in alike
