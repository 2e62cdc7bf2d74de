"""What things are called in the database: roles, schemas and their generations.

::

    padan_owner                 owns tables and schemas, never logs in
    padan_loader                logs in to load; may become the owners and nothing else
    padan_doctor                logs in to try the rights; may become any group and holds nothing itself
    padan_views_dinkes          owns the views of dinkes; reads the columns and rows of the base tables they show
    padan_dinkes                group: people of dinkes for the whole kabupaten
    padan_dinkes_350927         group: those for the kecamatan 35.09.27

    padan_state                 what was loaded, the lookup key; never swapped
    padan_rows__12              base tables of generation 12
    padan_dinkes                views of the generation in force
    padan_dinkes__12            views of another one, being built or waiting to be dropped
"""

import re
from collections import Counter
from collections.abc import Iterable

from warehouse.entitlements import Recipient
from warehouse.errors import DeclarationError

OWNER = "padan_owner"
LOADER = "padan_loader"
DOCTOR = "padan_doctor"
STATE = "padan_state"
ROWS = "padan_rows"
LOOKUP_FUNCTION = "padan_key"
GENERATION = re.compile(r"(padan_.+)__(\d+)")
"""A schema of one generation: its base name and the number."""
_LONGEST = 63
"""Bytes of a PostgreSQL identifier; what is longer would be cut without a word."""


def group_role(recipient: str, kecamatan: str | None = None) -> str:
    """Give the group of a recipient's people: of the whole kabupaten, or of a kecamatan (`35.09.27`)."""
    return f"padan_{recipient}_{kecamatan.replace('.', '')}" if kecamatan else f"padan_{recipient}"


def view_owner(recipient: str) -> str:
    """Give the role that owns a recipient's views."""
    return f"padan_views_{recipient}"


def schema_of(recipient: str) -> str:
    """Give the schema in which a recipient finds its views."""
    return f"padan_{recipient}"


def of_generation(schema: str, generation: int) -> str:
    """Give the name of a schema while its generation is not, or no longer, the one in force."""
    return f"{schema}__{generation}"


def quoted(name: str) -> str:
    """Write an SQL identifier; raises `DeclarationError` for one that PostgreSQL would cut."""
    if len(name.encode()) > _LONGEST:
        raise DeclarationError(f"{name} is longer than the {_LONGEST} characters that a name in PostgreSQL may have.")
    return '"' + name.replace('"', '""') + '"'


def check_names(recipients: Iterable[Recipient]) -> None:
    """Raise `DeclarationError` where two roles, or two schemas, would be called the same.

    The digits of a kecamatan and of a generation belong to Padan: no recipient may be called as if it had them.
    """
    names = [one.name for one in recipients]
    roles = Counter([OWNER, LOADER, DOCTOR, *(group_role(one) for one in names), *(view_owner(one) for one in names)])
    schemas = Counter([STATE, ROWS, *(schema_of(one) for one in names)])
    twice = {name for counted in (roles, schemas) for name, number in counted.items() if number > 1}
    numbered = {one for one in names if re.search(r"_\d{6}$|__\d+$", one)}
    if twice or numbered:
        raise DeclarationError(
            f"The recipients {', '.join(sorted(numbered | twice))} of the policy cannot be told from Padan's own roles "
            "and schemas in PostgreSQL. Give them other names."
        )
