"""The script that a database administrator runs: roles and the schema of state, from the policy; no password in it."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from warehouse.attached import attach_publication
from warehouse.database import in_memory, literal, rows
from warehouse.entitlements import KECAMATAN, WHOLE, Policy
from warehouse.postgres.names import DOCTOR, LOADER, OWNER, STATE, check_names, group_role, view_owner
from warehouse.postgres.script import Script
from warehouse.publication import Publication
from warehouse.settings import REGIONS_CSV

_SCRIPT = Path(__file__).with_name("roles.sql")


def role_script(policy: Policy, publication: Publication | None) -> str:
    """Give the SQL that makes every role of the policy, with a group for each kecamatan of the published kabupaten.

    Without a publication (None) it makes the groups of the whole kabupaten alone. It can be run again whenever the
    policy names other recipients: what is there already is left as it is.
    """
    check_names(policy.recipients.values())
    kabupaten = _kabupaten(publication) if publication else []
    kecamatan = _kecamatan(kabupaten)
    owners = [OWNER, *(view_owner(name) for name in policy.recipients)]
    groups = []
    for one in policy.recipients.values():
        groups += [group_role(one.name)] if WHOLE in one.units else []
        groups += [group_role(one.name, code) for code in kecamatan] if KECAMATAN in one.units else []
    return Script(_SCRIPT.read_text(encoding="utf-8")).substitute(
        policy=policy.label,
        kabupaten=", ".join(kabupaten) or "none: nothing is published yet, so no group of a kecamatan is made",
        owner=OWNER,
        loader=LOADER,
        doctor=DOCTOR,
        state=STATE,
        owners=_listed(owners),
        groups=_listed(groups),
        example=groups[-1],
    )


def _listed(names: list[str]) -> str:
    return textwrap.fill(", ".join(map(literal, names)), 110, subsequent_indent=" " * 8)


def _kabupaten(publication: Publication) -> list[str]:
    with in_memory() as connection:
        attach_publication(connection, "published", publication)
        found = rows(
            connection, "SELECT DISTINCT kab_code FROM published_targeting WHERE kab_code IS NOT NULL ORDER BY 1"
        )
    return [str(code) for (code,) in found]


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
