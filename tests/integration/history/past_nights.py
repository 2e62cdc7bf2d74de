"""Publications made of a few rows, for the tests of this folder."""

from typing import Any

import duckdb
import pyarrow as pa

from warehouse.publication import Publication, Snapshot, publish
from warehouse.settings import Home
from warehouse.tables import table

Row = dict[str, Any]
_FILLED = {"VARCHAR": "-", "VARCHAR[]": [], "INTEGER": 1, "BOOLEAN": False, "DATE": "2026-10-31"}
_RUNS = iter(range(10**8))


def target(number: int, **values: Any) -> Row:
    """Give a row of `targeting`: a stunted child of tier P2 in Kalisat; `values` say otherwise."""
    return {
        "target_id": f"T{number:016}",
        "subject_type": "balita",
        "person_id": f"P{number:016}",
        "family_id": f"F{number:016}",
        "name": f"NAMA RAHASIA {number}",
        "nik": f"{3509270000000000 + number}",
        "kab_code": "35.09",
        "kec_code": "35.09.27",
        "kec_name": "Kalisat",
        "village_code": "35.09.27.2006",
        "tier": "P2",
        "krs": True,
        "stunting_status": "pendek",
        "gaps": ["G03_PMT"],
        **values,
    }


def figure(code: str, value: float | None, level: str = "kab") -> Row:
    """Give a row of `report_month_full`."""
    return {"region_level": level, "region_code": "35.09", "indicator_code": code, "indicator": code, "value": value}


def night(
    home: Home, period: str, tables: dict[str, list[Row]], *, without: tuple[str, ...] = (), **facts: Any
) -> Publication:
    """Publish these rows; `without` are columns of `targeting` that the publication is too old to have."""
    snapshots = []
    with duckdb.connect() as con:
        for name, found in tables.items():
            declared = table(f"targeting.{name}")
            rows = [
                {c.name: row.get(c.name, _FILLED.get(c.type) if c.filled else None) for c in declared.columns}
                for row in ({"period": period, **one} for one in found)
            ]
            con.execute(declared.ddl(name))
            if rows:
                given = pa.table({c.name: [row[c.name] for row in rows] for c in declared.columns})
                con.register("given", given)
                con.execute(f"INSERT INTO {name} {declared.select('given')}")
                con.unregister("given")
            gone = ", ".join(without) if name == "targeting" else ""
            snapshots.append(Snapshot(name, f"SELECT * {f'EXCLUDE ({gone})' if gone else ''} FROM {name}"))
        run = f"{next(_RUNS):08}"
        said = {"period": period, "period_end": f"{period}-28", "as_of": f"{period}-28", "rule_versions": ["2.0.0"]}
        return publish(con, home, snapshots, run, {**said, **facts})
