"""Which rows a reader gets: by the view's condition, by where its groups may look, until the grant ends.

Said twice, with the same words: in the WHERE of each view (security_barrier), and as row-level security on the base
tables for the role that owns the views. Forgotten in one, it still holds in the other; a base table without a policy
for whoever asks gives nothing.
"""

from collections.abc import Iterable, Iterator

from warehouse.database import literal
from warehouse.entitlements import KECAMATAN, WHOLE, Recipient, View
from warehouse.postgres.base_tables import KECAMATAN_COLUMN, rows_column
from warehouse.postgres.connection import Server, run
from warehouse.postgres.lookup import KEY_TABLE
from warehouse.postgres.names import OWNER, group_role, view_owner
from warehouse.postgres.told import TOLD, own_rows
from warehouse.wall_clock import TIME_ZONE


def condition(recipient: Recipient, view: View) -> str:
    """Give the condition under which a row of a view's base table is shown to whoever asks.

    What does not depend on the row is in subqueries of their own, which the server answers once for each query.
    """
    parts = [f'"{rows_column(view)}"'] if view.rows else []
    if view.table.kecamatan:
        parts.append(_may_look(recipient))
    parts.append(still_granted(recipient))
    return " AND ".join(parts)


def still_granted(recipient: Recipient) -> str:
    """Give the condition that the grant has not ended; it needs no load to take effect."""
    return f"(SELECT (now() AT TIME ZONE '{TIME_ZONE}')::date <= {literal(recipient.valid_until)}::date)"


def build_walls(server: Server, rows_schema: str, recipients: Iterable[Recipient]) -> None:
    """Switch row-level security on for every table of `rows_schema`, with a policy for each owner of views.

    Tables of texts about the data (dictionary, about) have a column `recipient`, by which they are cut. The key of the
    look-up is for its owner, as whom the function of the look-up reads it.
    """
    recipients = list(recipients)
    tables = run(server, "SELECT tablename FROM pg_tables WHERE schemaname = %s", [rows_schema])
    for (table,) in tables:
        run(server, f'ALTER TABLE {rows_schema}."{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
        if table == KEY_TABLE:
            run(server, f'CREATE POLICY "key" ON {rows_schema}.{table} FOR SELECT TO {OWNER} USING (true)')
        for recipient in recipients:
            for shown in _shown(recipient, table):
                run(
                    server,
                    f'CREATE POLICY "{recipient.name}" ON {rows_schema}."{table}" FOR SELECT '
                    f"TO {view_owner(recipient.name)} USING ({shown})",
                )


def _shown(recipient: Recipient, table: str) -> Iterator[str]:
    """Give the condition on a table for a recipient; none where it reads no view of it."""
    if table in TOLD:
        yield f"{own_rows(recipient)} AND {still_granted(recipient)}"
    elif conditions := [condition(recipient, view) for view in recipient.views if view.table.name == table]:
        yield " OR ".join(f"({one})" for one in dict.fromkeys(conditions))


def _may_look(recipient: Recipient) -> str:
    """Give the condition on the kecamatan: all of them for the group of the kabupaten, else those of one's groups.

    The groups of a kecamatan are found by their names, so that one which is made later counts at once. A row whose
    kecamatan is unknown is seen by the group of the kabupaten alone.
    """
    parts = []
    if WHOLE in recipient.units:
        parts.append(f"(SELECT pg_has_role('{group_role(recipient.name)}', 'USAGE'))")
    if KECAMATAN in recipient.units:
        parts.append(
            f'"{KECAMATAN_COLUMN}" = ANY (ARRAY('
            "SELECT regexp_replace(right(rolname, 6), '(..)(..)(..)', '\\1.\\2.\\3') FROM pg_catalog.pg_roles "
            f"WHERE rolname ~ '^{group_role(recipient.name)}_[0-9]{{6}}$' AND pg_has_role(oid, 'USAGE')))"
        )
    return f"({' OR '.join(parts)})"
