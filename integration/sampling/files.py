"""Writing deliveries: a folder with its files and manifest, with the formats, titles and footers of the sender."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from integration.contracts import contract
from integration.sampling.chance import Flags, Ints
from integration.sampling.text_columns import Text, joined, put

CONTRACT_VERSION = "1.0.0"
LINES_AT_ONCE = 100_000
XLSX_ROWS = 20_000
"""A file with more rows than this is written as CSV."""

Columns = Mapping[str, Text]
"""Cells of a file by the contract's typed column name; null is an empty cell."""


@dataclass
class Delivery:
    """One delivery of one dataset for one period (`YYYY-MM`): write its files, then its manifest."""

    out: Path
    dataset: str
    kab4: str
    period: str
    snapshot: str
    files: list[dict[str, Any]] = field(default_factory=list)
    tell: Callable[[str], None] = lambda _: None
    """Called with the name of each file when it is written."""

    @property
    def folder(self) -> Path:
        """OUT/<agency>/<dataset>/<YYYY-MM>, made when first asked for."""
        folder = self.out / contract(self.dataset).agency / self.dataset / self.period
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def path(self, extension: str, number: int | None = None) -> Path:
        """Return the path of a file by the rule for names."""
        part = "" if number is None else f"_{number:02d}"
        return self.folder / f"{self.dataset}_{self.kab4}_{self.period.replace('-', '')}{part}.{extension}"

    def delivered(self, path: Path, rows: int, source_name: str | None = None) -> None:
        """Note a written file for the manifest; `rows` counts data rows, broken lines included."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        entry = {
            "name": path.name,
            "source_file_name": source_name or path.name,
            "sha256": digest.hexdigest(),
            "rows": rows,
        }
        self.files.append(entry)
        self.tell(path.name)

    def write_manifest(self) -> None:
        """Write `manifest.json`."""
        manifest = {
            "contract": self.dataset,
            "contract_version": CONTRACT_VERSION,
            "agency": contract(self.dataset).agency,
            "dataset": self.dataset,
            "kab4": self.kab4,
            "period": self.period,
            "snapshot_date": self.snapshot,
            "region_code_system": "kemendagri",
            "files": self.files,
            "legal_basis": "PKS 2026",
            "agreement_no": "-",
            "exporter_role": "operator",
        }
        (self.folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def headers(dataset: str, columns: Columns, renamed: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return (typed name, header) of the columns present, in the contract's order; `renamed` gives other spellings."""
    other = renamed or {}
    return [(c.name, other.get(c.name, c.header)) for c in contract(dataset).columns if c.name in columns]


def write_csv(
    path: Path,
    dataset: str,
    columns: Columns,
    *,
    separator: str = ",",
    quoted: bool = True,
    latin1: Flags | None = None,
    broken: Flags | None = None,
) -> Ints:
    """Write a CSV with a header in line 1; return the physical line of each row.

    `latin1` rows are encoded in Latin-1, all others in UTF-8. A `broken` row is cut in the middle of a quoted cell.
    """
    order = headers(dataset, columns)
    n = len(columns[order[0][0]])
    quote = '"' if quoted else ""
    with path.open("wb") as file:
        title = separator.join(f"{quote}{header}{quote}" for _, header in order)
        file.write(f"{title}\n".encode())
        for start in range(0, n, LINES_AT_ONCE):
            cells = [pc.fill_null(columns[name].slice(start, LINES_AT_ONCE), "") for name, _ in order]
            if quoted:
                cells = [pc.replace_substring(cell, '"', '""') for cell in cells]
            line = pc.binary_join_element_wise(*cells, f"{quote}{separator}{quote}")
            line = pc.binary_join_element_wise(quote, line, f"{quote}\n", "")
            stop = start + len(line)
            if broken is not None:
                line = put(line, broken[start:stop], lambda lines: _cut(lines, separator))
            line = line.cast(pa.binary())
            if latin1 is not None:
                line = put(line, latin1[start:stop], _as_latin1)
            file.write(_bytes_of(line))
    return np.arange(2, n + 2)


def _cut(lines: Text, separator: str) -> Text:
    """Cut lines after a quote opens in their middle, so that it is never closed."""
    opening = f'{separator}"'
    cut = [line[: line.index(opening, len(line) // 2 - 10) + len(opening)] for line in lines.to_pylist()]
    return pa.array([f"{line}\n" for line in cut], pa.string())


def _as_latin1(lines: Text) -> Text:
    return pa.array([line.decode().encode("latin-1", "replace") for line in lines.to_pylist()], pa.binary())


def _bytes_of(lines: Text) -> bytes:
    """Return the lines of a binary column one after the other."""
    combined = lines.combine_chunks() if isinstance(lines, pa.ChunkedArray) else lines
    if not len(combined):
        return b""
    _, offsets, data = combined.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)
    return bytes(memoryview(data)[ends[combined.offset] : ends[combined.offset + len(combined)]])


def signature(count: int, place: str) -> list[list[str]]:
    """Return the end of a hand-made report: the count, an empty row, who signs."""
    return [["Jumlah", str(count)], [], ["Mengetahui,"], [f"Kepala {place}"]]


def part_of(columns: Columns, rows: Ints) -> dict[str, Text]:
    """Return the given rows of all columns."""
    index = pa.array(rows)
    return {name: column.take(index) for name, column in columns.items()}


def accented(names: Text, rows: Flags) -> Text:
    """Put an accent on a letter of the names of some rows: the letters that Latin-1 and UTF-8 write differently."""
    return put(names, rows, lambda part: pc.replace_substring(joined("", part), "I", "Í", max_replacements=1))
