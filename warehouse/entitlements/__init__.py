"""Who may read what: the access policy, and the query that shows a recipient what it may see of a table."""

from warehouse.entitlements.description import described, described_recipients
from warehouse.entitlements.policy import (
    KECAMATAN,
    WHOLE,
    NotEntitled,
    Policy,
    Recipient,
    ShownColumn,
    Treatment,
    Unit,
    View,
)
from warehouse.entitlements.policy_file import (
    SHIPPED,
    check_policy,
    load_policy,
    policy_in_force,
    published_tables,
)
from warehouse.entitlements.relation import as_granted, in_kecamatan, recipient_key, view_query

__all__ = [
    "KECAMATAN",
    "SHIPPED",
    "WHOLE",
    "NotEntitled",
    "Policy",
    "Recipient",
    "ShownColumn",
    "Treatment",
    "Unit",
    "View",
    "as_granted",
    "check_policy",
    "described",
    "described_recipients",
    "in_kecamatan",
    "load_policy",
    "policy_in_force",
    "published_tables",
    "recipient_key",
    "view_query",
]
