"""What must hold of persons and families: every record is somebody, once, and nobody is two people."""

from quality_checks.declared import stage_rules

RULES = tuple(stage_rules("persons"))
