"""Whom to reach first: the targeting table, the rules that decide it, and the gates before it is published."""

from integration.targeting.build import build_targeting
from integration.targeting.gates import Gate, gate_sentences, publication_gates
from integration.targeting.rules import Rules, load_rules

__all__ = ["Gate", "Rules", "build_targeting", "gate_sentences", "load_rules", "publication_gates"]
