"""The rules of targeting: a YAML file a domain person can read and change, its checks, and the SQL it means."""

from integration.rules.in_force import DEFAULT_RULES, load_rules, rules_in_force
from integration.rules.rules import INCOMPLETE, RiskFactor, Rules, Statement

__all__ = ["DEFAULT_RULES", "INCOMPLETE", "RiskFactor", "Rules", "Statement", "load_rules", "rules_in_force"]
