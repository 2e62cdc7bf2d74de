"""Whom to reach first: the targeting table, the rules that decide it, and the gates before it is published."""

from integration.targeting.build import JUDGED, build_targeting
from integration.targeting.gates import Gate, gate_sentences, publication_gates
from integration.targeting.match_summary import summarise_matching
from integration.targeting.published import published_before, remember_published

__all__ = [
    "JUDGED",
    "Gate",
    "build_targeting",
    "gate_sentences",
    "publication_gates",
    "published_before",
    "remember_published",
    "summarise_matching",
]
