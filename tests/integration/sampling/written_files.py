"""The files of a written sample, read row by row as they physically are."""

import csv
from pathlib import Path

from python_calamine import CalamineWorkbook

SEPARATORS = {"dukcapil_penduduk": ";", "dtsen_keluarga": "|", "dtsen_anggota": "|"}


def physical_rows(path: Path, dataset: str) -> list[list[str]]:
    if path.suffix == ".xlsx":
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    separator = SEPARATORS.get(dataset, ",")
    lines = path.read_bytes().split(b"\n")
    return [next(csv.reader([line.decode("latin-1")], delimiter=separator), []) for line in lines]
