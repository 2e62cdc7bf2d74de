"""A publication of invented people, small enough to build in a moment and full enough to show a leak."""

import datetime as dt
from pathlib import Path

from warehouse.database import Connection, in_memory
from warehouse.entitlements import published_tables
from warehouse.publication import Publication, Snapshot, publish
from warehouse.settings import Home

KECAMATAN = ("35.76.01", "35.76.02")
CLEAR_NIKS = tuple(f"35760{n % 2 + 1}41019900{n:02}" for n in range(12))
"""The NIK of each target; the tenth lives nobody knows where."""
MOTHER_NIKS = tuple(f"35760{n % 2 + 1}5203850{n:03}" for n in range(12))
CARDS = tuple(f"35760{n % 2 + 1}0101150{n:03}" for n in range(12))
NAMES = tuple(f"SITI{n:02} CANARY{n:02} NURHAYATI" for n in range(12))


def publish_invented(home: Home, run_id: str = "invented-run", only: int = 12) -> Publication:
    """Publish the first `only` of twelve targets: children, mothers and families in two kecamatan, and one nowhere."""
    with in_memory() as con:
        con.execute("CREATE SCHEMA targeting")
        for one in published_tables().values():
            con.execute(one.ddl())
        for n in range(only):
            _insert(con, "targeting", _target(n))
            if n % 3 == 0:
                _insert(con, "child_growth", _growth(n))
        _insert(con, "mortality_event", _death())
        for level, code in (("kab", "35.76"), ("kec", KECAMATAN[0]), ("desa", f"{KECAMATAN[0]}.2001")):
            for report in ("report_month", "report_month_full"):
                _insert(con, report, _indicator(level, code, hidden=report == "report_month" and level == "desa"))
        names = list(published_tables())
        dictionary = "SELECT 'targeting' AS table_name, 'name' AS column_name"
        return publish(
            con,
            home,
            [*(Snapshot(name, f"FROM targeting.{name}") for name in names), Snapshot("data_dictionary", dictionary)],
            run_id,
            {"period": "2026-10", "period_end": "2026-10-31", "balita": 4},
        )


def home_in(folder: Path) -> Home:
    """Give a home that stands."""
    home = Home(folder / "home")
    home.path.mkdir(parents=True)
    return home


def _target(n: int) -> dict[str, object]:
    """Give what is said of the nth target; a third are children, mothers, families."""
    kec = None if n == 9 else KECAMATAN[n % 2]
    return {
        "period": "2026-10",
        "period_end": dt.date(2026, 10, 31),
        "period_kind": "month",
        "kab_code": "35.76",
        "target_id": f"T{n:016}",
        "subject_type": ("balita", "ibu", "keluarga")[n % 3],
        "person_id": f"P{n:015}" if n % 3 < 2 else None,
        "family_id": f"F{n:015}",
        "nik": CLEAR_NIKS[n],
        "no_kk": CARDS[n],
        "mother_nik": MOTHER_NIKS[n],
        "nik_status": "valid" if n % 4 else "masked",
        "name": NAMES[n],
        "mother_name": f"IBU {NAMES[n]}",
        "birth_date": dt.date(2024, 3, n + 1),
        "age_months": 31,
        "kec_code": kec,
        "village_code": f"{kec}.2001" if kec else None,
        "address": f"=cmd|CANARY-STREET-{n}<&>",
        "dusun": "KRAJAN",
        "haz": -2.66,
        "is_stunted": n % 3 == 0,
        "stunting_status": "pendek" if n % 3 == 0 else None,
        "hb": 10.25,
        "desil": n % 5 + 1 if n != 4 else None,
        "extreme_poverty": n % 5 == 0 if n != 4 else None,
        "krs": n % 2 == 0,
        "krs_rule": "core",
        "tier": "P1" if n % 3 == 0 else "P5" if n == 5 else "P4",
        "tier_reasons": ["STUNTED"],
        "score": n,
        "gaps": [["G07_NIK", "G03_PMT"], ["G10_JKN"], ["G12_TPK", "G14_JAMBAN"]][n % 3],
        "gaps_unknown": ["G09_BANSOS"],
        "gap_count": 2,
        "sources": ["C1", "H2"],
        "source_refs": "[]",
        "match_method": "register",
        "match_band": "auto",
        "source_count": 2,
        "freshness_days": 10,
        "quality_flags": [],
        "rule_version": "2.0.0+x",
        "run_id": "invented-run",
        "published_at": dt.datetime(2026, 11, 1),
    }


def _growth(n: int) -> dict[str, object]:
    return {
        "period": "2026-10", "person_id": f"P{n:015}", "measured_on": dt.date(2026, 10, 7), "haz": -2.66,
        "kab_code": "35.76", "kec_code": KECAMATAN[n % 2], "source_file_id": f"f{n}", "source_row_no": n + 1,
    }  # fmt: skip


def _death() -> dict[str, object]:
    return {"period": "2026-10", "event_id": "M1", "kab_code": "35.76", "kind": "ibu", "kec_code": KECAMATAN[0],
            "cause": "CANARY-CAUSE"}  # fmt: skip


def _indicator(level: str, code: str, *, hidden: bool) -> dict[str, object]:
    return {"period": "2026-10", "region_level": level, "region_code": code, "region_name": code,
            "indicator_code": "I01", "indicator": "stunting", "numerator": None if hidden else 3,
            "denominator": None if hidden else 40, "unit": "count", "suppressed": hidden}  # fmt: skip


def _insert(con: Connection, table: str, said: dict[str, object]) -> None:
    """Insert one row; needed columns that nobody speaks of get a value of their type."""
    declared = published_tables()[table]
    values = {c.name: _filling(c.type, c.values) for c in declared.columns if c.filled} | said
    columns = ", ".join(f'"{name}"' for name in values)
    con.execute(
        f"INSERT INTO {declared.full_name} ({columns}) VALUES ({', '.join('?' * len(values))})", list(values.values())
    )


def _filling(kind: str, values: tuple[str, ...]) -> object:
    if values:
        return values[0]
    return {"VARCHAR": "x", "BOOLEAN": False, "DATE": dt.date(2026, 10, 31), "VARCHAR[]": []}.get(kind, 0)
