"""Which records speak of the same person: the linkage engine and its hand-readable models."""

from integration.linkage.matching import MatchSummary, match_records
from integration.linkage.model import Model
from integration.linkage.model_file import PERSON_MODEL, load_model, model_path, person_model

__all__ = ["PERSON_MODEL", "MatchSummary", "Model", "load_model", "match_records", "model_path", "person_model"]
