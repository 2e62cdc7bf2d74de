"""A home with a publication of three invented people and the snapshots of a few recipients: small, all parts real."""

import datetime as dt
from pathlib import Path

import yaml
from pyrage import x25519

from warehouse.database import in_memory
from warehouse.entitlements import SHIPPED, policy_in_force, published_tables
from warehouse.publication import Snapshot, publish
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots

CHILD_NIK = "3509275505230001"
CHILD_NAME = "=SITI QUENQIALF"
"""Begins as a formula does: what a spreadsheet would carry out."""
FAMILY_NIK = "3509271708890002"
"""Of a family, which health does not see."""
_PEOPLE = [
    # subject, target, nik, name
    ("balita", "T0000000000000001", CHILD_NIK, CHILD_NAME),
    ("ibu", "T0000000000000002", "3509275708950003", "HOLIFAH"),
    ("keluarga", "T0000000000000003", FAMILY_NIK, "ZWOTTERBUI"),
]


def publish_invented_people(home: Home) -> str:
    """Publish and build the snapshots, all of the whole kabupaten and as DuckDB alone but where it says so.

    `dinkes` reads health; `dinsos` is encrypted, for the age identity that is given back; the grant of `pu` ended;
    `tpps` has Parquet only.
    """
    identity = x25519.Identity.generate()
    declared = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    recipients = {name: declared["recipients"][name] for name in ("dinkes", "dinsos", "pu", "tpps", "bappeda")}
    for one in recipients.values():
        one |= {"units": ["kabupaten"], "formats": ["duckdb"], "valid_until": dt.date(2099, 12, 31)}
    recipients["dinsos"]["encrypt_to"] = str(identity.to_public())
    recipients["tpps"]["formats"] = ["parquet"]
    _policy(home, declared | {"recipients": recipients})
    with in_memory() as connection:
        for one in published_tables().values():
            columns = ", ".join(f"{column.name} {column.type}" for column in one.columns)
            connection.execute(
                f"CREATE TABLE {one.name} ({columns})"
            )  # without its constraints: few columns are filled
        connection.executemany(
            """INSERT INTO targeting (
              period, kab_code, kec_code, village_code,
              subject_type, target_id, nik, name, nik_status, tier, gaps, desil
            ) VALUES ('2026-10', '35.09', '35.09.27', '35.09.27.2006', ?, ?, ?, ?, 'valid', 'P1', ['G09_BANSOS'], 1)""",
            _PEOPLE,
        )
        tables = [Snapshot(name, f"SELECT * FROM {name}") for name in published_tables()]
        publication = publish(connection, home, tables, "run00001", {"period": "2026-10"})
    build_snapshots(home, publication, policy_in_force(home))
    recipients["pu"]["valid_until"] = dt.date(2020, 12, 31)
    _policy(home, declared | {"recipients": recipients})
    return str(identity)


def database_of(home: Home, recipient: str) -> Path:
    return (home.agencies / recipient / "kabupaten" / "current").resolve() / "padan.duckdb"


def _policy(home: Home, declared: object) -> None:
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.policy.write_text(yaml.safe_dump(declared), encoding="utf-8")
