"""Rights in the database: those the policy means, those that are there, and what differs.

A right is (kind, object, column, role, privilege). Schemas are named without their generation, so that what is being
built can be compared with what is in force. What an owner may do with its own is not listed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from warehouse.entitlements import KECAMATAN, WHOLE, Recipient
from warehouse.postgres.base_tables import KECAMATAN_COLUMN, base_column, has_lookup, rows_column
from warehouse.postgres.connection import Server, run
from warehouse.postgres.errors import GrantsRefused
from warehouse.postgres.lookup import LOOKUP_COLUMN
from warehouse.postgres.names import (
    LOOKUP_FUNCTION,
    OWNER,
    ROWS,
    group_role,
    schema_of,
    view_owner,
)
from warehouse.postgres.told import TOLD

_FOUND = """
WITH object AS (
    SELECT 'schema' AS kind, oid AS schema, '' AS name, '' AS "column", nspowner AS owner,
        coalesce(nspacl, acldefault('n', nspowner)) AS acl
    FROM pg_namespace
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'table' END, relnamespace, relname, '',
        relowner, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
    FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
    UNION ALL
    SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END, relnamespace, relname, attname, relowner, attacl
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE attacl IS NOT NULL
    UNION ALL
    SELECT 'function', pronamespace, proname, '', proowner, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
)
SELECT kind, nspname, name, "column", coalesce(rolname, 'PUBLIC'), privilege_type, is_grantable
FROM object JOIN pg_namespace ON pg_namespace.oid = object.schema
CROSS JOIN aclexplode(acl) LEFT JOIN pg_roles ON pg_roles.oid = grantee
WHERE grantee <> owner AND nspname = ANY (%s)
"""


@dataclass(frozen=True, order=True)
class Right:
    """One privilege of one role on one object; `column` is empty for the object as a whole."""

    kind: str
    schema: str
    name: str
    column: str
    role: str
    privilege: str

    def __str__(self) -> str:
        of = ".".join(filter(None, (self.schema, self.name)))
        return f"{self.privilege} on {self.kind} {of}{f' ({self.column})' if self.column else ''} for {self.role}"


def meant_rights(recipients: Iterable[Recipient], groups: Iterable[str]) -> set[Right]:
    """Give the rights that the policy means for these recipients, of the group roles that exist."""
    found: set[Right] = set()
    for one in recipients:
        owner, schema = view_owner(one.name), schema_of(one.name)
        found.add(Right("schema", ROWS, "", "", owner, "USAGE"))
        found |= {Right("table", ROWS, table, "", owner, "SELECT") for table in TOLD}
        for view in one.views:
            columns = {base_column(view, shown, one) for shown in view.columns()}
            columns |= {rows_column(view)} if view.rows else set()
            columns |= {KECAMATAN_COLUMN} if view.table.kecamatan else set()
            columns |= {LOOKUP_COLUMN} if has_lookup(view) else set()
            found |= {Right("table", ROWS, view.table.name, column, owner, "SELECT") for column in columns}
        for group in groups_of(one, groups):
            found.add(Right("schema", schema, "", "", group, "USAGE"))
            found |= {
                Right("view", schema, name, "", group, "SELECT")
                for name in (*(view.shown_as for view in one.views), *TOLD)
            }
            if any(map(has_lookup, one.views)):
                found.add(Right("function", schema, LOOKUP_FUNCTION, "", group, "EXECUTE"))
    return found


def groups_of(recipient: Recipient, groups: Iterable[str]) -> list[str]:
    """Give those of `groups` that are a recipient's, by the units that the policy gives it."""
    whole = group_role(recipient.name)
    return [
        group
        for group in groups
        if (WHOLE in recipient.units and group == whole)
        or (KECAMATAN in recipient.units and group[:-7] == whole and group[-7] == "_" and group[-6:].isdigit())
    ]


def grant(server: Server, rights: Iterable[Right], schemas: dict[str, str]) -> None:
    """Grant `rights`, on the schemas as they are called now: one statement for the columns, or roles, of an object."""
    columns: dict[tuple[str, str, str], list[str]] = {}
    roles: dict[tuple[str, str], list[str]] = {}
    for right in sorted(rights):
        schema = schemas[right.schema]
        on = {
            "schema": f"SCHEMA {schema}",
            "function": f"FUNCTION {schema}.{right.name}(text)",
        }.get(right.kind, f'{schema}."{right.name}"')
        if right.column:
            columns.setdefault((right.privilege, on, right.role), []).append(f'"{right.column}"')
        else:
            roles.setdefault((right.privilege, on), []).append(right.role)
    for (privilege, on, role), listed in columns.items():
        run(server, f"GRANT {privilege} ({', '.join(listed)}) ON {on} TO {role}")
    for (privilege, on), listed in roles.items():
        run(server, f"GRANT {privilege} ON {on} TO {', '.join(listed)}")


def found_rights(server: Server, schemas: dict[str, str]) -> set[Right]:
    """Give the rights on everything in `schemas` (base name to the name of now); one that can be passed on says so."""
    base = {now: name for name, now in schemas.items()}
    return {
        Right(kind, base[schema], name, column, role, f"{privilege} WITH GRANT OPTION" if passed_on else privilege)
        for kind, schema, name, column, role, privilege, passed_on in run(server, _FOUND, [list(base)])
    }


def expect_rights(found: set[Right], meant: set[Right]) -> None:
    """Raise `GrantsRefused` where what was built has more or fewer rights than the policy means."""
    more, fewer = sorted(found - meant), sorted(meant - found)
    if more or fewer:
        told = [f"{one}: the policy does not give it" for one in more[:5]] + [f"{one}: is missing" for one in fewer[:5]]
        raise GrantsRefused(
            f"Nothing was put in force: {len(more) + len(fewer)} rights are not those of the policy. "
            f"{'; '.join(told)}. Most likely ALTER DEFAULT PRIVILEGES of {OWNER} gives them: take it back, load again."
        )
