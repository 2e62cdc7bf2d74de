"""Why the matching did what it did: pairs, persons, and the night as a whole."""

from integration.explanation.graph import cluster_graph
from integration.explanation.person import PairExplanation, PersonExplanation, explain_pair, explain_person
from integration.explanation.subjects import UnknownSubject
from integration.explanation.terminal import pair_text, person_text

__all__ = [
    "PairExplanation",
    "PersonExplanation",
    "UnknownSubject",
    "cluster_graph",
    "explain_pair",
    "explain_person",
    "pair_text",
    "person_text",
]
