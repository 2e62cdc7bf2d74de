"""Conditions in the declared files: SQL over the columns of what is counted, and nothing else."""

import re
from collections.abc import Mapping
from typing import Any, Self

import duckdb

from integration.indicators.facts import create_facts
from warehouse.database import Connection, rows
from warehouse.errors import DeclarationError
from warehouse.tables import table

SUBJECTS = ("balita", "ibu", "families", "villages", "deaths")
"""What can be counted; `facts.sql` has a view of each."""

Found = Any
"""What stands in a YAML file before it is checked."""

_INPUTS = (
    "targeting.targeting",
    "targeting.family_status",
    "targeting.mortality_event",
    "targeting.live_births",
    "agency_extracts.delivery",
)
_NAMES = re.compile(r"[a-z_][a-z_0-9]*")
_WORDS = frozenset({"and", "or", "not", "in", "between", "true", "false"})


class DeclaredFile:
    """Checks what a YAML file of this package says, and says exactly where it is wrong; close it by leaving it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._empty = _empty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._empty.close()

    def error(self, place: str, found: str) -> DeclarationError:
        """Give the error for a place of the file; `found` says what stands there and what may."""
        return DeclarationError(f"{self.file}, {place}: {found}.")

    def keys(self, place: str, found: Found, needed: set[str], further: set[str] | None = None) -> Mapping[str, Found]:
        """Give a mapping that has every needed key and no unknown one."""
        if not isinstance(found, dict):
            raise self.error(place, f"{found!r} was found; it must be a table of {', '.join(sorted(needed))}")
        if missing := needed - set(found):
            raise self.error(place, f"{', '.join(sorted(missing))} is not said")
        known = needed | (further or set())
        if unknown := set(found) - known:
            names = ", ".join(map(str, sorted(unknown, key=str)))
            raise self.error(place, f"{names} was found; known are {', '.join(sorted(known))}")
        return found

    def text(self, place: str, found: Found) -> str:
        """Give a text that is not empty."""
        if not isinstance(found, str) or not found.strip():
            raise self.error(place, f"{found!r} was found; it must be a text")
        return found

    def number(self, place: str, found: Found, low: float, high: float) -> float:
        """Give a number between two bounds."""
        if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
            raise self.error(place, f"{found!r} was found; it must be a number from {low:g} to {high:g}")
        return float(found)

    def one_of(self, place: str, found: Found, wanted: tuple[str, ...]) -> str:
        """Give one of the wanted words."""
        if found not in wanted:
            raise self.error(place, f"{found!r} was found; it must be one of {', '.join(wanted)}")
        return str(found)

    def entries(self, place: str, found: Found, needed: set[str], further: set[str]) -> list[Mapping[str, Found]]:
        """Give the entries of a list, each with a `code` of its own."""
        if not isinstance(found, list) or not found:
            raise self.error(place, f"{found!r} was found; it must be a list with at least one entry")
        entries = []
        for item in found:
            code = item.get("code", "?") if isinstance(item, dict) else "?"
            entries.append(self.keys(f"{place}, {code}", item, needed, further))
        codes = [str(entry["code"]) for entry in entries]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise self.error(place, f"{', '.join(twice)} stands there twice; each code may stand once")
        return entries

    def condition(self, place: str, found: Found, subject: str) -> str:
        """Give a condition in brackets that asks only for columns of the subject and answers yes, no or unknown."""
        text = self.text(place, found)
        bare = re.sub(r"'[^']*'", "''", text).lower()
        names = set(_NAMES.findall(bare))
        if names & {"is", "null"}:
            raise self.error(place, f"{text!r} asks for null; unknown values are kept unknown by the program")
        known = {str(name) for name, *_ in rows(self._empty, f"DESCRIBE counted_{subject}")}
        if unknown := names - _WORDS - known:
            listed = ", ".join(sorted(known))
            raise self.error(place, f"{', '.join(sorted(unknown))} was found; known of {subject} are {listed}")
        if "'" in bare.replace("''", "") or not re.fullmatch(r"[a-z_0-9\s.,()<>=']*", bare):
            raise self.error(place, f"{text!r} was found; only comparisons of known columns may stand there")
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
