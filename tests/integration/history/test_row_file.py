"""The list of targets that differ: whole or not at all, for its owner alone, known to the access log, without names."""

import hashlib
from pathlib import Path

import duckdb
import pytest
from past_nights import night, target
from python_calamine import CalamineWorkbook

from integration.history import compare, named_pair, write_rows
from integration.history.row_file import RowsNotWritten
from warehouse.access_log import entries
from warehouse.settings import Home

HEAD = ["target_id", "change", "reason", "subject_type", "kec_code", "kec_name", "changed"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    night(home, "2026-09", {"targeting": [target(1), target(2), target(3)]})
    night(home, "2026-10", {"targeting": [target(1), target(2, tier="P1", gaps=["=1+1", "G01"]), target(4)]})
    return home


def written(home: Home, path: Path) -> int:
    with compare(home, *named_pair(home, None, None)) as found:
        return write_rows(home, found, path)


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_each_target_that_differs_has_a_row(home: Home, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"diff.{kind}"
    path.write_text("of before, for all to read")
    path.chmod(0o644)

    assert written(home, path) == 3

    if kind == "xlsx":
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]
    else:
        rows = duckdb.connect().execute(f"FROM '{path}'").fetchall()
    found = {row[0]: row for row in rows}
    assert {row[1] for row in rows} == {"new", "left", "changed"}
    assert found[target(2)["target_id"]][7:9] in [("P2", "P1"), ["P2", "P1"]]
    assert "=1+1" in str(found[target(2)["target_id"]][-1])
    assert "RAHASIA" not in str(rows)
    assert path.stat().st_mode & 0o777 == 0o600
    (told,) = [one for one in entries(home) if one.action == "export"]
    assert told.rows == 3
    assert told.export_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_place_that_cannot_be_written_is_told_and_leaves_nothing(home: Home, tmp_path: Path) -> None:
    with pytest.raises(RowsNotWritten, match="cannot be written: No such file"):
        written(home, tmp_path / "nowhere" / "diff.csv")
    with pytest.raises(RowsNotWritten, match=r"ends in \.xlsx, \.csv or \.parquet"):
        written(home, tmp_path / "diff.pdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]
    assert not list(entries(home))
