"""Reading an access policy, and saying exactly where it is wrong."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from pyrage import x25519
from pyrage.ssh import Recipient as SshRecipient

from warehouse.database import rows
from warehouse.declared_file import COMPARING, DeclaredFile
from warehouse.entitlements.masks import masks
from warehouse.entitlements.policy import (
    KECAMATAN,
    WHOLE,
    Group,
    Policy,
    PolicyTable,
    Purpose,
    Recipient,
    Treatment,
    View,
)
from warehouse.errors import DeclarationError
from warehouse.settings import Home
from warehouse.tables import Table, stage_tables

SHIPPED = Path(__file__).with_name("policy.yaml")
FORMATS = ("duckdb", "parquet", "xlsx")
UNPUBLISHED = ("published_target", "family_status")
"""Tables of the stage that no publication holds: a memory, and families that no flag makes a target."""
_XLSX_ROWS = 1_048_575
_FUNCTIONS = frozenset({"list_has_any", "list_contains", "is", "null"})
_RECIPIENT = {
    "agency", "role", "purpose", "legal_basis", "valid_until", "keep_days", "units", "formats", "reads",
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")


def load_policy(path: Path = SHIPPED) -> Policy:
    """Read and check a policy file against the tables that are published.

    Raises `DeclarationError` that names the file, the place in it, what was found and what may stand there.
    """
    reader = PolicyFile(f"The policy {path.name}")
    return reader.policy(reader.read(path))


def policy_in_force(home: Home) -> Policy:
    """Give the home's own policy where it has one, else the shipped one; raises `DeclarationError`."""
    return load_policy(home.policy if home.policy.exists() else SHIPPED)


@cache
def published_tables() -> dict[str, Table]:
    """Give every table of a publication that a policy speaks of, by name."""
    return {name: one for name, one in stage_tables("targeting").items() if name not in UNPUBLISHED}


class PolicyFile(DeclaredFile):
    """Turns the parsed YAML into a policy."""

    def policy(self, declared: Any) -> Policy:  # noqa: ANN401 - whatever the file holds
        """Check what the file says and give it; raises `DeclarationError`."""
        self.keys("the policy", declared, {"version", "tables", "views", "recipients", "xlsx_rows"})
        tables = {name: self._table(name, body) for name, body in self.table("tables", declared["tables"]).items()}
        with closing(_empty_tables()) as empty:
            views = {
                name: self._view(name, body, tables, empty)
                for name, body in self.table("views", declared["views"]).items()
            }
            for one in tables.values():
                self._kecamatan(one, empty)
        recipients = {
            name: self._recipient(name, body, views)
            for name, body in self.table("recipients", declared["recipients"]).items()
        }
        text = json.dumps(declared, sort_keys=True, ensure_ascii=False, default=str)
        return Policy(
            version=self.text("version", declared["version"]),
            fingerprint=hashlib.sha256(text.encode()).hexdigest()[:8],
            tables=tables,
            views=views,
            recipients=recipients,
            xlsx_rows=self.whole_number("xlsx_rows", declared["xlsx_rows"], 1, _XLSX_ROWS),
            ungranted=tuple(_ungranted(tables)),
        )

    def _table(self, name: str, body: Any) -> PolicyTable:  # noqa: ANN401
        place = f"tables, {name}"
        self.one_of(place, name, tuple(published_tables()))
        self.keys(place, body, {"groups"}, {"kecamatan"})
        known = published_tables()[name].column_names
        groups: dict[str, Group] = {}
        stands_in: dict[str, str] = {}
        for group, said in self.table(f"{place}, groups", body["groups"]).items():
            here = f"{place}, {group}"
            self.keys(here, said, {"columns"}, {"masked", "pseudonymised"})
            columns = [self.text(here, column) for column in self.items(f"{here}, columns", said["columns"])]
            if unknown := set(columns) - set(known):
                raise self.unknown(f"{here}, columns", unknown, known)
            for column in columns:
                if column in stands_in:
                    raise self.error(
                        here, f"the column {column} was found, which stands in {stands_in[column]} already; "
                        "each column stands in one group, once"
                    )  # fmt: skip
                stands_in[column] = group
            shown = {
                word: self.one_of(f"{here}, {word}", said[word], tuple(masks()))
                for word in ("masked", "pseudonymised")
                if word in said
            }
            groups[group] = Group(group, tuple(columns), **shown)
        return PolicyTable(name, body.get("kecamatan"), groups)

    def _kecamatan(self, one: PolicyTable, empty: duckdb.DuckDBPyConnection) -> None:
        if one.kecamatan is not None:
            place = f"tables, {one.name}, kecamatan"
            self.condition(place, one.kecamatan, published_tables()[one.name].column_names, words={"left"})
            self._answer(place, one.kecamatan, one.name, "VARCHAR", empty)

    def _view(
        self,
        name: str,
        body: Any,  # noqa: ANN401
        tables: Mapping[str, PolicyTable],
        empty: duckdb.DuckDBPyConnection,
    ) -> View:
        place = f"views, {name}"
        self.keys(place, body, {"shown_as", "table"}, {"rows", "listed", *Treatment})
        one = tables[self.one_of(f"{place}, table", body["table"], tuple(tables))]
        treatments: dict[str, Treatment] = {}
        for treatment in Treatment:
            for group in self.items(f"{place}, {treatment}", body[treatment]) if treatment in body else ():
                here = f"{place}, {treatment}"
                self.one_of(here, group, tuple(one.groups))
                if group in treatments:
                    raise self.error(
                        here, f"{group} was found, which is {treatments[group]} already; each group stands once"
                    )
                if treatment in (Treatment.MASKED, Treatment.PSEUDONYMISED) and not one.groups[group].mask(treatment):
                    raise self.error(here, f"{group} was found, for which tables, {one.name} names no mask")
                treatments[group] = treatment
        if forgotten := [group for group in one.groups if group not in treatments]:
            columns = ", ".join(column for group in forgotten for column in one.groups[group].columns)
            raise self.error(
                place, f"{', '.join(forgotten)} is forgotten (columns {columns}); each group is clear, masked, "
                "pseudonymised or dropped"
            )  # fmt: skip
        listed = tuple(self.text(f"{place}, listed", code) for code in body.get("listed", ()))
        masked = {one.groups[group].mask(treatment) for group, treatment in treatments.items()}
        if ("listed" in masked) != bool(listed):
            raise self.error(f"{place}, listed", "codes are listed where a group is masked by listed, and only there")
        return View(
            name=name,
            shown_as=self._name(f"{place}, shown_as", body["shown_as"]),
            table=one,
            rows=self._rows(f"{place}, rows", body["rows"], one.name, empty) if "rows" in body else None,
            treatments={group: treatments[group] for group in one.groups},
            listed=listed,
        )

    def _rows(self, place: str, found: Any, of: str, empty: duckdb.DuckDBPyConnection) -> str:  # noqa: ANN401
        known = published_tables()[of].column_names
        condition = self.condition(place, found, known, words=COMPARING | _FUNCTIONS, signs="[]", of=of)
        self._answer(place, condition, of, "BOOLEAN", empty)
        return f"({condition})"

    def _answer(self, place: str, text: str, of: str, wanted: str, empty: duckdb.DuckDBPyConnection) -> None:
        try:
            found = rows(empty, f"DESCRIBE SELECT ({text}) AS answer FROM {of}")[0][1]
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise self.error(place, f"{text!r} was found, which cannot be asked: {said}") from error
        if found != wanted:
            raise self.error(place, f"{text!r} was found; it gives {found} and must give {wanted}")

    def _recipient(self, name: str, body: Any, views: Mapping[str, View]) -> Recipient:  # noqa: ANN401
        place = f"recipients, {name}"
        self._name(place, name)
        self.keys(place, body, _RECIPIENT, {"encrypt_to"})
        self.keys(f"{place}, purpose", body["purpose"], {"code", "says"})
        until = body["valid_until"]
        if not isinstance(until, dt.date) or isinstance(until, dt.datetime):
            raise self.error(f"{place}, valid_until", f"{until!r} was found; it must be a day, YYYY-MM-DD")
        reads = [views[one] for one in self._listed(f"{place}, reads", body["reads"], tuple(views))]
        names = [view.shown_as for view in reads]
        if twice := {one for one in names if names.count(one) > 1}:
            raise self.error(
                f"{place}, reads", f"two views are shown as {', '.join(sorted(twice))}; each name stands once"
            )
        return Recipient(
            name=name,
            agency=self.text(f"{place}, agency", body["agency"]),
            role=self.text(f"{place}, role", body["role"]),
            purpose=Purpose(**{word: self.text(f"{place}, purpose", said) for word, said in body["purpose"].items()}),
            legal_basis=self.text(f"{place}, legal_basis", body["legal_basis"]),
            valid_until=until,
            keep_days=self.whole_number(f"{place}, keep_days", body["keep_days"], 1, 36_600),
            units=self._listed(f"{place}, units", body["units"], (WHOLE, KECAMATAN)),
            formats=self._listed(f"{place}, formats", body["formats"], FORMATS),
            views=tuple(reads),
            encrypt_to=self._public_key(f"{place}, encrypt_to", body.get("encrypt_to")),
        )

    def _listed(self, place: str, found: Any, known: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ANN401
        listed = [self.one_of(place, one, known) for one in self.items(place, found)]
        if twice := {one for one in listed if listed.count(one) > 1}:
            raise self.twice(place, twice)
        return tuple(listed)

    def _name(self, place: str, found: Any) -> str:  # noqa: ANN401
        """Check a name that becomes a folder, an SQL name and a role: nothing else may stand in it."""
        if not isinstance(found, str) or not _NAME.fullmatch(found):
            raise self.error(
                place, f"{found!r} was found; a name has 2 to 31 small letters, digits and _, and begins with a letter"
            )
        return found

    def _public_key(self, place: str, found: Any) -> str | None:  # noqa: ANN401
        if found is None:
            return None
        text = self.text(place, found)
        kind = SshRecipient if text.startswith("ssh-") else x25519.Recipient
        try:
            kind.from_str(text)
        except Exception as error:  # pyrage has an error type for each kind
            raise self.error(
                place, "no age public key was found; it must be one (age1…), or a public SSH key of the kinds age reads"
            ) from error
        return text


def _ungranted(tables: Mapping[str, PolicyTable]) -> Iterator[str]:
    """Give the published columns that stand in no group."""
    for name, declared in published_tables().items():
        groups = tables[name].groups.values() if name in tables else ()
        known = {column for group in groups for column in group.columns}
        yield from (f"{name}.{column}" for column in declared.column_names if column not in known)


def _empty_tables() -> duckdb.DuckDBPyConnection:
    """Open a database with the published tables and no row: enough to see what a condition means."""
    con = duckdb.connect()
    for one in published_tables().values():
        con.execute(one.ddl(one.name))
    return con


def check_policy(policy: Policy) -> None:
    """Raise `DeclarationError` where a published column is granted to nobody and withheld by no one's decision."""
    if policy.ungranted:
        raise DeclarationError(
            f"The policy {policy.label} does not know the columns {', '.join(policy.ungranted)}; they are dropped for "
            "everyone until each stands in a group of `tables` (one that every view drops, where nobody may see it)."
        )
