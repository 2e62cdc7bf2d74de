"""People decide: doubtful pairs out as a workbook, answers back, and what the answers say of the matching."""

from integration.review.answers import Answer, Answers, WorkbookRefused, read_answers
from integration.review.decisions import Contradiction, contradictions, ensure, save, standing
from integration.review.estimate import LinkEstimate, ReliabilityBin, Share, estimate_links
from integration.review.importing import ImportSummary, import_answers
from integration.review.pair import AskedPair
from integration.review.questions import Question, Questions, ask, require_matched
from integration.review.workbook import write_workbook

__all__ = [
    "Answer",
    "Answers",
    "AskedPair",
    "Contradiction",
    "ImportSummary",
    "LinkEstimate",
    "Question",
    "Questions",
    "ReliabilityBin",
    "Share",
    "WorkbookRefused",
    "ask",
    "contradictions",
    "ensure",
    "estimate_links",
    "import_answers",
    "read_answers",
    "require_matched",
    "save",
    "standing",
    "write_workbook",
]
