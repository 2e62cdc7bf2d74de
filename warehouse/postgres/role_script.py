"""The script that a database administrator runs: roles and the schema of state, from the policy; no password in it."""

import string
from collections.abc import Sequence
from pathlib import Path

from warehouse.database import in_memory, literal, rows
from warehouse.entitlements import KECAMATAN, WHOLE, Policy
from warehouse.postgres.names import DOCTOR, LOADER, OWNER, STATE, check_names, group_role, view_owner
from warehouse.settings import REGIONS_CSV

_SCRIPT = Path(__file__).with_name("roles.sql")


def role_script(policy: Policy, kabupaten: Sequence[str]) -> str:
    """Give the SQL that makes every role of the policy, with a group for each kecamatan of `kabupaten` (`35.09`).

    It can be run again whenever the policy names other recipients: what is there already is left as it is.
    """
    check_names(policy.recipients.values())
    kecamatan = _kecamatan(kabupaten)
    owners = [OWNER, *(view_owner(name) for name in policy.recipients)]
    groups = []
    for one in policy.recipients.values():
        groups += [group_role(one.name)] if WHOLE in one.units else []
        groups += [group_role(one.name, code) for code in kecamatan] if KECAMATAN in one.units else []
    return _Script(_SCRIPT.read_text(encoding="utf-8")).substitute(
        policy=policy.label,
        kabupaten=", ".join(kabupaten) or "none: nothing is published yet, so no group of a kecamatan is made",
        owner=OWNER,
        loader=LOADER,
        doctor=DOCTOR,
        state=STATE,
        owners=", ".join(map(literal, owners)),
        groups=", ".join(map(literal, groups)),
        example=groups[-1],
    )


class _Script(string.Template):
    """A script in which `@name` stands for what is put in: SQL has uses of its own for the dollar."""

    delimiter = "@"


def _kecamatan(kabupaten: Sequence[str]) -> list[str]:
    if not kabupaten:
        return []
    with in_memory() as connection:
        found = rows(
            connection,
            f"""SELECT code FROM read_csv({literal(REGIONS_CSV)}, header = true, all_varchar = true)
            WHERE length(code) = 8 AND code[:5] IN ({", ".join(map(literal, kabupaten))}) ORDER BY code""",
        )
    return [str(code) for (code,) in found]
