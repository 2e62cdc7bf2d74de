"""The rules of targeting: a YAML file a domain person can read and change, its checks, and the SQL it means."""

from integration.rules.in_force import DEFAULT_RULES, load_rules, rules_in_force
from integration.rules.rules import Rules

__all__ = ["DEFAULT_RULES", "Rules", "load_rules", "rules_in_force"]
