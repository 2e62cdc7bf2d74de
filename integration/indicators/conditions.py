"""Conditions in the declared files: SQL over the columns of what is counted, and nothing else."""

from collections.abc import Collection
from typing import Self

import duckdb

from integration.indicators.facts import create_facts
from warehouse.database import Connection, rows
from warehouse.declared_file import DeclaredFile, Found
from warehouse.errors import DeclarationError
from warehouse.tables import table

SUBJECTS = ("balita", "ibu", "families", "villages", "deaths")
"""What can be counted; `facts.sql` has a view of each."""

_INPUTS = (
    "targeting.targeting",
    "targeting.family_status",
    "targeting.mortality_event",
    "targeting.live_births",
    "targeting.rule_statement",
    "agency_extracts.delivery",
)


class CountingFile(DeclaredFile):
    """Checks a file of this package, whose conditions are over what is counted; close it by leaving it."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._empty = _empty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._empty.close()

    def missing(self, place: str, names: Collection[str]) -> DeclarationError:
        """Give the error for keys that must be there and are not."""
        return self.error(place, f"{', '.join(sorted(names))} is not said")

    def condition_of(self, subject: str, place: str, found: Found) -> str:
        """Give a condition in brackets that asks only for columns of the subject and answers yes, no or unknown."""
        columns = {str(name) for name, *_ in rows(self._empty, f"DESCRIBE counted_{subject}")}
        text = self.condition(place, found, columns, of=subject)
        try:
            answer = rows(self._empty, f"DESCRIBE SELECT ({text}) AS answer FROM counted_{subject}")[0][1]
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise self.error(place, f"{text!r} was found, which cannot be asked: {said}") from error
        if answer != "BOOLEAN":
            raise self.error(place, f"{text!r} was found; it gives {answer} and must give yes or no")
        return f"({text})"


def _empty() -> Connection:
    """Open a database with the tables that are counted, and no row: enough to see what a condition means."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA targeting; CREATE SCHEMA agency_extracts")
    for name in _INPUTS:
        con.execute(table(name).ddl())
    con.execute("CREATE TEMP TABLE counted_region (region_level VARCHAR, code VARCHAR, name VARCHAR, "
                "parent_code VARCHAR, kab_code VARCHAR, kec_code VARCHAR)")  # fmt: skip
    create_facts(con, "2000-01")
    return con
