"""What the access policy says: tables cut into groups of columns, views of them, and recipients who read views."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from warehouse.errors import PadanError

WHOLE = "kabupaten"
"""The unit that is not cut by region; the others are called by the code of their kecamatan."""
KECAMATAN = "kecamatan"


_KECAMATAN_CODE = re.compile(r"\d{2}\.\d{2}\.\d{2}")


class NotEntitled(PadanError):
    """A reader asked for what the policy does not give."""


class Treatment(StrEnum):
    """How a column is shown."""

    CLEAR = "clear"
    MASKED = "masked"
    PSEUDONYMISED = "pseudonymised"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Group:
    """Columns of one kind, which are always treated alike; None where they cannot be masked or pseudonymised."""

    name: str
    columns: tuple[str, ...]
    masked: str | None = None
    pseudonymised: str | None = None

    def mask(self, treatment: Treatment) -> str | None:
        """Give the mask by which the group is shown under a treatment; None for clear and dropped."""
        return {Treatment.MASKED: self.masked, Treatment.PSEUDONYMISED: self.pseudonymised}.get(treatment)


@dataclass(frozen=True)
class PolicyTable:
    """A published table as the policy knows it; `kecamatan` is SQL for the code of a row's kecamatan, or None."""

    name: str
    kecamatan: str | None
    groups: Mapping[str, Group]


@dataclass(frozen=True)
class ShownColumn:
    """One column of a view: how it is treated, and by which mask."""

    name: str
    group: str
    treatment: Treatment
    mask: str | None = None


@dataclass(frozen=True)
class View:
    """What of a table is shown; `rows` is a condition on its columns, None for all rows."""

    name: str
    shown_as: str
    table: PolicyTable
    rows: str | None
    treatments: Mapping[str, Treatment]
    listed: tuple[str, ...] = ()

    def columns(self, *treatments: Treatment) -> list[ShownColumn]:
        """Give the columns of these treatments in the order of the policy; without one, all that are not dropped."""
        wanted = treatments or tuple(one for one in Treatment if one is not Treatment.DROPPED)
        return [
            ShownColumn(column, group.name, treatment, group.mask(treatment))
            for group in self.table.groups.values()
            for treatment in [self.treatments[group.name]]
            if treatment in wanted
            for column in group.columns
        ]


@dataclass(frozen=True)
class Purpose:
    """Why a recipient reads: a code for the access log and a sentence."""

    code: str
    says: str


@dataclass(frozen=True)
class Recipient:
    """An agency in a role, and what it may read until `valid_until` (that day included)."""

    name: str
    agency: str
    role: str
    purpose: Purpose
    legal_basis: str
    valid_until: dt.date
    keep_days: int
    units: tuple[str, ...]
    formats: tuple[str, ...]
    views: tuple[View, ...]
    encrypt_to: str | None = None

    def is_valid(self, day: dt.date) -> bool:
        """Say whether it may read on a day."""
        return day <= self.valid_until


@dataclass(frozen=True)
class Unit:
    """A recipient's snapshot: of the whole kabupaten (`kecamatan` is None), or of one kecamatan."""

    recipient: Recipient
    kecamatan: str | None = None

    @property
    def name(self) -> str:
        """`dinkes`, or `dinkes@35.09.27`: what `--as` takes."""
        return f"{self.recipient.name}@{self.kecamatan}" if self.kecamatan else self.recipient.name

    @property
    def place(self) -> str:
        """Its folder below that of the recipient."""
        return self.kecamatan or WHOLE


@dataclass(frozen=True)
class Policy:
    """The policy as a whole; `fingerprint` are eight characters that change with anything it says."""

    version: str
    fingerprint: str
    tables: Mapping[str, PolicyTable]
    views: Mapping[str, View]
    recipients: Mapping[str, Recipient]
    xlsx_rows: int
    ungranted: tuple[str, ...]
    """`table.column` of published columns that the policy does not know: dropped for everyone."""

    @property
    def label(self) -> str:
        """Version and fingerprint, as manifests and logs name it."""
        return f"{self.version}+{self.fingerprint}"

    def recipient(self, name: str) -> Recipient:
        """Give a recipient; raises `NotEntitled`, which lists those there are."""
        if name not in self.recipients:
            known = ", ".join(sorted(self.recipients))
            raise NotEntitled(
                f"No recipient {name!r} stands in the access policy {self.label}; there are {known}. "
                "Whoever decides on access adds one to policy.yaml (docs/entitlements.md)."
            )
        return self.recipients[name]

    def unit(self, name: str) -> Unit:
        """Give the unit that `dinkes` or `dinkes@35.09.27` means; raises `NotEntitled` where none is granted."""
        recipient_name, at, kecamatan = name.partition("@")
        recipient = self.recipient(recipient_name)
        if (KECAMATAN if at else WHOLE) not in recipient.units:
            given = " and ".join(recipient.units)
            raise NotEntitled(f"{name} is not granted: the policy {self.label} gives {recipient_name} {given} only.")
        if at and not _KECAMATAN_CODE.fullmatch(kecamatan):
            raise NotEntitled(f"{kecamatan!r} is no code of a kecamatan; it must be written as 35.09.27.")
        return Unit(recipient, kecamatan or None)

    def valid_recipients(self, day: dt.date) -> Iterator[Recipient]:
        """Give the recipients who may read on a day."""
        return (one for one in self.recipients.values() if one.is_valid(day))
