"""The policy in words: what a recipient may read, and how it is shown."""

import datetime as dt
from collections.abc import Iterator

from warehouse.entitlements.masks import masks
from warehouse.entitlements.policy import Policy, Recipient, Treatment, View

_WIDTH = 100


def described_recipients(policy: Policy, day: dt.date) -> Iterator[str]:
    """Give a line for each recipient, and what the policy leaves out."""
    yield f"Access policy {policy.label}"
    for one in policy.recipients.values():
        state = "" if one.is_valid(day) else "  EXPIRED"
        yield f"  {one.name:16} until {one.valid_until}  {one.agency}, {one.role}{state}"
    if policy.ungranted:
        yield f"Granted to nobody, as no group has them: {', '.join(policy.ungranted)}"


def described(recipient: Recipient, policy: Policy, day: dt.date) -> Iterator[str]:
    """Give what one recipient may read, line by line."""
    yield f"{recipient.name}: {recipient.agency}, {recipient.role} (policy {policy.label})"
    yield f"  purpose      {recipient.purpose.code}: {recipient.purpose.says}"
    yield f"  legal basis  {recipient.legal_basis}"
    yield f"  valid until  {recipient.valid_until}{'' if recipient.is_valid(day) else ', EXPIRED: nothing is given'}"
    yield f"  copies kept  {recipient.keep_days} days at most"
    yield f"  snapshots    of the {' and of each '.join(recipient.units)}, as {', '.join(recipient.formats)}"
    yield f"  encrypted    {'for ' + recipient.encrypt_to if recipient.encrypt_to else 'no'}"
    for view in recipient.views:
        yield ""
        yield from _view(view)


def _view(view: View) -> Iterator[str]:
    yield f"{view.shown_as} (of {view.table.name})"
    yield f"  rows           {view.rows or 'all'}"
    place = view.table.kecamatan
    yield f"  of a kecamatan {f'those whose {place} is its code' if place else 'the same: this table is not cut'}"
    for treatment in Treatment:
        columns = view.columns(treatment)
        by_mask: dict[str | None, list[str]] = {}
        for one in columns:
            by_mask.setdefault(one.mask, []).append(one.name)
        for mask, names in by_mask.items():
            yield from _wrapped(f"  {treatment:15}", ", ".join(names) + (_how(mask, view) if mask else ""))


def _how(mask: str, view: View) -> str:
    listed = f": {', '.join(view.listed)}" if mask == "listed" else ""
    return f" ({masks()[mask].says}{listed})"


def _wrapped(head: str, text: str) -> Iterator[str]:
    line = head
    for word in text.split(" "):
        if len(line) + len(word) + 1 > _WIDTH and line.strip():
            yield line.rstrip()
            line = " " * len(head)
        line += word + " "
    yield line.rstrip()
