"""The working database: it opens, its memories can be read to the end, its tables are those declared."""

import duckdb

from integration.examination.finding import Examined, Finding, named
from warehouse.database import rows, value
from warehouse.settings import STAGES
from warehouse.tables import stage_tables
from warehouse.upgrade.memories import MEMORIES, columns_of

_ABOUT = "working database"


def examine_working_database(examined: Examined) -> list[Finding]:
    """Open the database, read all that no night makes anew, and compare its tables with the declared ones."""
    con = examined.connection
    if examined.run_goes_on:
        return [Finding(_ABOUT, "ok", "not looked at while a run goes on.")]
    if con is None:
        if examined.home.database.exists():
            says = (
                "warehouse.duckdb cannot be opened. Restore the backup into a new home; or move the file away and run "
            )
            return [
                Finding(
                    _ABOUT, "broken", f"{says}again: then it is computed anew, and ids that were remembered are not."
                )
            ]
        return [Finding(_ABOUT, "told", "there is none yet; the next run makes it.")]
    standing = columns_of(con)
    declared = {one.full_name: one for stage in STAGES for one in stage_tables(stage).values()}
    found = []
    for name in (one for one in MEMORIES if one in standing):
        try:
            rows(con, f"SELECT bit_xor(hash(t)) FROM {name} AS t")
        except duckdb.Error as error:
            says = f"{name} cannot be read to its end ({type(error).__name__}). Restore the backup into a new home."
            found.append(Finding(_ABOUT, "broken", says))
    older = [
        name for name, one in declared.items() if name in standing and set(standing[name]) != set(one.column_names)
    ]
    if older:
        says = f"{len(older)} tables have other columns than this Padan's ({named(sorted(older))})"
        found.append(Finding(_ABOUT, "told", f"{says}; the next run sees to it."))
    storage = value(con, "SELECT tags['storage_version'] FROM duckdb_databases() WHERE path IS NOT NULL")
    size = examined.home.database.stat().st_size
    says = f"it opens ({size / 1e6:,.0f} MB, storage {storage}), and what it remembers can be read."
    return found or [Finding(_ABOUT, "ok", says)]
