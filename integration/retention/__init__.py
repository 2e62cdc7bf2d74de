"""How long each kind of data is kept, and removing what is kept no longer."""

from integration.retention.removal import Expired, apply_retention, expired
from integration.retention.rules import Retention, Rule, retention_in_force

__all__ = ["Expired", "Retention", "Rule", "apply_retention", "expired", "retention_in_force"]
