"""The regions of Indonesia in the database, and which kecamatan and village a written pair of names means."""

from pathlib import Path

from integration.cleaning.macros import define_macros
from warehouse.database import Connection
from warehouse.settings import REGIONS_CSV

LEAST_LIKENESS = 0.92
"""Jaro-Winkler from which a written name may be a misspelling of the reference's."""

LEAST_LEAD = 0.03
"""By how much the likest name must lead before the second, or nothing is resolved."""

_FOLDER = Path(__file__).parent


def load_regions(connection: Connection, reference: Path = REGIONS_CSV) -> None:
    """Create `clean_records.region` from the bundled reference: the whole country, about 92,000 rows.

    Columns: `code` (dotted, the Ministry's), `level` (1 province … 4 desa or kelurahan), `name`, `parent_code`,
    `kab_code`, `kec_code` (null above that level), `compare_name`. Source: `warehouse/reference/regions/README.md`.
    Defines the macros of `define_macros`.
    """
    define_macros(connection)
    connection.execute("CREATE SCHEMA IF NOT EXISTS clean_records")
    connection.execute((_FOLDER / "load_regions.sql").read_text(encoding="utf-8"), {"path": str(reference)})


def resolve_regions(connection: Connection, places: str) -> None:
    """Create `clean_records.spelling_region`: one row per distinct (kab_code, kec_text, village_text) of `places`.

    `places` is a query with those three columns; `kab_code` is dotted, the texts as written, each may be null. Added:
    `kec_code`, `village_code` (null where not resolved) and `how`:

    - `exact`: both names as in the reference, kecamatan and village jointly (contracts §0 "region by name");
    - `fuzzy`: one of them is a misspelling or an old spelling, and one reference name stands clearly out;
    - `village_only`: no usable kecamatan, and only one village of the kabupaten has the name;
    - `kecamatan_only`: the kecamatan, but no such village in it;
    - null: neither. A place of another kabupaten stays so.

    Join on it with `IS NOT DISTINCT FROM`, for its texts can be null. Needs `load_regions` on the same connection.
    """
    script = (_FOLDER / "resolve_regions.sql").read_text(encoding="utf-8")
    for name, text in (
        ("places", places),
        ("least_likeness", str(LEAST_LIKENESS)),
        ("least_lead", str(LEAST_LEAD)),
    ):
        script = script.replace("{" + name + "}", text)
    connection.execute(script)
