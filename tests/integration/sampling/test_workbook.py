"""Workbooks read back as they were meant."""

from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from integration.sampling.workbook import write_xlsx

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), max_size=12)


def read(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_any_text_comes_back_in_its_row(tmp_path_factory, rows: list[tuple[str, str]]):
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(2)]
    physical = write_xlsx(path, [["A & B", "C < D"]], columns, footer=[["end", "x"]])
    cells = read(path)
    assert cells[0] == ["A & B", "C < D"]
    assert [tuple(cells[row - 1]) for row in physical] == rows


def test_titles_merges_numbers_and_floats(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    columns = [pa.array(["1", "-"]), pa.array(["3509160802230010", "3509160802230011"])]
    rows = write_xlsx(
        path, [["Sasaran", ""], ["PUS", "NIK"]], columns, titles=["LAPORAN", ""], merges=[(0, 0, 0, 1)],
        as_numbers=frozenset({0}), as_floats=frozenset({1}),
    )  # fmt: skip
    assert rows.tolist() == [5, 6]
    cells = read(path)
    assert cells[0][0] == "LAPORAN"
    assert cells[4] == [1.0, 3509160802230010.0]
    assert cells[5] == ["-", "3509160802230011"]
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    assert sheet.merged_cell_ranges == [((2, 0), (2, 1))]


def test_wide_sheets_have_columns_after_z(tmp_path: Path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, [[f"h{i}" for i in range(60)]], [pa.array([str(i)]) for i in range(60)])
    assert read(path)[1] == [str(i) for i in range(60)]
