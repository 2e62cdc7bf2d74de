"""How hard `hard` and `sparse` are, counted on written samples against their truth."""

import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import yaml
from rapidfuzz.distance import OSA
from written_files import physical_rows

from integration.sampling import NoiseProfile, noise, write_sample
from warehouse.errors import DeclarationError

# headers of what a row says of its person, by dataset and role
CELLS = {
    ("dtsen_anggota", "self"): {
        "name": "nama_anggota_keluarga",
        "nik": "nomor_induk_kependudukan",
        "birth": "tanggal_lahir",
    },
    ("dtsen_keluarga", "head"): {"name": "nama_kepala_keluarga", "address": "alamat"},
    ("p3ke_keluarga", "head"): {"name": "Kepala Keluarga", "nik": "NIK", "birth": "Tanggal Lahir", "address": "Alamat"},
    ("dinkes_balita", "self"): {"name": "Nama", "nik": "NIK", "birth": "Tgl Lahir", "rt": "RT"},
    ("dinkes_ibu_hamil", "self"): {"name": "Nama Ibu", "nik": "NIK Ibu", "kk": "No KK", "birth": "Tgl Lahir"},
    ("siga_krs", "head"): {
        "name": "Nama Kepala Keluarga",
        "nik": "NIK Kepala Keluarga",
        "kk": "No. Kartu Keluarga",
        "rt": "RT",
    },
    ("siga_krs", "wife"): {"name": "Nama Istri", "nik": "NIK Istri", "kk": "No. Kartu Keluarga", "rt": "RT"},
}
FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")


def is_far(written: str, name: str) -> bool:
    """Abbreviated, or misspelt by more than one edit; a whole word left out does not count."""
    words = [word.strip(".") for word in written.upper().split()]
    if any(len(word) == 1 for word in words):
        return True
    here, there = "".join(words), name.replace(" ", "")
    return OSA.distance(here, there) > 1 and abs(len(here) - len(there)) <= 3


def is_wrong_or_missing(written: str, birth: str) -> bool | None:
    """None for a form that is not read here."""
    if written in ("", "-", "0000-00-00"):
        return True
    for form in FORMS:
        try:
            return datetime.strptime(written, form).date().isoformat() != birth
        except ValueError:
            continue
    return None


DAMAGED = {
    # what is written, of a person of this name and birth date
    "name": lambda written, name, birth: is_far(written, name),
    "birth": lambda written, name, birth: is_wrong_or_missing(written, birth),
    "nik": lambda written, name, birth: len(re.sub(r"[^0-9*E]", "", written)) < 6,
    "kk": lambda written, name, birth: len(re.sub(r"[^0-9*E]", "", written)) < 6,
    "rt": lambda written, name, birth: written in ("", "-", "0"),
    "address": lambda written, name, birth: not re.search(r"RT ?\d|\d{3}/\d{3}", written),
}


def shares(folder: Path) -> dict[tuple[str, str, str], float]:
    """Share of the rows so damaged, by dataset, role and cell; `masked` is a NIK of asterisks."""
    truth = duckdb.execute(
        "SELECT r.dataset, r.role, r.file, r.row, p.name, p.dob::DATE::VARCHAR "
        "FROM read_parquet(?) r JOIN read_parquet(?) p USING (pid)",
        [str(folder / "truth/rows.parquet"), str(folder / "truth/persons.parquet")],
    ).fetchall()
    paths = {path.name: path for path in folder.glob("*/*/*/*.*")}
    opened: dict[str, list[list[str]]] = {}
    hits, seen = Counter(), Counter()
    for dataset, role, file, row, name, birth in truth:
        if (dataset, role) not in CELLS:
            continue
        cells = CELLS[dataset, role]
        if file not in opened:
            opened[file] = physical_rows(paths[file], dataset)
        header = next(line for line in opened[file] if cells["name"] in line)
        for cell, title in cells.items():
            written = opened[file][row - 1][header.index(title)]
            bad = DAMAGED[cell](written, name, birth)
            if bad is not None:
                seen[dataset, role, cell] += 1
                hits[dataset, role, cell] += bad
            if cell == "nik":
                seen[dataset, role, "masked"] += 1
                hits[dataset, role, "masked"] += "*****" in written
    return {key: hits[key] / count for key, count in seen.items() if count >= 400}


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory):
    found = {}
    for profile in ("hard", "sparse"):
        folder = tmp_path_factory.mktemp(profile)
        write_sample(folder, families=3_000, seed=8, months=1, noise=profile)
        found[profile] = shares(folder)
    return found


@pytest.mark.parametrize("profile", ["hard", "sparse"])
def test_one_name_in_six_is_abbreviated_or_far_off_and_one_date_in_ten_wrong_or_missing(damaged, profile: str):
    found = damaged[profile]
    names = {key: share for key, share in found.items() if key[2] == "name"}
    dates = {key: share for key, share in found.items() if key[2] == "birth"}
    assert len(names) >= 6
    assert len(dates) >= 3
    assert min(names.values()) >= 0.155  # of some hundred rows each, and all of them together:
    assert sum(names.values()) / len(names) >= 1 / 6
    assert min(dates.values()) >= 0.085
    assert sum(dates.values()) / len(dates) >= 0.1


@pytest.mark.parametrize("profile", ["hard", "sparse"])
def test_every_toddlers_number_is_masked(damaged, profile: str):
    assert damaged[profile]["dinkes_balita", "self", "masked"] == 1


def test_sparse_leaves_hardly_a_number(damaged):
    found = damaged["sparse"]
    for role in ("head", "wife"):
        for number in ("nik", "kk"):
            assert 0.7 <= found["siga_krs", role, number] <= 0.8, (role, number)
    assert 0.68 <= found["p3ke_keluarga", "head", "nik"] <= 0.82
    assert 0.45 <= found["dtsen_anggota", "self", "nik"] <= 0.55
    residences = {key: share for key, share in found.items() if key[2] in ("rt", "address")}
    assert len(residences) >= 4
    assert all(0.55 <= share <= 0.75 for share in residences.values()), residences


def test_sparse_is_as_hard_where_it_says_nothing_itself():
    hard, sparse = NoiseProfile.named("hard"), NoiseProfile.named("sparse")
    assert sparse.rate("krs", "name_far") == hard.rate("krs", "name_far") > 0
    assert sparse.rate("mothers", "nik_missing") > 0.7 > hard.rate("mothers", "nik_missing")
    assert sparse.rate("mothers", "kk_missing") > 0.7 > hard.rate("mothers", "kk_missing")


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({"as": "nothing"}, "to be as 'nothing'"),
        ({"krs": {"name_far": 1.2}}, "krs.name_far to 1.2"),
        ({"krs": {"name_fra": 0.1}}, "krs.name_fra to 0.1"),
    ],
)
def test_a_wrong_profile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: dict, said: str):
    declared = yaml.safe_load(noise.PROFILES.read_text(encoding="utf-8"))
    path = tmp_path / "profiles.yaml"
    path.write_text(yaml.safe_dump(declared | {"worse": profile}, sort_keys=False), encoding="utf-8")
    monkeypatch.setattr(noise, "PROFILES", path)
    with pytest.raises(DeclarationError, match=re.escape(said)):
        NoiseProfile.named("worse")
