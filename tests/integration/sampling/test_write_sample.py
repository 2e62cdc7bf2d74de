"""A written sample: complete, the same every time, and its truth points at the right rows."""

import hashlib
import json
from pathlib import Path

import duckdb
import pytest
from written_files import physical_rows

from integration.contracts import contracts
from integration.sampling import NoiseProfile, SampleSummary, write_sample
from warehouse.errors import DeclarationError

NAME_COLUMN = {
    # where a row says its person's NIK: header by dataset and role
    ("dukcapil_penduduk", "self"): "NIK",
    ("dukcapil_mutasi", "self"): "NIK",
    ("dtsen_anggota", "self"): "nomor_induk_kependudukan",
    ("dinkes_balita", "self"): "NIK",
    ("dinkes_ibu_hamil", "self"): "NIK Ibu",
    ("siga_krs", "head"): "NIK Kepala Keluarga",
    ("siga_krs", "wife"): "NIK Istri",
    ("p3ke_keluarga", "head"): "NIK",
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleSummary]:
    out = tmp_path_factory.mktemp("sample")
    return out, write_sample(out, families=1_500, seed=11)


def deliveries(out: Path) -> list[tuple[Path, dict]]:
    found = sorted(out.glob("*/*/*/manifest.json"))
    return [(path.parent, json.loads(path.read_text(encoding="utf-8"))) for path in found]


def test_every_dataset_is_delivered_where_the_contract_says(sample):
    out, summary = sample
    for folder, manifest in deliveries(out):
        assert folder.relative_to(out).parts == (manifest["agency"], manifest["dataset"], manifest["period"])
    assert set(summary.rows) == set(contracts())
    assert all(summary.rows.values())
    assert len(list(out.glob("health/dinkes_balita/*"))) == 3


def test_manifests_have_the_hash_and_the_count_of_each_file(sample):
    out, summary = sample
    total = dict.fromkeys(summary.rows, 0)
    for folder, manifest in deliveries(out):
        names = {file["name"] for file in manifest["files"]}
        assert names == {path.name for path in folder.iterdir()} - {"manifest.json"}
        for file in manifest["files"]:
            assert hashlib.sha256((folder / file["name"]).read_bytes()).hexdigest() == file["sha256"]
            total[manifest["dataset"]] += file["rows"]
    assert total == summary.rows


def test_truth_names_the_person_that_stands_in_the_row(sample):
    out, _ = sample
    con = duckdb.connect()
    truth = con.execute(
        "SELECT r.dataset, r.file, r.row, r.role, p.nik, p.fam = r.fam "
        "FROM read_parquet(?) r JOIN read_parquet(?) p USING (pid)",
        [str(out / "truth/rows.parquet"), str(out / "truth/persons.parquet")],
    ).fetchall()
    paths = {path.name: path for path in out.glob("*/*/*/*.*")}
    files: dict[str, list[list[str]]] = {}
    headers: dict[str, list[str]] = {}
    told: dict[tuple[str, str], list[bool]] = {}
    for dataset, file, row, role, nik, same_family in truth:
        assert same_family
        if (dataset, role) not in NAME_COLUMN:
            continue
        wanted = NAME_COLUMN[dataset, role]
        if file not in files:
            files[file] = physical_rows(paths[file], dataset)
            headers[file] = next(line for line in files[file] if wanted in line)
        said = files[file][row - 1][headers[file].index(wanted)]
        if len(said) == 16 and said.isdigit():
            told.setdefault((dataset, role), []).append(said == nik)
    assert set(told) == set(NAME_COLUMN)
    assert all(told["dukcapil_penduduk", "self"])
    for key, right in told.items():
        assert sum(right) / len(right) > 0.85, key


def test_each_row_and_role_stands_in_the_truth_once(sample):
    out, summary = sample
    con = duckdb.connect()
    rows, distinct = con.execute(
        "SELECT count(*), count(DISTINCT (dataset, file, row, role)) FROM read_parquet(?)",
        [str(out / "truth/rows.parquet")],
    ).fetchall()[0]
    assert rows == distinct == summary.truth_rows


def test_all_layouts_forms_and_kinds_of_damage_occur(sample):
    out, _ = sample
    toddlers = [physical_rows(path, "dinkes_balita") for path in sorted(out.glob("health/dinkes_balita/*/*.xlsx"))]
    headings = ["|".join(next(row for row in rows if "Pukesmas" in row)) for rows in toddlers]
    assert any("Cara Ukur" not in heading for heading in headings)
    assert any("MBG" in heading for heading in headings)
    assert any("PMT Diterima (kg)" in heading and "Detail" in heading for heading in headings)
    cells = {cell for rows in toddlers for row in rows for cell in row}
    assert any(cell.startswith(("BY NY", "BY. NY", "BAYI")) for cell in cells)
    assert any(cell.endswith("***********") for cell in cells)
    families = [physical_rows(path, "siga_krs") for path in sorted(out.glob("family_planning/siga_krs/*/*.xlsx"))]
    assert any("PUS 4 Terlalu Muda (Umur Istri < 20 Tahun)" in rows[0] for rows in families)
    assert any([str(n) for n in range(1, 24)] in rows[:6] for rows in families)
    p3ke = physical_rows(next(out.glob("social_welfare/p3ke_keluarga/*/*.xlsx")), "p3ke_keluarga")
    assert "Penerima BNPT" in p3ke[3]
    mothers = {
        cell for path in out.glob("health/dinkes_ibu_hamil/*/*.xlsx") for row in physical_rows(path, "") for cell in row
    }
    assert {"HAMIL", "BERSALIN", "NIFAS"} <= mothers


def test_dtsen_has_latin1_lines_and_unbalanced_quotes(tmp_path: Path):
    noise = NoiseProfile.named("default")
    more = {**noise.sections, "dtsen": {**noise.sections["dtsen"], "broken_line": 0.05, "latin1": 0.2}}
    summary = write_sample(tmp_path, families=300, seed=2, months=1, noise=NoiseProfile("more", more))
    path = next(tmp_path.glob("social_welfare/dtsen_keluarga/*/*.csv"))
    lines = path.read_bytes().rstrip(b"\n").split(b"\n")
    assert len(lines) == 1 + summary.rows["dtsen_keluarga"]
    assert any(b"\xcd" in line for line in lines)
    broken = {number for number, line in enumerate(lines, start=1) if line.count(b'"') % 2}
    assert broken
    told = duckdb.connect().execute(
        "SELECT row FROM read_parquet(?) WHERE dataset = 'dtsen_keluarga'", [str(tmp_path / "truth/rows.parquet")]
    )
    assert {row for (row,) in told.fetchall()} == set(range(2, len(lines) + 1)) - broken


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    for name in ("a", "b"):
        write_sample(tmp_path / name, families=120, seed=5, months=2)
    write_sample(tmp_path / "c", families=120, seed=6, months=2)

    def content(name: str) -> dict[str, bytes]:
        folder = tmp_path / name
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}

    assert content("a") == content("b")
    assert content("a") != content("c")


@pytest.mark.parametrize("families", [1, 2, 10])
@pytest.mark.parametrize("noise", ["hard", "sparse"])
def test_a_small_sample_is_whole(tmp_path: Path, families: int, noise: str):
    told: list[tuple[str, int, int]] = []
    summary = write_sample(
        tmp_path, families=families, seed=3, kab_code="35.14", noise=noise, progress=lambda *step: told.append(step)
    )
    assert summary.families == families
    assert set(summary.rows) == set(contracts())
    assert told[-1][1] == told[-1][2]


def test_impossible_wishes_are_refused(tmp_path: Path):
    with pytest.raises(DeclarationError, match="at least one"):
        write_sample(tmp_path, families=0, seed=1)
    with pytest.raises(DeclarationError, match="YYYY-MM"):
        write_sample(tmp_path, families=1, seed=1, period="october")
