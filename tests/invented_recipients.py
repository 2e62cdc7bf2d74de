"""The snapshots of a few recipients of a publication of invented people."""

import datetime as dt
from pathlib import Path

import yaml
from invented_publication import CLEAR_NIKS, home_in, publish_invented
from pyrage import x25519

from warehouse.entitlements import SHIPPED, policy_in_force
from warehouse.settings import Home
from warehouse.snapshots import build_snapshots

CHILD_NIK = CLEAR_NIKS[0]
FAMILY_NIK = CLEAR_NIKS[2]
"""Of a family, which health does not see."""


def home_with_snapshots(folder: Path) -> tuple[Home, str]:
    """Give a home in which they stand, as DuckDB alone but where it says so, and an age identity.

    `dinkes` reads health, in the kabupaten and each kecamatan; the others the kabupaten. `dinsos` is encrypted for the
    identity, the grant of `pu` ended after its snapshot was built, `tpps` has Parquet only.
    """
    home = home_in(folder)
    identity = x25519.Identity.generate()
    declared = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    recipients = {name: declared["recipients"][name] for name in ("dinkes", "dinsos", "pu", "tpps")}
    for name, one in recipients.items():
        units = ["kabupaten", "kecamatan"] if name == "dinkes" else ["kabupaten"]
        one |= {"units": units, "formats": ["duckdb"], "valid_until": dt.date(2099, 12, 31)}
    recipients["dinsos"]["encrypt_to"] = str(identity.to_public())
    recipients["tpps"]["formats"] = ["parquet"]
    declared["recipients"] = recipients
    home.policy.write_text(yaml.safe_dump(declared), encoding="utf-8")
    build_snapshots(home, publish_invented(home), policy_in_force(home))
    recipients["pu"]["valid_until"] = dt.date(2020, 12, 31)
    home.policy.write_text(yaml.safe_dump(declared), encoding="utf-8")
    return home, str(identity)


def database_of(home: Home, recipient: str, place: str = "kabupaten") -> Path:
    """Give the DuckDB file of a unit's standing snapshot."""
    return (home.agencies / recipient / place / "current").resolve() / "padan.duckdb"
