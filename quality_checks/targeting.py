"""What must hold of the targets: the right people, once, with flags that follow from what is known."""

from quality_checks.declared import stage_rules

RULES = tuple(stage_rules("targeting"))
