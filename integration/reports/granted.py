"""What the lists of a recipient may show: the targeting table as the access policy grants it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from integration.reports.snapshot import Snapshot
from warehouse.database import Connection
from warehouse.entitlements import Policy, Recipient, View, as_granted, policy_in_force, published_tables, recipient_key
from warehouse.keys import secret_key
from warehouse.settings import Home


@dataclass(frozen=True)
class Granted:
    """A recipient's view of the targeting table, and what stands in for the tables of a publication."""

    recipient: Recipient
    view: View
    key: bytes

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are shown, masked ones among them."""
        return frozenset(column.name for column in self.view.columns())

    def targeting(self, connection: Connection, snapshot: Snapshot, *, all_rows: bool = False) -> str:
        """Give the name of a temporary view: the targeting table of a publication, null where nothing is granted.

        `all_rows` are for comparing only: what is listed of them must be within the grant.
        """
        name = f"granted_{self.recipient.name}_{snapshot.name}"
        rows = as_granted(
            self.view, published_tables()["targeting"], snapshot.view("targeting"), self.key, all_rows=all_rows
        )
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")
        return name

    def exits(self, snapshot: Snapshot) -> str:
        """Give the table of exits, an empty one where the recipient is not told why somebody left."""
        told = any(view.table.name == "target_exit" for view in self.recipient.views)
        return snapshot.view("target_exit") if told else f"(FROM {snapshot.view('target_exit')} WHERE false)"


def granted_to(home: Home, names: Iterable[str], day: dt.date) -> dict[str, Granted | None]:
    """Give what each of these recipients may see of targets by the policy in force; None for who may see nothing.

    That is who does not stand in the policy, whose last day is past, or who has no view of the targeting table.
    """
    policy, secret = policy_in_force(home), secret_key(home, "pseudonym")
    return {name: _granted(policy, secret, name, day) for name in names}


def _granted(policy: Policy, secret: bytes, name: str, day: dt.date) -> Granted | None:
    recipient = policy.recipients.get(name)
    if recipient is None or not recipient.is_valid(day):
        return None
    view = next((view for view in recipient.views if view.table.name == "targeting"), None)
    return Granted(recipient, view, recipient_key(secret, recipient)) if view else None
