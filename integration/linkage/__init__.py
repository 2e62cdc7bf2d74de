"""Which records speak of the same person: the linkage engine and its hand-readable model."""

from integration.linkage.matching import MatchSummary, match_records
from integration.linkage.model import PersonModel, load_model

__all__ = ["MatchSummary", "PersonModel", "load_model", "match_records"]
