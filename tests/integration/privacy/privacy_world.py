"""A home with people in it: a working database, publications, a small policy and snapshots."""

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from integration.contracts import contracts
from integration.intake import prepare
from integration.review.decisions import DECISION
from warehouse.database import writer
from warehouse.entitlements import SHIPPED, policy_in_force
from warehouse.entitlements.archive import archive_policy
from warehouse.publication import Publication, Snapshot, publish
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots
from warehouse.tables import stage_tables, table
from warehouse.tables.filling import ensure

CHILD, MOTHER, TWIN = "PAAAAAAAAAAAAAAAA", "PBBBBBBBBBBBBBBBB", "PCCCCCCCCCCCCCCCC"
CHILD_TARGET, MOTHER_TARGET, TWIN_TARGET, FAMILY_TARGET = (f"T{letter * 16}" for letter in "ABCD")
CHILD_NIK, MOTHER_NIK, TWIN_NIK = "3509275505230001", "3509275208940001", "3509275505230002"
FAMILY = "FAAAAAAAAAAAAAAAA"
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


def rows_of(declared_name: str, found: list[dict[str, Any]]) -> pa.Table:
    """Give rows of a declared table, what must be filled and is not said filled with something."""
    declared = table(declared_name)
    full = [
        {c.name: row.get(c.name, _FILLED.get(c.type) if c.filled else None) for c in declared.columns} for row in found
    ]
    return pa.table({c.name: [row[c.name] for row in full] for c in declared.columns})


def put(
    con: duckdb.DuckDBPyConnection, declared_name: str, found: list[dict[str, Any]], name: str | None = None
) -> None:
    """Make a declared table with these rows."""
    declared = table(declared_name)
    con.execute(declared.ddl(name))
    if found:
        con.register("given", rows_of(declared_name, found))
        con.execute(f"INSERT INTO {name or declared_name} {declared.select('given')}")
        con.unregister("given")


def target(target_id: str, subject: str, person: str | None, nik: str | None, **values: Any) -> dict[str, Any]:
    return {
        "period": "2026-10",
        "period_end": dt.date(2026, 10, 31),
        "period_kind": "month",
        "kab_code": "35.09",
        "kec_code": "35.09.27",
        "target_id": target_id,
        "subject_type": subject,
        "person_id": person,
        "family_id": FAMILY,
        "nik": nik,
        "nik_status": "valid" if nik else "missing",
        "name": "SITI NAYLA",
        "tier": "P2",
        "source_refs": "[]",
        **values,
    }


def targets() -> list[dict[str, Any]]:
    """Give a child, her twin, their mother and their family, which bears the mother's name."""
    return [
        target(CHILD_TARGET, "balita", CHILD, CHILD_NIK, mother_nik=MOTHER_NIK, mother_name="HOLIFAH"),
        target(TWIN_TARGET, "balita", TWIN, TWIN_NIK, mother_nik=MOTHER_NIK, mother_name="HOLIFAH"),
        target(MOTHER_TARGET, "ibu", MOTHER, MOTHER_NIK),
        target(FAMILY_TARGET, "keluarga", None, MOTHER_NIK, head_name="HOLIFAH"),
    ]


def published(home: Home, run: str = "run-0001", period: str = "2026-10", **facts: Any) -> Publication:
    """Publish the targets, two measurements of each child, and a count."""
    con = duckdb.connect()
    tables: dict[str, list[dict[str, Any]]] = {
        "targeting": [one | {"period": period} for one in targets()],
        "child_growth": [
            {"period": period, "person_id": one, "kab_code": "35.09", "kec_code": "35.09.27", "source_row_no": n}
            for one in (CHILD, TWIN)
            for n in (1, 2)
        ],
        "mortality_event": [
            {
                "period": period,
                "event_id": "M1",
                "kab_code": "35.09",
                "kec_code": "35.09.27",
                "mother_person_id": MOTHER,
            }
        ],
        "target_exit": [{"period": period, "target_id": CHILD_TARGET, "kab_code": "35.09"}],
        "report_month": [{"period": period, "region_code": "35.09", "numerator": 3}],
    }
    for name in stage_tables("targeting"):
        if name not in ("published_target", "family_status"):
            put(con, f"targeting.{name}", tables.get(name, []), name)
    snapshots = [Snapshot(name, f"FROM {name}") for (name,) in con.execute("SHOW TABLES").fetchall()]
    said = {"period": period, "period_end": f"{period}-28", "as_of": f"{period}-28", "balita": 2, **facts}
    return publish(con, home, snapshots, run, said)


def with_policy(home: Home, **recipient: Any) -> None:
    """Give the home a policy of two recipients, so that few snapshots are made."""
    said = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    kept = {name: {**said["recipients"][name], "units": ["kabupaten"]} for name in ("dinkes", "evaluasi")}
    kept["dinkes"] |= {"formats": ["duckdb"], **recipient}
    home.path.mkdir(parents=True, exist_ok=True)
    home.policy.write_text(yaml.safe_dump({**said, "recipients": kept}, sort_keys=False), encoding="utf-8")


def cut(home: Home, publication: Publication) -> None:
    """Cut the snapshots of a publication, as the night does."""
    archive_policy(home)
    build_snapshots(home, publication, policy_in_force(home))


def with_database(home: Home) -> None:
    """Give the home a working database: three persons, their family, and what the agencies delivered of them."""
    file = "health/dinkes_balita/2026-10/a.csv"
    with writer(home) as con:
        prepare(con, list(contracts().values()))
        put(
            con,
            "persons.person",
            [
                {
                    "person_id": one,
                    "family_id": FAMILY,
                    "nik": nik,
                    "name": name,
                    "mother_name": mother,
                    "registered": True,
                }
                for one, nik, name, mother in (
                    (CHILD, CHILD_NIK, "SITI NAYLA", "HOLIFAH"),
                    (TWIN, TWIN_NIK, "SITI NAILA", "HOLIFAH"),
                    (MOTHER, MOTHER_NIK, "HOLIFAH", None),
                )
            ],
        )
        put(con, "persons.family", [{"family_id": FAMILY, "head_person_id": MOTHER, "head_name": "HOLIFAH"}])
        put(con, "persons.person_alias", [{"old_person_id": "PZZZZZZZZZZZZZZZZ", "person_id": CHILD}])
        source = [
            {"person_id": one, "dataset": "dinkes_balita", "source_file": file, "source_row_no": n, "role": "self"}
            for n, one in enumerate((CHILD, TWIN), start=2)
        ]
        put(con, "persons.person_source", source)
        put(
            con,
            "agency_extracts.source_file",
            [{"source_file_id": "S1", "delivery_id": "D1", "source_file": file, "sha256": "0" * 64}],
        )
        put(
            con,
            "agency_extracts.delivery",
            [
                {
                    "delivery_id": "D1",
                    "agency": "health",
                    "dataset": "dinkes_balita",
                    "kab_code": "35.09",
                    "period": "2026-10",
                    "status": "in_force",
                }
            ],
        )
        con.executemany(
            "INSERT INTO agency_extracts.dinkes_balita BY NAME SELECT 'S1' AS source_file_id, "
            "?::BIGINT AS source_row_no, ? AS nik, ? AS name, 'HOLIFAH' AS parent_name, '8,4' AS weight_kg",
            [[2, f"'{CHILD_NIK}", "SITI NAYLA"], [3, TWIN_NIK, "SITI NAILA"]],
        )
        put(
            con,
            "clean_records.person_record",
            [
                {
                    **one,
                    "record_id": one["source_row_no"],
                    "source_file_id": "S1",
                    "name": "SITI",
                    "mother_nik": MOTHER_NIK,
                    "kab_code": "35.09",
                }
                for one in source
            ],
        )
        ensure(con, table(DECISION))


def home_with_people(folder: Path) -> Home:
    """Give a home with two recipients, a working database, one publication and its snapshots."""
    home = Home(folder)
    with_policy(home)
    with_database(home)
    cut(home, published(home))
    return home
