"""Publications made by hand: a kabupaten, its villages, and whoever a test puts there."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from integration.indicators import load_indicators
from integration.rules import load_rules
from warehouse.publication import Publication, Snapshot, current_publication, publications, publish
from warehouse.settings import Home
from warehouse.tables import table

KAB, KEC, OTHER_KEC = "35.09", "35.09.01", "35.09.02"
VILLAGE = "35.09.01.2001"
Row = Mapping[str, Any]
_FILLED: dict[str, Any] = {
    "VARCHAR": "-",
    "DATE": dt.date(2026, 10, 31),
    "INTEGER": 0,
    "BIGINT": 0,
    "DOUBLE": 0.0,
    "BOOLEAN": False,
    "VARCHAR[]": [],
    "TIMESTAMP": dt.datetime(2026, 10, 31),
}


def target(number: int, **values: Any) -> dict[str, Any]:
    """Give a child of the first village, stunted and not weighed this month; `values` say otherwise."""
    return {
        "period": "2026-10",
        "period_end": dt.date(2026, 10, 31),
        "target_id": f"T{number:016}",
        "subject_type": "balita",
        "kab_code": KAB,
        "kab_name": "Jember",
        "kec_code": KEC,
        "kec_name": "Jombang",
        "village_code": VILLAGE,
        "village_name": "Padomasan",
        "person_id": f"P{number}",
        "family_id": f"F{number}",
        "name": f"ANAK {number}",
        "head_name": f"KEPALA {number}",
        "mother_name": f"IBU {number}",
        "nik": f"350901{number:010}",
        "nik_status": "valid",
        "age_months": 20,
        "dusun": "KRAJAN",
        "rt": "001",
        "rw": "002",
        "tier": "P2",
        "score": 40,
        "tier_reasons": ["PENDEK"],
        "gaps": ["G01_UKUR"],
        "gaps_unknown": [],
        "gap_count": 1,
        "lead_agency": "Dinkes",
        **values,
    }


def figure(level: str, region: str, code: str, **values: Any) -> dict[str, Any]:
    """Give a row of `report_month`: 25 of 100, known of 80 %; `values` say otherwise."""
    indicator = next(one for one in load_indicators().indicators if one.code == code)
    return {
        "period": "2026-10",
        "region_level": level,
        "region_code": region,
        "region_name": f"Wilayah {region}",
        "indicator_code": code,
        "indicator": indicator.name,
        "numerator": 25,
        "denominator": 100,
        "value": 25.0,
        "unit": indicator.unit,
        "coverage": 0.8,
        "data_quality": "cukup",
        "suppressed": False,
        **values,
    }


def publication(home: Home, tables: Mapping[str, Iterable[Row]], at: str = "2026-11-10", **facts: Any) -> Publication:
    """Publish rows of these tables as of a day; a column without a value gets null, or an empty one if it must be."""
    connection = duckdb.connect()
    snapshots = []
    for name, found in tables.items():
        declared = table(f"targeting.{name}")
        rows = [
            {c.name: row.get(c.name, _FILLED.get(c.type) if c.filled else None) for c in declared.columns}
            for row in found
        ]
        connection.execute(declared.ddl(name))
        if rows:
            columns = {c.name: [row[c.name] for row in rows] for c in declared.columns}
            connection.register("given", pa.table(columns))
            connection.execute(f"INSERT INTO {name} {declared.select('given')}")
            connection.unregister("given")
        snapshots.append(Snapshot(name, f"SELECT * FROM {name}"))
    said = {
        "period": "2026-10",
        "period_end": "2026-10-31",
        "as_of": "2026-10-31",
        "rule_versions": [load_rules().rule_version],
        **facts,
    }
    return _dated(home, publish(connection, home, snapshots, f"run-{1 + len(publications(home)):04}", said), at)


def _dated(home: Home, one: Publication, day: str) -> Publication:
    """Make it look as if it had been published on another day."""
    folder = one.folder.with_name(f"{day}T020000Z-{len(list(home.published.iterdir())):08}")
    one.folder.rename(folder)
    said = one.facts | {"published_at": f"{day}T02:00:00+00:00", "version": folder.name}
    manifest = folder / "publication.json"
    manifest.chmod(0o600)
    manifest.write_text(json.dumps(said), encoding="utf-8")
    pointer = home.published / "current"
    pointer.unlink()
    pointer.symlink_to(folder.name)
    return current_publication(home)


def sheet(path: Path, name: str) -> list[list[Any]]:
    """Read one sheet of a workbook back."""
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python(skip_empty_area=False)


def sheets(path: Path) -> list[str]:
    """Give the names of a workbook's sheets."""
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(path).sheet_names
