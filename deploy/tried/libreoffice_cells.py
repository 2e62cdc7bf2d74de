"""Compare every cell that LibreOffice read from padan.xlsx with the Parquet of the same table: its value and its kind.

::

    soffice --headless --convert-to fods --outdir OUT SNAPSHOT/padan.xlsx
    python deploy/tried/libreoffice_cells.py SNAPSHOT OUT/padan.fods
"""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
Value = str | float | bool | dt.date | None


def text(paragraph: ElementTree.Element) -> str:
    """Give the text of a paragraph, in which <text:s text:c="2"/> are two more spaces."""
    said = paragraph.text or ""
    for one in paragraph:
        said += " " * int(one.get(f"{TEXT}c", 1)) if one.tag == f"{TEXT}s" else text(one)
        said += one.tail or ""
    return said


def cell(element: ElementTree.Element) -> Value:
    """Give what Calc holds; it keeps a truth value of a workbook as the formula TRUE() or FALSE()."""
    formula = element.get(f"{TABLE}formula")
    if formula in ("of:=TRUE()", "of:=FALSE()"):
        return formula == "of:=TRUE()"
    match element.get(f"{OFFICE}value-type"):
        case "float":
            return float(element.get(f"{OFFICE}value", "nan"))
        case "date":
            return dt.date.fromisoformat(element.get(f"{OFFICE}date-value", "")[:10])
        case "string":
            return "\n".join(text(one) for one in element.iter(f"{TEXT}p"))
        case None:
            return None
        case other:
            return f"a {other}"


def sheet_rows(table: ElementTree.Element) -> Iterator[list[Value]]:
    """Give the rows of a sheet, to the last column that a table of Padan's could have."""
    for row in table.iter(f"{TABLE}table-row"):
        cells: list[Value] = []
        for one in row:
            cells += [cell(one)] * min(int(one.get(f"{TABLE}number-columns-repeated", 1)), 200)
        yield from [cells] * min(int(row.get(f"{TABLE}number-rows-repeated", 1)), 2)


def meant(value: object) -> object:
    """Give what a value of the Parquet should be in a workbook."""
    if isinstance(value, list):
        return ", ".join(value) or "tidak ada"
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return float(value)
    return None if value == "" else value


def same(wanted: object, found: Value) -> bool:
    """Compare value and kind; numbers to 12 digits."""
    if isinstance(wanted, float) and isinstance(found, float):
        return abs(wanted - found) <= 1e-12 * max(1, abs(wanted))
    return type(wanted) is type(found) and wanted == found


def main(snapshot: Path, flat: Path) -> None:
    """Print how many cells of each kind were compared, and the columns in which one differs."""
    tables = ElementTree.parse(flat).getroot().iter(f"{TABLE}table")  # noqa: S314 (our own file)
    sheets = {table.get(f"{TABLE}name"): list(sheet_rows(table)) for table in tables}
    compared, wrong = Counter[str](), Counter[str]()
    for parquet in sorted(snapshot.glob("*.parquet")):
        data = pyarrow.parquet.read_table(parquet)
        body = sheets.pop(parquet.stem)[1:]
        while body and all(value is None for value in body[-1]):
            body.pop()
        if len(body) != data.num_rows:
            wrong[f"{parquet.stem}: {len(body)} rows, not {data.num_rows}"] += 1
        for row, values in zip(body, zip(*(column.to_pylist() for column in data.columns), strict=True), strict=False):
            padded = [*row, *[None] * data.num_columns]
            for name, value, found in zip(data.column_names, values, padded, strict=False):
                compared[type(value).__name__] += 1
                if not same(meant(value), found):
                    wrong[f"{parquet.stem}.{name}"] += 1
    print(
        f"compared {compared.total():,} cells: {dict(compared)}; different: {dict(wrong)}; no Parquet: {list(sheets)}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
