"""Where a unit's snapshots lie, and the names in them.

::

    agencies/
      dinkes/
        kabupaten/                                    the unit `dinkes`
          2026-11-21T020311Z-1f0c9a2b+cac2bff0/       one snapshot: publication and policy; never changed again
            padan.duckdb  targeting_bnba.parquet …  padan.xlsx  BACA-DAHULU.txt  manifest.json
          current -> 2026-11-21T020311Z-1f0c9a2b+cac2bff0
        35.09.27/                                     the unit `dinkes@35.09.27`
"""

from pathlib import Path

from warehouse.entitlements import Policy, Unit
from warehouse.publication import Publication
from warehouse.settings import Home

POINTER = "current"
BUILD = ".build-"
DATABASE = "padan.duckdb"
WORKBOOK = "padan.xlsx"
README = "BACA-DAHULU.txt"
MANIFEST = "manifest.json"
DICTIONARY = "data_dictionary"
ABOUT = "about"
ENCRYPTED = ".age"


def unit_folder(home: Home, unit: Unit) -> Path:
    """Give the folder that holds the versions of a unit."""
    return home.agencies / unit.recipient.name / unit.place


def snapshot_version(publication: Publication, policy: Policy) -> str:
    """Give the name of the snapshots that a publication makes under a policy: another policy, another snapshot."""
    return f"{publication.version}+{policy.fingerprint}"
