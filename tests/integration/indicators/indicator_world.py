"""Tables to count: many families, children, mothers, births and deaths with every mixture of known and unknown."""

import datetime as dt

import duckdb
import numpy as np
import pyarrow as pa

from integration.rules import load_rules
from integration.targeting.rule_statements import fill_rule_statements
from warehouse.database import Connection
from warehouse.tables.declaration import table

PERIOD, PERIOD_END = "2025-02", dt.date(2025, 2, 28)
KAB = "35.09"
KECAMATAN = {"35.09.01": 5, "35.09.02": 3, "35.09.03": 1, "35.09.04": 8}
"""Each kecamatan and how many villages it has; the last of each kecamatan but the third is nobody's home."""
VILLAGES = [f"{kec}.{2001 + n}" for kec, number in KECAMATAN.items() for n in range(number)]
INPUTS = ("targeting", "rule_statement", "family_status", "mortality_event", "live_births")


def empty_world() -> Connection:
    """Give a database with the tables to count, empty, and the list of regions."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA targeting; CREATE SCHEMA agency_extracts; CREATE SCHEMA clean_records")
    for name in (*(f"targeting.{one}" for one in INPUTS), "agency_extracts.delivery"):
        con.execute(table(name).ddl().replace(" NOT NULL", ""))
    fill_rule_statements(con, load_rules())
    regions = [(KAB, 2, "JEMBER", "35", KAB, None)]
    regions += [(kec, 3, f"KEC {kec}", KAB, KAB, kec) for kec in KECAMATAN]
    regions += [(one, 4, f"DESA {one}", one[:8], KAB, one[:8]) for one in VILLAGES]
    regions += [("35.14", 2, "PASURUAN", "35", "35.14", None)]
    con.execute("CREATE TABLE clean_records.region (code VARCHAR, level INTEGER, name VARCHAR, parent_code VARCHAR, "
                "kab_code VARCHAR, kec_code VARCHAR)")  # fmt: skip
    con.executemany("INSERT INTO clean_records.region VALUES (?, ?, ?, ?, ?, ?)", regions)
    return con


def add(con: Connection, name: str, rows: list[dict[str, object]]) -> None:
    """Add rows to a table of the stage; what they do not say is null."""
    columns = {name for row in rows for name in row}
    con.register("given", pa.table({name: [row.get(name) for row in rows] for name in sorted(columns)}))
    con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
    con.unregister("given")


def deliver_deaths(con: Connection, months: list[str]) -> None:
    """Let the health agency have reported deaths for these months."""
    add(con, "agency_extracts.delivery", [
        {"delivery_id": month, "dataset": "dinkes_kematian", "kab_code": KAB, "period": month, "status": "in_force"}
        for month in months
    ])  # fmt: skip


def random_world(families: int, seed: int = 3) -> Connection:
    """Give a world of so many families, each fact unknown now and then."""
    chance = np.random.default_rng(seed)
    con = empty_world()
    homes = [one for one in VILLAGES if not one.startswith("35.09.0") or one[-1] != str(KECAMATAN[one[:8]])]
    homes += ["35.09.03.2001"]
    places = [place_of(one) for one in homes]
    places += [{"kab_code": KAB, "kec_code": "35.09.01", "village_code": None}]
    places += [{"kab_code": KAB, "kec_code": None, "village_code": None}]
    weights = np.array([*(3.0 ** (n % 5) for n in range(len(homes))), 2, 1])
    at = chance.choice(len(places), families, p=weights / weights.sum())

    def maybe(yes: float, unknown: float = 0.15) -> bool | None:
        return None if chance.random() < unknown else bool(chance.random() < yes)

    def word(*words: str, unknown: float = 0.1) -> str | None:
        return None if chance.random() < unknown else str(chance.choice(words))

    status, people = [], []
    for n in range(families):
        desil = None if chance.random() < 0.2 else int(chance.integers(1, 11))
        family = {"family_id": f"F{n}", **places[at[n]]}
        if family["village_code"] is None and family["kec_code"] is None:
            family["kab_code"] = None
        status.append({
            "period": PERIOD, **family, "desil": desil, "extreme_poverty": None if desil is None else desil == 1,
            **{name: maybe(0.5) for name in ("water_adequate", "latrine_adequate", "has_baduta", "has_balita",
               "has_pregnant", "krs", "pkh", "bpnt", "pbi_jkn", "blt_dd", "tpk_assisted")},
            "open_defecation": word("babs_terbuka", "babs_tertutup", *["tidak_babs"] * 6, unknown=0.02),
        })  # fmt: skip
        for subject in chance.choice(["balita", "ibu"], chance.integers(0, 3), p=[0.8, 0.2]):
            people.append(_person(chance, len(people), str(subject), {**family, "kab_code": KAB}, maybe, word))
    add(con, "targeting.family_status", status)
    add(con, "targeting.targeting", people)
    kinds = ("ibu", "neonatal_dini", "neonatal_lanjut", "postneonatal", "balita", "lahir_mati")
    months = [f"{2023 + n // 12}-{n % 12 + 1:02}" for n in range(2, 26)]
    add(con, "targeting.mortality_event", [
        {"event_id": f"E{n}", "period": str(chance.choice(months)), "kind": word(*kinds, unknown=0.05),
         **places[chance.integers(len(places))], "kab_code": KAB}
        for n in range(families // 8)
    ])  # fmt: skip
    add(con, "targeting.live_births", [
        {"period": month, **places[place], "kab_code": KAB, "live_births": int(chance.integers(0, 30))}
        for month in months for place in range(len(places))
    ])  # fmt: skip
    deliver_deaths(con, months[-11:])
    return con


def place_of(village: str) -> dict[str, str | None]:
    """Give the three codes of a village."""
    return {"kab_code": village[:5], "kec_code": village[:8], "village_code": village}


def _person(chance, n, subject, place, maybe, word):
    gaps = ["G01_UKUR", "G02_RUJUK", "G03_PMT", "G06_TTD", "G13_KB"]
    state = {gap: chance.choice(["open", "unknown", "closed"]) for gap in gaps}
    row = {
        "period": PERIOD, "target_id": f"T{n}", "subject_type": subject, "person_id": f"P{n}", **place,
        "gaps": [gap for gap in gaps if state[gap] == "open"],
        "gaps_unknown": [gap for gap in gaps if state[gap] == "unknown"],
    }  # fmt: skip
    if subject == "ibu":
        return {**row, "kek": maybe(0.5), "postpartum": maybe(0.5)}
    unusable = ("tidak_wajar", "tidak_diukur")
    stunting = word("sangat_pendek", "pendek", "normal", "normal", "tinggi", *unusable)
    return {
        **row,
        "stunting_status": stunting,
        "is_stunted": None if stunting in (None, *unusable) else stunting in ("sangat_pendek", "pendek"),
        "wasting_status": word("gizi_buruk", "gizi_kurang", "gizi_baik", "obesitas", *unusable),
        "underweight_status": word("bb_sangat_kurang", "bb_kurang", "bb_normal", *unusable),
        "age_months": int(chance.integers(0, 60)),
        "low_birth_weight": maybe(0.2),
    }


__all__ = [
    "KAB",
    "PERIOD",
    "PERIOD_END",
    "VILLAGES",
    "add",
    "deliver_deaths",
    "empty_world",
    "place_of",
    "random_world",
]
